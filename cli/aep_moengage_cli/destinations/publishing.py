"""Publishing: the writing side of the store of destinations. Each change of a document is a new version.

The item `active` holds a copy of the version that the functions load. A version and the active item are written
together, on the condition that nobody published in between.
"""

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.delivery.pseudonyms import new_trace_key
from aep_moengage.document.policies import publishable
from aep_moengage.functions.authentication import new_token, token_digest
from aep_moengage.functions.destination_store import ACTIVE, secrets_path
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.destinations.differences import differences, summary
from aep_moengage_cli.destinations.versions import Version, active_key, now, read_version, version_item, version_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

# parameters' names; two tokens may be live at once, so that one can be rotated, and take turns
PASSWORD, TRACE_KEY = "password", "trace-key"
PRIMARY_TOKEN, SECONDARY_TOKEN = "tokens/primary", "tokens/secondary"
TOKENS = PRIMARY_TOKEN, SECONDARY_TOKEN
_SOMEBODY_ELSE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})  # why a transaction may be cancelled
_AT_ONCE = 10  # parameters that SSM deletes in one call


class PublishedMeanwhile(Complaint):
    """Somebody else published the destination in between; nothing was written."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's name, `password` or `tokens/...`, and since when it has its value. Never the value."""

    name: str
    since: datetime


class Publishing:
    """Writes destinations: documents into the table, secrets below the parameter path."""

    def __init__(self, dynamodb: "DynamoDBClient", ssm: "SSMClient", *, table: str, parameter_path: str) -> None:
        self._dynamodb = dynamodb
        self._ssm = ssm
        self._table = table
        self._parameter_path = parameter_path

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
        """Returns the version of a number; None if there is none."""
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

        `after` is the active version that the change is based on; None if there was none. `what` says what changed
        where that is not in the documents. A paused destination stays paused unless told otherwise.

        Raises:
            DestinationFaults: if the document is another one than before and has faults.
            PublishedMeanwhile: if another version is active by now.
        """
        if after is None or document != after.document:
            publishable(document)
        version = Version(
            destination,
            after.number + 1 if after else self._last_number(destination) + 1,
            document,
            who=who,
            when=now(),
            why=why,
            what=what or _what(after, document),
            paused=(after is not None and after.paused) if paused is None else paused,
        )
        self._write(version, after, "Put", Item=version_item(version, ACTIVE))
        return version

    def delete(self, active: Version, *, who: str, why: str) -> Version:
        """Ends a destination: nothing of it is active any more. Its versions stay, and its secrets until forgotten.

        Raises:
            PublishedMeanwhile: if another version is active by now.
        """
        last = replace(
            active, number=active.number + 1, who=who, when=now(), why=why, what="deleted", paused=False, deleted=True
        )
        self._write(last, active, "Delete", Key=active_key(active.destination))
        return last

    def _write(self, version: Version, after: Version | None, act: str, **active: Any) -> None:
        """Writes a version, and together with it acts on the active item, if that is still as it was."""
        new: dict[str, Any] = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(id)"}
        unchanged = new
        if after:
            unchanged = {
                "TableName": self._table,
                "ConditionExpression": "#number = :number",
                "ExpressionAttributeNames": {"#number": "number"},
                "ExpressionAttributeValues": {":number": {"N": str(after.number)}},
            }
        items: Any = [{"Put": {"Item": version_item(version, version.key), **new}}, {act: {**active, **unchanged}}]
        try:
            self._dynamodb.transact_write_items(TransactItems=items)
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if not reasons & _SOMEBODY_ELSE:
                raise
            raise self._published_meanwhile(version.destination) from None

    def _published_meanwhile(self, destination: str) -> PublishedMeanwhile:
        other = self.active(destination)
        what = (
            f"published {destination} meanwhile, version {other.number} at {other.when} ({other.who}: {other.why})"
            if other
            else f"deleted {destination} meanwhile"
        )
        return PublishedMeanwhile(f"Nothing was written: somebody {what}. Look at it, then run this again.")

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
        """The number that a deleted destination ended with; 0 for one that never was."""
        return max((version.number for version in self._newest_first(destination)), default=0)

    def secrets(self, destination: str) -> list[Secret]:
        """Returns the secrets that are kept. Asks SSM for descriptions only, so no value is ever read."""
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
        """Keeps a secret, encrypted, in place of one of this name."""
        path = secrets_path(self._parameter_path, destination)
        self._ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)

    def keep_trace_key(self, destination: str) -> None:
        """Makes the key of the pseudonyms that users have in the logs; one that there is stays, and what it traced."""
        name = f"{secrets_path(self._parameter_path, destination)}/{TRACE_KEY}"
        with suppress(self._ssm.exceptions.ParameterAlreadyExists):
            self._ssm.put_parameter(Name=name, Value=new_trace_key(), Type="SecureString")

    def forget_secrets(self, destination: str, names: list[str]) -> None:
        """Deletes secrets for good."""
        path = secrets_path(self._parameter_path, destination)
        for first in range(0, len(names), _AT_ONCE):
            self._ssm.delete_parameters(Names=[f"{path}/{name}" for name in names[first : first + _AT_ONCE]])

    def make_token(self, destination: str, name: str = PRIMARY_TOKEN) -> str:
        """Makes a sender's token and returns it; only its digest is kept."""
        token = new_token(destination)
        self.keep_secret(destination, name, token_digest(token))
        return token


def short_token(name: str) -> str:
    """Returns a token's name as operators know it: `primary`, `secondary`."""
    return name.removeprefix("tokens/")


def _what(after: Version | None, document: str) -> str:
    if after is None:
        return "connected"
    return summary(differences(json.loads(after.document), json.loads(document)))


def operator(sts: Any) -> str:
    """Returns who publishes: the caller's ARN, or the name on this machine where AWS does not tell."""
    try:
        return str(sts.get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return getpass.getuser()
