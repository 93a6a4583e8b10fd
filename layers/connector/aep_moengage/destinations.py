"""The store of destinations: documents, each change a new version, in DynamoDB; credentials and tokens in SSM.

The functions read through Powertools Parameters with a short cache, so a change takes effect within a minute.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.parameters import BaseProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from aep_moengage.destination import DESTINATION_ID, Destination
from aep_moengage.document import parse_destination
from aep_moengage.mapping import Mapping
from aep_moengage.moengage import Workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS = 30
ACTIVE = "active"  # the sort key of the document that the functions load; versions have their number there


class StoreUnavailable(Exception):
    """The destination store did not answer: nothing can be decided, so custody cannot be taken."""


@dataclass(frozen=True)
class Activated:
    """A destination as the functions use it. `tokens` are SHA-256 digests of what its senders may show.

    `paused`: what arrives is kept and nothing is sent. `trace_key` is that of its users' pseudonyms in the logs.
    """

    destination: Destination
    number: int
    endpoint: str
    password: str | None = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)
    paused: bool = False
    trace_key: str | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The destination's id."""
        return self.destination.id

    @property
    def audience_events(self) -> bool:
        """Whether changes of membership become MoEngage events."""
        return self.destination.audience_events

    @cached_property
    def mapping(self) -> Mapping:
        """The compiled mapping."""
        return Mapping(self.destination)

    @cached_property
    def workspace(self) -> Workspace:
        """The MoEngage workspace, with its credentials."""
        return Workspace(self.destination.region, self.destination.username, self.password or "", self.endpoint)


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


class Destinations:
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
        self._compiled: dict[str, tuple[object, Activated]] = {}

    def load(self, destination_id: str) -> Activated | None:
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

    def _activate(self, item: dict[str, Any], secrets: dict[str, str]) -> Activated:
        tokens = tuple(value for name, value in sorted(secrets.items()) if name.startswith("tokens/"))
        return Activated(
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
