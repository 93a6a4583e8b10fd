"""Publishing: writes the destinations that the functions read. Each change of a document is a new version.

The item `active` holds a copy of the version that the functions load. A version and the active item are written in
one transaction, on the condition that nobody else has published since.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any, Self

from aep_moengage.delivery.pseudonyms import new_trace_key
from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage.document.plain import write_plain
from aep_moengage.document.policies import publishable
from aep_moengage.functions.authentication import new_token, token_digest
from aep_moengage.functions.destination_store import ACTIVE, secrets_path
from aep_moengage.ledger.keys import new_ledger_key
from aep_moengage.ledger.secret import ledger_key_name
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.differences import differences, summary
from aep_moengage_cli.destinations.versions import Version, active_key, now, read_version, version_item, version_key
from aep_moengage_cli.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

# Names of parameters. Two tokens may be live at once, so that a new one can replace the other without a gap.
PASSWORD, TRACE_KEY = "password", "trace-key"
PRIMARY_TOKEN, SECONDARY_TOKEN = "tokens/primary", "tokens/secondary"
TOKENS = PRIMARY_TOKEN, SECONDARY_TOKEN
_LOST_RACE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})  # reasons for a cancelled transaction
_LARGEST_ITEM = 300_000  # bytes of a document and its plain form; DynamoDB takes items of 400 KB
_DELETED_AT_ONCE = 10  # parameters, SSM's limit of one call


class PublishedMeanwhile(CommandError):
    """Somebody else has published the destination since it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The name of a secret, `password` or `tokens/...`, and when its value was set. Never the value."""

    name: str
    since: datetime


class Publishing:
    """Writes destinations: documents to the table, secrets below the parameter path."""

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Returns the writer of a deployed stack's destinations."""
        return cls(
            stack.client("dynamodb"),
            stack.client("ssm"),
            table=stack.output("DestinationsTableName"),
            parameter_path=stack.output("ParameterPath"),
            kms_key=stack.outputs.get("KmsKeyArn", ""),
        )

    def __init__(
        self, dynamodb: "DynamoDBClient", ssm: "SSMClient", *, table: str, parameter_path: str, kms_key: str = ""
    ) -> None:
        self._dynamodb = dynamodb
        self._ssm = ssm
        self._table = table
        self._parameter_path = parameter_path
        self._key: Any = {"KeyId": kms_key} if kms_key else {}  # without one, SSM encrypts with the account's aws/ssm

    def active(self, destination: str) -> Version | None:
        """Returns the version that the functions load; None if the destination is not connected."""
        return self._get(active_key(destination))

    def all_active(self) -> list[Version]:
        """Returns the active version of every destination, by id."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="version = :active",
            ExpressionAttributeValues={":active": {"S": ACTIVE}},
            ConsistentRead=True,
        )
        found = (read_version(item) for page in pages for item in page["Items"])
        return sorted(found, key=lambda version: version.destination)

    def version(self, destination: str, number: int) -> Version | None:
        """Returns the version with this number; None if there is none."""
        return self._get({"id": {"S": destination}, "version": {"S": version_key(number)}})

    def versions(self, destination: str) -> list[Version]:
        """Returns all versions, the newest first."""
        return list(self._newest_first(destination))

    def publish(
        self,
        destination: str,
        document: str,
        *,
        after: Version | None,
        who: str,
        why: str,
        what: str = "",
        paused: bool | None = None,
    ) -> Version:
        """Makes a document the active one, as a new version.

        `after` is the active version that the change is based on; None if there was none. `what` says of a change what
        the documents don't show. A paused destination stays paused unless `paused` is given.

        Raises:
            DestinationFaults: if the document differs from the active one and has errors.
            PublishedMeanwhile: if another version has become active.
        """
        unchanged = after is not None and document == after.document
        described = _described(document) if unchanged else publishable(document)
        version = Version(
            destination,
            after.number + 1 if after else self._last_number(destination) + 1,
            document,
            who=who,
            when=now(),
            why=why,
            what=_what(after, document, what),
            paused=(after is not None and after.paused) if paused is None else paused,
        )
        self._write(version, after, "Put", Item=_active_item(version, described))
        return version

    def delete(self, active: Version, *, who: str, why: str) -> Version:
        """Deactivates a destination. Its versions stay, and its secrets until `forget_secrets`.

        Raises:
            PublishedMeanwhile: if another version has become active.
        """
        last = replace(
            active, number=active.number + 1, who=who, when=now(), why=why, what="deleted", paused=False, deleted=True
        )
        self._write(last, active, "Delete", Key=active_key(active.destination))
        return last

    def _write(self, version: Version, after: Version | None, action: str, **active: Any) -> None:
        """Writes a version, and puts or deletes the active item with it if that is still version `after`."""
        new: dict[str, Any] = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(id)"}
        unchanged = new
        if after:
            unchanged = {
                "TableName": self._table,
                "ConditionExpression": "#number = :number",
                "ExpressionAttributeNames": {"#number": "number"},
                "ExpressionAttributeValues": {":number": {"N": str(after.number)}},
            }
        items: Any = [{"Put": {"Item": version_item(version, version.key), **new}}, {action: {**active, **unchanged}}]
        try:
            self._dynamodb.transact_write_items(TransactItems=items)
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if not reasons & _LOST_RACE:
                raise
            raise self._published_meanwhile(version.destination) from None

    def _published_meanwhile(self, destination: str) -> PublishedMeanwhile:
        other = self.active(destination)
        what = f"deleted {destination} meanwhile."
        if other:
            what = f"published version {other.number} of {destination} at {other.when} ({other.who}: {other.why})."
        return PublishedMeanwhile(f"Nothing was written: somebody {what}", "Review that change, then run this again.")

    def _get(self, key: Mapping[str, Any]) -> Version | None:
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return read_version(item) if item else None

    def _newest_first(self, destination: str) -> Iterator[Version]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="id = :id AND version < :active",
            ExpressionAttributeValues={":id": {"S": destination}, ":active": {"S": ACTIVE}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        return (read_version(item) for page in pages for item in page["Items"])

    def _last_number(self, destination: str) -> int:
        """The last number of a deleted destination; 0 if it never existed."""
        return max((version.number for version in self._newest_first(destination)), default=0)

    def secrets(self, destination: str) -> list[Secret]:
        """Returns the stored secrets. Reads only SSM's descriptions, never a value."""
        path = secrets_path(self._parameter_path, destination)
        pages = self._ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [path]}]
        )
        return [
            Secret(found["Name"].removeprefix(f"{path}/"), found["LastModifiedDate"])
            for page in pages
            for found in page["Parameters"]
        ]

    def tokens(self, destination: str) -> list[Secret]:
        """Returns the live tokens, the oldest first."""
        tokens = [secret for secret in self.secrets(destination) if secret.name.startswith("tokens/")]
        return sorted(tokens, key=lambda token: token.since)

    def keep_secret(self, destination: str, name: str, value: str) -> None:
        """Stores a secret, encrypted, and replaces an existing one of this name."""
        path = secrets_path(self._parameter_path, destination)
        self._ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True, **self._key)

    def make_keys(self, destination: str) -> None:
        """Creates the key of a destination's pseudonyms in the logs and that of the stack's ledger, unless they exist.

        An existing key stays: with another one, earlier traces and what the ledger knows would not be found.
        """
        trace_key = f"{secrets_path(self._parameter_path, destination)}/{TRACE_KEY}"
        for name, value in ((trace_key, new_trace_key()), (ledger_key_name(self._parameter_path), new_ledger_key())):
            with suppress(self._ssm.exceptions.ParameterAlreadyExists):
                self._ssm.put_parameter(Name=name, Value=value, Type="SecureString", **self._key)

    def forget_secrets(self, destination: str, names: list[str]) -> None:
        """Deletes secrets for good."""
        path = secrets_path(self._parameter_path, destination)
        for some in batched(names, _DELETED_AT_ONCE):
            self._ssm.delete_parameters(Names=[f"{path}/{name}" for name in some])

    def make_token(self, destination: str, name: str = PRIMARY_TOKEN) -> str:
        """Creates a sender's token and returns it; stores only its digest."""
        token = new_token(destination)
        self.keep_secret(destination, name, token_digest(token))
        return token


def _described(document: str) -> Destination | None:
    """Returns the destination of a published document; None if it has errors, which pausing leaves as they are."""
    try:
        return parse_destination(document)
    except DestinationFaults:
        return None


def _active_item(version: Version, described: Destination | None) -> dict[str, Any]:
    """The item that the functions load, with the document's plain form. Without it they read the document itself."""
    item = version_item(version, ACTIVE)
    plain = write_plain(version.document, described) if described else ""
    if plain and len(version.document) + len(plain) < _LARGEST_ITEM:
        item["plain"] = {"S": plain}
    return item


def short_token(name: str) -> str:
    """Returns a token's name as operators know it: `primary`, `secondary`."""
    return name.removeprefix("tokens/")


def _what(after: Version | None, document: str, given: str) -> str:
    """Returns what changed: what the caller has `given`, then the difference of the documents if there is one."""
    if after is None:
        found = "connected"
    elif document == after.document and given:
        return given
    else:
        found = summary(differences(json.loads(after.document), json.loads(document)))
    return f"{given}: {found}" if given else found
