"""The event ledger's items in DynamoDB: what is read is what was written, and only one of two writers wins."""

from dataclasses import replace

import pytest
from botocore.stub import Stubber
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.ledger.event_claims import EventClaimStatus, EventItem, EventLedger, EventState
from aep_moengage.ledger.event_table import DynamoDBEventTable
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerUnavailable

ITEM = EventItem("event#1", EventState.SENDING, 1_700_000_000.125, 1_800_000_000)


@pytest.fixture
def table(emulated: Client) -> DynamoDBEventTable:
    return DynamoDBEventTable(emulated("dynamodb"), keyed_table(emulated, "user"))


def items(count: int, version: int = 1) -> list[EventItem]:
    return [EventItem(f"event#{number}", EventState.SENDING, 1.0, 2, version) for number in range(count)]


@pytest.mark.parametrize("state", EventState)
def test_an_item_comes_back_as_it_was_written(table: DynamoDBEventTable, state: EventState) -> None:
    item = replace(ITEM, state=state)

    assert table.write([(item, False)]) == [True]
    assert table.read([item.key, "event#other"]) == {item.key: item}


@pytest.mark.parametrize("count", [1, 2, 60])
def test_only_the_first_of_two_writers_wins(table: DynamoDBEventTable, count: int) -> None:
    assert table.write([(each, False) for each in items(count)]) == [True] * count
    assert table.write([(each, False) for each in items(count)]) == [False] * count
    assert table.write([(each, True) for each in items(count, version=2)]) == [True] * count
    assert table.write([(each, True) for each in items(count, version=2)]) == [False] * count
    assert {each.version for each in table.read([each.key for each in items(count)]).values()} == {2}


def test_new_and_known_items_are_written_together(table: DynamoDBEventTable) -> None:
    known, new = items(2)
    table.write([(known, False)])

    assert table.write([(replace(known, version=2), True), (new, False), (known, False)]) == [True, True, False]


def test_nothing_is_read_where_nothing_is_wanted(table: DynamoDBEventTable) -> None:
    assert table.read([]) == {}


def test_items_are_read_a_hundred_at_a_time(table: DynamoDBEventTable) -> None:
    some = items(130)
    table.write([(each, False) for each in some])

    assert len(table.read([each.key for each in some])) == 130


def test_a_table_that_is_down_is_said_to_be_unavailable(emulated: Client) -> None:
    table = DynamoDBEventTable(emulated("dynamodb"), "no-such-table")

    for call in (lambda: table.read(["a"]), lambda: table.write([(ITEM, False)])):
        with pytest.raises(LedgerUnavailable, match="ResourceNotFoundException"):
            call()


def test_what_dynamodb_leaves_undone_time_and_again_is_an_error(emulated: Client) -> None:
    client = emulated("dynamodb")
    undone = {"table": {"Keys": [{"user": {"S": "a"}}]}}
    failed = [{"Error": {"Code": "ThrottlingError", "Message": ""}}] * 2
    with Stubber(client) as stubber:
        for _ in range(4):
            stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": undone})
        for _ in range(2):
            stubber.add_response("batch_execute_statement", {"Responses": failed})
        table = DynamoDBEventTable(client, "table", lambda _: None)

        with pytest.raises(LedgerUnavailable, match="undone"):
            table.read(["a"])
        with pytest.raises(LedgerUnavailable, match="ThrottlingError"):
            table.write([(each, False) for each in items(2)])


def test_what_dynamodb_leaves_undone_once_is_repeated(emulated: Client) -> None:
    client, pauses = emulated("dynamodb"), list[float]()
    undone = {"table": {"Keys": [{"user": {"S": "a"}}]}}
    throttled = {"Error": {"Code": "ThrottlingError", "Message": ""}}
    with Stubber(client) as stubber:
        stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": undone})
        stubber.add_response("batch_get_item", {"Responses": {}})
        stubber.add_response("batch_execute_statement", {"Responses": [{}, throttled]})
        stubber.add_response("batch_execute_statement", {"Responses": [{}]})
        table = DynamoDBEventTable(client, "table", pauses.append)

        assert table.read(["a"]) == {}
        assert table.write([(each, False) for each in items(2)]) == [True, True]
    assert len(pauses) == 2


def test_of_two_functions_one_sends_an_event(table: DynamoDBEventTable) -> None:
    keys = [f"event#{number}" for number in range(40)]
    first, second = (EventLedger(table, lambda: LedgerKeys("key"), lambda: 1_000.0) for _ in range(2))

    def statuses(ledger: EventLedger, some: list[str]) -> list[EventClaimStatus]:
        claims = ledger.claim(some, lease_seconds=10, window_seconds=3600, at_most_once=False)
        ledger.settle([replace(claim.item, state=EventState.DONE) for claim in claims.values() if claim.item])
        return [claims[key].status for key in some]

    assert statuses(first, keys[:30]) == [EventClaimStatus.GRANTED] * 30
    assert statuses(second, keys) == [EventClaimStatus.DONE] * 30 + [EventClaimStatus.GRANTED] * 10
