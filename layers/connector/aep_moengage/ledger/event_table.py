"""The event ledger's items in DynamoDB, in the ledger's table."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aep_moengage.ledger.event_claims import EventItem, EventState
from aep_moengage.ledger.versioned_items import VersionedItems

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBEventTable:
    """Reads and writes items; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._items = VersionedItems(client, name, sleep)

    def read(self, keys: Sequence[str]) -> dict[str, EventItem]:
        """Returns the items that exist, by key, as they are after every write that was answered."""
        return {item.key: item for item in map(_item, self._items.read(keys))}

    def write(self, items: Sequence[tuple[EventItem, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether it was written.

        It was not if another function wrote it first, or if DynamoDB refused it alone: read again, and decide again.
        """
        return self._items.write([(_stored(item), existed) for item, existed in items])


def _stored(item: EventItem) -> dict[str, Any]:
    numbers = {"until": f"{item.until:.3f}", "expires": str(item.expires), "version": str(item.version)}
    texts = {"user": item.key, "state": item.state.value}
    return {name: {"S": text} for name, text in texts.items()} | {name: {"N": text} for name, text in numbers.items()}


def _item(stored: dict[str, Any]) -> EventItem:
    return EventItem(
        key=stored["user"]["S"],
        state=EventState(stored["state"]["S"]),
        until=float(stored["until"]["N"]),
        expires=int(stored["expires"]["N"]),
        version=int(stored["version"]["N"]),
    )
