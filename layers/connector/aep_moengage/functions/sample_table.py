"""Samples: the newest profiles and events that arrived for a paused destination, whole, for whoever writes its mapping.

One item for each destination and kind. It expires a day after the last write, and holds at most `MOST_SAMPLES` that fit
into `MOST_BYTES`. Nothing depends on it: what cannot be kept here is in the retry queue all the same.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.delivery.updates import Kind
from aep_moengage.log import logger
from aep_moengage.queues.retry_messages import RetryMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_SAMPLES = 20
MOST_BYTES = 256 * 1024  # of all samples of an item as JSON; DynamoDB takes 400 KB
KEPT_SECONDS = 86_400
_RENEWED_SECONDS = 60.0  # that a function waits before it replaces as many as fit: a flood costs one write a minute
_ATTEMPTS = 3  # several functions may write the same item


class Sample(NamedTuple):
    """A profile or event as it was sent, and when its request came, in epoch milliseconds."""

    received: int
    payload: Any


class SampleTable:
    """Reads and writes samples in a table whose key is `destination` and `kind`, and whose expiry is `expires`."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._full: dict[tuple[str, Kind], float] = {}  # when this function wrote as many as fit

    def keep(self, messages: Sequence[RetryMessage]) -> None:
        """Keeps the newest of what messages for one destination hold, all of a kind. A failure is logged only."""
        destination, kind = messages[0].destination, messages[0].kind
        if self._clock() - self._full.get((destination, kind), float("-inf")) < _RENEWED_SECONDS:
            return
        new = [Sample(message.received, payload) for message in messages for _, payload in message.profiles]
        try:
            for _ in range(_ATTEMPTS):
                if self._add(destination, kind, new):
                    return
        except (BotoCoreError, ClientError) as error:
            logger().warning("samples were not kept", extra={"destination": destination, "why": type(error).__name__})

    def newest(self, destination: str, kind: Kind) -> list[Sample]:
        """Returns the samples of a destination, the newest last; raises botocore's errors."""
        return self._read(destination, kind)[0]

    def delete(self, destination: str) -> None:
        """Deletes the samples of a destination; raises botocore's errors."""
        for kind in Kind:
            self._client.delete_item(TableName=self._table, Key=_key(destination, kind))

    def _add(self, destination: str, kind: Kind, new: Iterable[Sample]) -> bool:
        """Writes the newest of what there is and what is new; returns False if another function wrote meanwhile."""
        known, version = self._read(destination, kind)
        kept, text = _fitting([*known, *new])
        condition: Any = {"ConditionExpression": "attribute_not_exists(destination)"}
        if version:
            values = {":known": {"N": version}}
            condition = {"ConditionExpression": "version = :known", "ExpressionAttributeValues": values}
        item: Any = {
            **_key(destination, kind),
            "samples": {"S": text},
            "version": {"N": str(int(version or 0) + 1)},
            "expires": {"N": str(int(self._clock()) + KEPT_SECONDS)},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        if kept >= MOST_SAMPLES:
            self._full[destination, kind] = self._clock()
        return True

    def _read(self, destination: str, kind: Kind) -> tuple[list[Sample], str | None]:
        """Returns the samples that are not older than a day, and the version of the item if there is one."""
        key = _key(destination, kind)
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            return [], None
        oldest = (self._clock() - KEPT_SECONDS) * 1000
        samples = (Sample(*each) for each in json.loads(item["samples"]["S"]))
        return [each for each in samples if each.received >= oldest], item["version"]["N"]


def _key(destination: str, kind: Kind) -> dict[str, Any]:
    return {"destination": {"S": destination}, "kind": {"S": kind.value}}


def _fitting(samples: Sequence[Sample]) -> tuple[int, str]:
    """Returns how many of the newest samples fit, and these as JSON, the newest last; too large ones are left out."""
    texts: list[str] = []
    room = MOST_BYTES
    newest = nlargest(2 * MOST_SAMPLES, enumerate(samples), key=lambda each: (each[1].received, each[0]))
    for _, sample in newest:
        text = json.dumps(sample, separators=(",", ":"))  # in ASCII: half a character is no obstacle
        if len(text) < room and len(texts) < MOST_SAMPLES:
            texts.append(text)
            room -= len(text) + 1
    return len(texts), f"[{','.join(reversed(texts))}]"
