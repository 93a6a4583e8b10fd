"""The store of destinations: documents, each change a new version, in DynamoDB; credentials and tokens in SSM.

The functions read through Powertools Parameters with a short cache, so a change takes effect within a minute.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.parameters import BaseProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.document.model import DESTINATION_ID
from aep_moengage.document.parsing import parse_destination

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS = 30
ACTIVE = "active"  # the sort key of the document that the functions load; versions have their number there


class StoreUnavailable(Exception):
    """The destination store did not answer: nothing can be decided, so custody cannot be taken."""


class _Documents(BaseProvider):
    """Reads active documents; Powertools' own DynamoDB provider knows tables without a sort key only."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        super().__init__(client=client)  # type: ignore[no-untyped-call] # Powertools does not type it
        self._client = client
        self._table = table

    def _get(self, name: str, **_: Any) -> dict[str, Any]:
        key = {"id": {"S": name}, "version": {"S": ACTIVE}}
        answer = self._client.get_item(TableName=self._table, Key=key)
        return dict(answer.get("Item", {}))

    def _get_multiple(self, path: str, **_: Any) -> dict[str, str]:
        raise NotImplementedError(f"documents are read one at a time, not below {path}")


class DestinationStore:
    """Loads activated destinations."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        ssm: "SSMClient",
        *,
        table: str,
        parameter_path: str,
        endpoint: str,
        cache_seconds: int = CACHE_SECONDS,
    ) -> None:
        self._documents = _Documents(dynamodb, table)
        self._parameters = SSMProvider(boto3_client=ssm)
        self._path = parameter_path
        self._endpoint = endpoint
        self._cache_seconds = cache_seconds
        self._compiled: dict[str, tuple[object, ActiveDestination]] = {}

    def load(self, destination_id: str) -> ActiveDestination | None:
        """Returns the destination as it is active now; None if there is none of that id.

        Raises:
            StoreUnavailable: if DynamoDB or SSM does not answer.
        """
        if not re.fullmatch(DESTINATION_ID, destination_id):
            return None
        item = self._read(lambda: self._documents.get(destination_id, max_age=self._cache_seconds))
        if not item:
            return None
        path = secrets_path(self._path, destination_id)
        secrets = self._read(
            lambda: self._parameters.get_multiple(path, max_age=self._cache_seconds, decrypt=True, recursive=True)
        )
        known, activated = self._compiled.get(destination_id, (None, None))
        if activated is None or known != (item, secrets):
            activated = self._activate(item, secrets or {})
            self._compiled[destination_id] = ((item, secrets), activated)
        return activated

    def _activate(self, item: dict[str, Any], secrets: dict[str, str]) -> ActiveDestination:
        tokens = tuple(value for name, value in sorted(secrets.items()) if name.startswith("tokens/"))
        return ActiveDestination(
            destination=parse_destination(item["document"]["S"]),
            number=int(item["number"]["N"]),
            endpoint=self._endpoint,
            password=secrets.get("password"),
            tokens=tokens,
            trace_key=secrets.get("trace-key"),
            paused=bool(item.get("paused", {}).get("BOOL")),
        )

    def _read(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except GetParameterError as error:
            raise StoreUnavailable("the destination store did not answer") from error


def secrets_path(parameter_path: str, destination_id: str) -> str:
    """Returns the path below which a destination's `password`, `trace-key` and `tokens/*` lie."""
    return f"{parameter_path}/destinations/{destination_id}"
