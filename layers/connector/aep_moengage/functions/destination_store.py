"""The store of destinations: documents, each change a new version, in DynamoDB; credentials and tokens in SSM.

A change takes effect within `CACHE_SECONDS`. While DynamoDB or SSM refuses, the last known good copy serves.
"""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.document.destination import DESTINATION_ID, Destination
from aep_moengage.document.plain import read_plain
from aep_moengage.functions.last_known_good import LastKnownGood, OnStale, StoreUnavailable
from aep_moengage.log import logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS = 30
LAST_KNOWN_GOOD_SECONDS = 600.0
ACTIVE = "active"  # the sort key of the document that the functions load; versions have their number there

type _Source = tuple[dict[str, Any], dict[str, str]]  # the item and the secrets that a destination is made from


class UnusableDocument(Exception):
    """The destination's published document has errors by today's rules, or was written past the commands."""


class DestinationStore:
    """Loads active destinations. `on_stale` is called whenever the last known good copy of one is used."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        ssm: "SSMClient",
        *,
        table: str,
        parameter_path: str,
        endpoint: str,
        cache_seconds: float = CACHE_SECONDS,
        last_known_good_seconds: float = LAST_KNOWN_GOOD_SECONDS,
        on_stale: OnStale = lambda *_: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dynamodb = dynamodb
        self._ssm = ssm
        self._table = table
        self._path = parameter_path
        self._endpoint = endpoint
        self._compiled: dict[str, tuple[_Source, ActiveDestination | None]] = {}
        self._copies = LastKnownGood(
            self._read,
            recent_seconds=cache_seconds,
            good_seconds=last_known_good_seconds,
            on_stale=on_stale,
            clock=clock,
        )

    def load(self, destination_id: str) -> ActiveDestination | None:
        """Returns the destination as it is active now; None if there is none of that id.

        Raises:
            StoreUnavailable: if DynamoDB or SSM does not answer.
            UnusableDocument: if the destination's document has errors.
        """
        if not re.fullmatch(DESTINATION_ID, destination_id):
            return None
        found = self._copies.get(destination_id)
        if found is None:
            return None
        _, active = found
        if active is None:
            raise UnusableDocument("`aep-moengage connect` a corrected document")
        return active

    def _read(self, destination_id: str) -> tuple[_Source, ActiveDestination | None] | None:
        try:
            item = self._item(destination_id)
            if not item:
                self._compiled.pop(destination_id, None)
                return None
            source = item, self._secrets(destination_id)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("the destination store did not answer") from error
        known = self._compiled.get(destination_id)
        if known is None or known[0] != source:  # compiling is what takes time
            known = self._compiled[destination_id] = source, self._activated(destination_id, source)
        return known

    def _item(self, destination_id: str) -> dict[str, Any] | None:
        key = {"id": {"S": destination_id}, "version": {"S": ACTIVE}}
        return self._dynamodb.get_item(TableName=self._table, Key=key).get("Item")

    def _secrets(self, destination_id: str) -> dict[str, str]:
        path = secrets_path(self._path, destination_id)
        found: dict[str, str] = {}
        wanted: Any = {"Path": path, "Recursive": True, "WithDecryption": True}
        while True:  # botocore's paginator would look through the folders of 450 services, in every cold start
            page = self._ssm.get_parameters_by_path(**wanted)
            found |= {each["Name"].removeprefix(f"{path}/"): each["Value"] for each in page["Parameters"]}
            if "NextToken" not in page:
                return found
            wanted["NextToken"] = page["NextToken"]

    def _activated(self, destination_id: str, source: _Source) -> ActiveDestination | None:
        """Returns the destination; None if its document has errors, which are logged."""
        item, secrets = source
        destination = _destination(destination_id, item)
        if destination is None:
            return None
        return ActiveDestination(
            destination=destination,
            number=int(item["number"]["N"]),
            endpoint=self._endpoint,
            password=secrets.get("password"),
            tokens=tuple(value for name, value in sorted(secrets.items()) if name.startswith("tokens/")),
            trace_key=secrets.get("trace-key"),
            paused=bool(item.get("paused", {}).get("BOOL")),
        )


def _destination(destination_id: str, item: dict[str, Any]) -> Destination | None:
    """Returns what the document says; None if it has errors, which are logged."""
    document = item["document"]["S"]
    return read_plain(item.get("plain", {}).get("S", ""), document) or _parsed(destination_id, document)


def _parsed(destination_id: str, document: str) -> Destination | None:
    # only for a document without its plain form: an older version wrote it, or someone changed it without the commands
    from aep_moengage.document.faults import DestinationFaults  # noqa: PLC0415
    from aep_moengage.document.parsing import parse_destination  # noqa: PLC0415

    try:
        return parse_destination(document)
    except DestinationFaults as error:
        faults = [f"{fault.path}: {fault.code}" for fault in error.faults]
        logger().error("destination document cannot be used", extra={"destination": destination_id, "faults": faults})
        return None


def secrets_path(parameter_path: str, destination_id: str) -> str:
    """Returns the path below which a destination's `password`, `trace-key` and `tokens/*` lie."""
    return f"{parameter_path}/destinations/{destination_id}"
