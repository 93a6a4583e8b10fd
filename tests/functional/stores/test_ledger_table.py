"""The ledger's rows in DynamoDB: what is read is what was written, and only one of two writers wins."""

from dataclasses import replace
from typing import Any

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.ledger.table import DynamoDBTable

FULL = LedgerRow(
    user="u1",
    version=1,
    sequence="0001",
    delivered="digest",
    audiences=frozenset({"Gold", "Grün"}),
    listed=frozenset({"Gold", "Silver"}),
    lease=1700000000.125,
    merged=True,
    expires=1800000000,
)


@pytest.fixture
def table(aws: Client) -> DynamoDBTable:
    return DynamoDBTable(aws("dynamodb"), keyed_table(aws, "user"))


@pytest.fixture
def batched(emulated: Client) -> DynamoDBTable:
    return DynamoDBTable(emulated("dynamodb"), keyed_table(emulated, "user"))


def rows(count: int, version: int = 1) -> list[LedgerRow]:
    return [LedgerRow(f"user-{number}", version, expires=1) for number in range(count)]


@pytest.mark.parametrize(
    "row",
    [FULL, LedgerRow("u1", 1), replace(FULL, audiences=frozenset(), listed=frozenset())],
    ids=["full", "new", "none"],
)
def test_a_row_comes_back_as_it_was_written(table: DynamoDBTable, row: LedgerRow) -> None:
    assert table.write([(row, False)]) == [True]
    assert table.read(["u1", "u2"]) == {"u1": row}


def test_a_row_that_others_made_meanwhile_is_not_overwritten(table: DynamoDBTable) -> None:
    table.write([(FULL, False)])

    assert table.write([(replace(FULL, sequence="0002"), False)]) == [False]
    assert table.read(["u1"]) == {"u1": FULL}


def test_a_row_that_others_changed_meanwhile_is_not_overwritten(table: DynamoDBTable) -> None:
    table.write([(FULL, False)])
    table.write([(replace(FULL, version=2), True)])

    assert table.write([(replace(FULL, version=2, sequence="late"), True)]) == [False]
    assert table.write([(replace(FULL, version=3, sequence="next"), True)]) == [True]
    assert table.read(["u1"])["u1"].sequence == "next"


def test_a_row_that_has_expired_meanwhile_is_not_written_as_if_it_were_there(table: DynamoDBTable) -> None:
    assert table.write([(replace(FULL, version=5), True)]) == [False]
    assert table.read(["u1"]) == {}


def test_rows_of_a_batch_come_back_as_they_were_written(batched: DynamoDBTable) -> None:
    written = [FULL, replace(FULL, user="u2", audiences=None, delivered=None), LedgerRow("u3", 1)]

    assert batched.write([(row, False) for row in written]) == [True] * 3
    assert batched.read([row.user for row in written]) == {row.user: row for row in written}


def test_of_a_batch_each_row_wins_or_loses_for_itself(batched: DynamoDBTable) -> None:
    batched.write([(LedgerRow("kept", 7), False), (LedgerRow("moved", 7), False)])
    attempts = [
        (LedgerRow("new", 1), False),
        (LedgerRow("kept", 8, "1"), True),
        (LedgerRow("moved", 7, "2"), True),
        (LedgerRow("kept-too", 1), True),
        (LedgerRow("moved", 1), False),
    ]

    assert batched.write(attempts) == [True, True, False, False, False]
    found = batched.read(["new", "kept", "moved", "kept-too"])
    assert {name: row.sequence for name, row in found.items()} == {"new": "", "kept": "1", "moved": ""}


def test_more_rows_than_a_call_takes_are_written_and_read(batched: DynamoDBTable) -> None:
    assert all(batched.write([(row, False) for row in rows(130)]))
    assert batched.read([f"user-{number}" for number in range(130)]) == {row.user: row for row in rows(130)}
    assert all(batched.write([(row, True) for row in rows(130, version=2)]))


def test_no_rows_are_no_call(table: DynamoDBTable) -> None:
    assert (table.read([]), table.write([])) == ({}, [])


@pytest.mark.parametrize("count", [1, 3])
def test_a_table_that_is_not_there_is_unavailable(emulated: Client, count: int) -> None:
    table = DynamoDBTable(emulated("dynamodb"), "no-such-table")
    with pytest.raises(LedgerUnavailable, match="DynamoDB"):
        table.read(["u1"])
    with pytest.raises(LedgerUnavailable, match="DynamoDB"):
        table.write([(row, False) for row in rows(count)])


class Overloaded:
    """DynamoDB that leaves some reads undone each time."""

    def __init__(self, undone: int) -> None:
        self.undone, self.calls = undone, 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 # AWS's
        self.calls += 1
        (name, wanted), *_ = RequestItems.items()
        assert wanted["ConsistentRead"] is True
        keys = {"Keys": wanted["Keys"]}
        return {"Responses": {}, "UnprocessedKeys": {name: keys} if self.calls <= self.undone else {}}


def test_reads_that_dynamodb_left_undone_are_asked_for_again_but_not_for_ever() -> None:
    client: Any = Overloaded(2)
    assert DynamoDBTable(client, "t").read(["u1"]) == {}
    assert client.calls == 3

    client = Overloaded(3)
    with pytest.raises(LedgerUnavailable, match="undone"):
        DynamoDBTable(client, "t").read(["u1"])
