"""The load of a workspace, shared by all running functions: how many requests came, and whether to queue first.

One item in the ledger's table for each workspace. Functions add to its count what came since they last did, and the
same call tells them what the others wrote.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.functions.pressure import Cause
from aep_moengage.log import logger
from aep_moengage.moengage.requests import Workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS = 3600


class Load(NamedTuple):
    """How many requests ever came, and until when profiles are queued first (epoch seconds; 0 for never), and why."""

    requests: int
    until: float
    cause: Cause


class SharedLoad:
    """Reads and writes loads in a table whose key is `user` and whose expiry is `expires`.

    A table that does not answer is no error: then each function goes by what it sees itself.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, workspace: Workspace, requests: int, now: float) -> Load | None:
        """Adds requests to a workspace's load and returns it; None if the table does not answer."""
        amounts = {":requests": requests, ":expires": int(now) + _KEPT_SECONDS}
        return self._update(workspace, "ADD requests :requests SET expires = :expires", amounts)

    def begin(self, workspace: Workspace, cause: Cause, until: float, now: float) -> None:
        """Writes that profiles are queued first until a time, for a cause."""
        numbers = {":zero": 0, ":until": round(until, 3), ":expires": int(now) + _KEPT_SECONDS}
        start = "SET #until = :until, cause = :cause, expires = :expires, requests = if_not_exists(requests, :zero)"
        self._update(workspace, start, numbers, {":cause": {"S": cause.value}}, {"#until": "until"})

    def _update(
        self,
        workspace: Workspace,
        expression: str,
        numbers: Mapping[str, float],
        texts: dict[str, Any] | None = None,
        names: dict[str, str] | None = None,
    ) -> Load | None:
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"user": {"S": f"load#{workspace.fingerprint}"}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in numbers.items()} | (texts or {}),
            "ReturnValues": "ALL_NEW",
        }
        try:
            answer = self._client.update_item(**request | ({"ExpressionAttributeNames": names} if names else {}))
        except (BotoCoreError, ClientError) as error:
            logger().warning("the load is not shared", extra={"problem": type(error).__name__})
            return None
        return _load(cast("dict[str, Any]", answer["Attributes"]))


def _load(item: dict[str, Any]) -> Load:
    until, cause = item.get("until"), item.get("cause", {"S": Cause.REQUESTS.value})
    return Load(int(item["requests"]["N"]), float(until["N"]) if until else 0.0, Cause(cause["S"]))
