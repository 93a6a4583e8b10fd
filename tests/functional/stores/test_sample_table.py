"""Samples: the newest payloads of a paused destination, bounded in number, size and time."""

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import KEPT_SECONDS, MOST_SAMPLES, SampleTable
from aep_moengage.queues.retry_messages import RetryMessage, first_message

NOW = 1_800_000_000.0


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def message(*payloads: object, at: float = NOW, kind: Kind = Kind.PROFILES) -> RetryMessage:
    return first_message("acme", "request", int(at * 1000), enumerate(payloads), kind=kind)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tables(aws: Client, clock: Clock) -> list[SampleTable]:
    """Those of two functions that run side by side."""
    name = keyed_table(aws, "destination", "kind")
    return [SampleTable(aws("dynamodb"), name, clock) for _ in range(2)]


def kept(table: SampleTable, kind: Kind = Kind.PROFILES) -> list[object]:
    return [sample.payload for sample in table.newest("acme", kind)]


def test_newest_payloads_of_all_functions_are_kept(tables: list[SampleTable]) -> None:
    first, second = tables
    first.keep([message(*range(3), at=NOW - 30)])
    second.keep([message("newer", at=NOW - 10), message("newest")])
    first.keep([message("between", at=NOW - 20)])

    assert kept(second) == [0, 1, 2, "between", "newer", "newest"]
    first.keep([message(*range(100, 100 + MOST_SAMPLES - 1))])
    assert kept(first) == ["newest", *range(100, 100 + MOST_SAMPLES - 1)]


def test_profiles_and_events_are_apart(tables: list[SampleTable]) -> None:
    tables[0].keep([message({"a": "profile"})])
    tables[0].keep([message({"an": "event"}, kind=Kind.EVENTS)])

    assert kept(tables[0]) == [{"a": "profile"}]
    assert kept(tables[0], Kind.EVENTS) == [{"an": "event"}]


def test_payload_that_is_too_large_leaves_room_for_the_others(tables: list[SampleTable]) -> None:
    large = {"text": "é" * 20_000}  # 120 KB in ASCII
    tables[0].keep([message("first", large, large, large, {"text": "x" * 300_000}, "last")])

    assert kept(tables[0]) == ["first", large, large, "last"]


def test_samples_are_of_the_last_day(tables: list[SampleTable], clock: Clock) -> None:
    tables[0].keep([message("old")])
    clock.now += KEPT_SECONDS - 1
    tables[0].keep([message("new", at=clock.now)])
    assert kept(tables[0]) == ["old", "new"]

    clock.now += 2
    assert kept(tables[0]) == ["new"], "DynamoDB deletes expired items late"


def test_flood_costs_a_write_a_minute(tables: list[SampleTable], clock: Clock) -> None:
    tables[0].keep([message(*range(MOST_SAMPLES))])
    tables[0].keep([message("skipped")])
    assert kept(tables[0]) == list(range(MOST_SAMPLES))

    clock.now += 61
    tables[0].keep([message("next minute", at=clock.now)])
    assert kept(tables[0])[-1] == "next minute"


def test_writes_at_the_same_time_lose_nothing(tables: list[SampleTable], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tables
    read = first._read
    meanwhile = iter([lambda: second.keep([message("the other's")])])

    def interrupted(destination: str, kind: Kind) -> object:
        found = read(destination, kind)
        next(meanwhile, lambda: None)()
        return found

    monkeypatch.setattr(first, "_read", interrupted)
    first.keep([message("mine")])

    assert kept(second) == ["the other's", "mine"]


def test_table_that_does_not_answer_is_no_error(aws: Client) -> None:
    SampleTable(aws("dynamodb"), "absent").keep([message("lost")])


def test_deleted_destination_leaves_no_samples(tables: list[SampleTable]) -> None:
    tables[0].keep([message("a profile")])
    tables[0].keep([message("an event", kind=Kind.EVENTS)])
    tables[0].delete("acme")

    assert kept(tables[0]) + kept(tables[0], Kind.EVENTS) == []
