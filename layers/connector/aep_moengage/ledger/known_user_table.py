"""The known users' items in DynamoDB, in the ledger's table."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aep_moengage.ledger.known_users import KnownUser
from aep_moengage.ledger.versioned_items import VersionedItems

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBKnownUserTable:
    """Reads and writes items; both methods raise `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._items = VersionedItems(client, name, sleep)

    def read(self, keys: Sequence[str]) -> dict[str, KnownUser]:
        """Returns the items that exist, by key, as they are after every write that was answered."""
        return {item.key: item for item in map(_item, self._items.read(keys))}

    def write(self, items: Sequence[tuple[KnownUser, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether nobody else wrote it first."""
        return self._items.write([(_stored(item), existed) for item, existed in items])


def _stored(item: KnownUser) -> dict[str, Any]:
    numbers = {"since": item.since, "expires": item.expires, "version": item.version}
    return {
        "user": {"S": item.key},
        "named": {"S": item.user},
        "sealed": {"B": item.sealed},
        **{name: {"N": str(number)} for name, number in numbers.items()},
    }


def _item(stored: Mapping[str, Any]) -> KnownUser:
    return KnownUser(
        key=stored["user"]["S"],
        user=stored["named"]["S"],
        sealed=bytes(stored["sealed"]["B"]),
        since=int(stored["since"]["N"]),
        expires=int(stored["expires"]["N"]),
        version=int(stored["version"]["N"]),
    )
