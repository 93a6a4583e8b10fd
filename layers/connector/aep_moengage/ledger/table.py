"""The ledger's rows in DynamoDB.

The names of audiences, to which packed memberships refer by id, are items of their own, written once and never changed.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aep_moengage.ledger.items import GROUP_COLUMN, item_of, row_of
from aep_moengage.ledger.packing import UnknownNames, name_id, names_of
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.ledger.versioned_items import VersionedItems

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NAME_KEY = "name#"


class DynamoDBTable:
    """Reads and writes rows; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._items = VersionedItems(client, name, sleep, optional=(GROUP_COLUMN,))
        self._names: dict[bytes, str] = {}  # by id; all of them are in the table

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by user, as they are after every write that was answered."""
        items = self._items.read(users)
        try:
            rows = [row_of(item, self._names) for item in items]
        except UnknownNames:
            self._learn_names(items)
            rows = [row_of(item, self._names) for item in items]
        return {row.user: row for row in rows}

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """Writes rows, each given with whether it existed; returns for each whether it was written.

        It was not if another function wrote it first, or if DynamoDB refused it alone: read again, and decide again.
        """
        self._remember_names(frozenset[str]().union(*(names_of(row.memberships) for row, _ in rows)))
        return self._items.write([(item_of(row), existed) for row, existed in rows])

    def _learn_names(self, items: Sequence[dict[str, Any]]) -> None:
        unknown: set[bytes] = set()
        for item in items:
            try:
                row_of(item, self._names)
            except UnknownNames as error:
                unknown |= error.ids
        found = self._items.read([_NAME_KEY + each.hex() for each in sorted(unknown)])
        self._names |= {bytes.fromhex(each["user"]["S"].removeprefix(_NAME_KEY)): each["name"]["S"] for each in found}
        # a text that is gone is replaced by its id, so that the row stays usable
        self._names |= {each: each.hex() for each in unknown if each not in self._names}

    def _remember_names(self, names: frozenset[str]) -> None:
        new = {name_id(name): name for name in names}
        new = {key: name for key, name in new.items() if key not in self._names}
        items = [{"user": {"S": _NAME_KEY + key.hex()}, "name": {"S": new[key]}} for key in sorted(new)]
        self._items.add(items, "the name of an audience")
        self._names |= new
