"""Publishing: the writing side of the store of destinations. Each change of a document is a new version.

The item `active` holds a copy of the version that the functions load. A version and the active item are written
together, on the condition that nobody published in between.
"""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.destinations import ACTIVE, secrets_path
from aep_moengage.senders import new_token, token_digest
from aep_moengage_cli.complaints import Complaint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

PASSWORD, PRIMARY_TOKEN = "password", "tokens/primary"  # parameters' names
_SORTABLE_DIGITS = 8  # of a version's number, so that versions sort as text; all of them before `active`


class PublishedMeanwhile(Complaint):
    """Somebody else published the destination in between; nothing was written."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published document (JSON text), its number, and who published it when (ISO 8601, UTC) and why."""

    destination: str
    number: int
    document: str
    who: str = ""
    when: str = ""
    why: str = ""


class Publishing:
    """Writes destinations: documents into the table, secrets below the parameter path."""

    def __init__(self, dynamodb: "DynamoDBClient", ssm: "SSMClient", *, table: str, parameter_path: str) -> None:
        self._dynamodb = dynamodb
        self._ssm = ssm
        self._table = table
        self._parameter_path = parameter_path

    def active(self, destination: str) -> Version | None:
        """Returns the version that the functions load; None if the destination is not connected."""
        key = {"id": {"S": destination}, "version": {"S": ACTIVE}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return _version(item) if item else None

    def versions(self, destination: str) -> list[Version]:
        """Returns all versions, the newest first."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="id = :id AND version < :active",
            ExpressionAttributeValues={":id": {"S": destination}, ":active": {"S": ACTIVE}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        return [_version(item) for page in pages for item in page["Items"]]

    def publish(self, destination: str, document: str, *, after: Version | None, who: str, why: str) -> Version:
        """Makes a document the active one, as a new version.

        `after` is the active version that the change is based on; None if there was none.

        Raises:
            PublishedMeanwhile: if another version is active by now.
        """
        number = after.number + 1 if after else 1
        version = Version(destination, number, document, who, datetime.now(UTC).isoformat(timespec="seconds"), why)
        new = {"ConditionExpression": "attribute_not_exists(id)"}
        unchanged: dict[str, Any] = new
        if after:
            unchanged = {
                "ConditionExpression": "#number = :number",
                "ExpressionAttributeNames": {"#number": "number"},
                "ExpressionAttributeValues": {":number": {"N": str(after.number)}},
            }
        puts = [
            self._put(version, f"{number:0{_SORTABLE_DIGITS}d}", new),
            self._put(version, ACTIVE, unchanged),
        ]
        try:
            self._dynamodb.transact_write_items(TransactItems=puts)
        except self._dynamodb.exceptions.TransactionCanceledException:
            raise self._published_meanwhile(destination) from None
        return version

    def _put(self, version: Version, key: str, condition: Mapping[str, Any]) -> Any:
        return {"Put": {"TableName": self._table, "Item": _item(version, key), **condition}}

    def _published_meanwhile(self, destination: str) -> PublishedMeanwhile:
        other = self.active(destination)
        what = f"version {other.number} at {other.when} ({other.who}: {other.why})" if other else "another version"
        return PublishedMeanwhile(
            f"Nothing was written: somebody published {destination} meanwhile, {what}. Look at it, then run this again."
        )

    def secrets(self, destination: str) -> set[str]:
        """Returns the names of the secrets that are kept: `password`, `tokens/...`. Never their values."""
        path = secrets_path(self._parameter_path, destination)
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        return {found["Name"].removeprefix(f"{path}/") for page in pages for found in page["Parameters"]}

    def keep_secret(self, destination: str, name: str, value: str) -> None:
        """Keeps a secret, encrypted, in place of one of this name."""
        path = secrets_path(self._parameter_path, destination)
        self._ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)

    def make_token(self, destination: str, name: str = PRIMARY_TOKEN) -> str:
        """Makes a sender's token and returns it; only its digest is kept."""
        token = new_token(destination)
        self.keep_secret(destination, name, token_digest(token))
        return token


def _item(version: Version, key: str) -> dict[str, Any]:
    texts = {"document": version.document, "who": version.who, "when": version.when, "why": version.why}
    return {
        "id": {"S": version.destination},
        "version": {"S": key},
        "number": {"N": str(version.number)},
        **{name: {"S": text} for name, text in texts.items()},
    }


def _version(item: Mapping[str, Any]) -> Version:
    texts = {name: item[name]["S"] for name in ("who", "when", "why") if name in item}
    return Version(item["id"]["S"], int(item["number"]["N"]), item["document"]["S"], **texts)


def operator(sts: Any) -> str:
    """Returns who publishes: the caller's ARN, or the name on this machine where AWS does not tell."""
    try:
        return str(sts.get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return getpass.getuser()
