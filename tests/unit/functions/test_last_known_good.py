"""Copies of a store: fresh, then read again beside serving, then served only while the store refuses."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from aep_moengage.functions import last_known_good
from aep_moengage.functions.last_known_good import LastKnownGood, StoreUnavailable

RECENT, GOOD = 30.0, 600.0


@dataclass
class Store:
    """A store, a clock, and copies of the store, whose readings beside are done at once."""

    values: dict[str, int] = field(default_factory=dict)
    now: float = 1_000_000.0
    refusing: bool = False
    asked: list[str] = field(default_factory=list)
    stale: list[tuple[str, float, type[Exception]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.copies = LastKnownGood(
            self.read, recent_seconds=RECENT, good_seconds=GOOD, on_stale=self.note, clock=lambda: self.now
        )

    def read(self, key: str) -> int | None:
        self.asked.append(key)
        if self.refusing:
            raise StoreUnavailable
        return self.values.get(key)

    def note(self, key: str, age: float, error: Exception) -> None:
        self.stale.append((key, age, type(error)))

    def after(self, seconds: float) -> int | None:
        """What is served so many seconds later, once readings that go on beside are done."""
        self.now += seconds
        value = self.copies.get("a")
        for reading in self.copies._readings.values():
            reading.result.exception(timeout=10)
        return value


@pytest.fixture
def store() -> Store:
    return Store({"a": 1})


def test_a_fresh_copy_is_served_without_asking(store: Store) -> None:
    assert [store.after(0), store.after(0), store.after(14)] == [1, 1, 1]
    assert store.asked == ["a"]


def test_a_recent_copy_is_served_while_the_store_is_asked_beside(store: Store) -> None:
    store.after(0)
    store.values["a"] = 2

    assert store.after(28) == 1
    assert store.after(0) == 2
    assert store.asked == ["a", "a"]


def test_a_request_is_not_delayed_by_a_reading_that_hangs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_known_good, "_PATIENCE_SECONDS", 0.01)
    store.after(0)
    hanging = threading.Event()
    read, store.copies._read = store.copies._read, lambda key: hanging.wait() or 3  # type: ignore[assignment] # hangs

    store.now += 28
    assert store.copies.get("a") == 1
    store.now += 3
    assert store.copies.get("a") == 1
    assert [(key, error) for key, _, error in store.stale] == [("a", TimeoutError)]
    store.copies._read = read
    store.now += 6
    assert store.copies.get("a") == 1, "another reading begins, though the first one still hangs"
    assert len(store.stale) == 1
    hanging.set()


def test_after_a_pause_the_store_is_asked_first(store: Store) -> None:
    store.after(0)
    store.values["a"] = 2
    assert store.after(300) == 2

    del store.values["a"]
    assert store.after(300) is None
    assert store.stale == []


def test_a_good_copy_is_served_while_the_store_refuses_and_no_longer_than_is_set(store: Store) -> None:
    store.after(0)
    store.refusing = True

    served = [store.after(60) for _ in range(9)]
    assert served == [1] * 9
    assert [round(age) for _, age, _ in store.stale] == list(range(60, 600, 60))
    with pytest.raises(StoreUnavailable):
        store.after(60)


def test_a_store_that_refused_a_moment_ago_is_left_alone_for_seconds(store: Store) -> None:
    store.after(0)
    store.refusing = True
    for _ in range(60):
        store.after(1)

    assert len(store.stale) == 31
    assert len(store.asked) < 1 + 60 / 2, "asked at most every two seconds"


def test_a_change_is_served_once_the_store_answers_again(store: Store) -> None:
    store.after(0)
    store.refusing, store.values["a"] = True, 2
    assert store.after(100) == 1
    store.refusing = False

    assert store.after(6) == 2
    assert store.after(6) == 2
    assert len(store.stale) == 1


def test_what_was_deleted_is_never_served_from_a_copy(store: Store) -> None:
    store.after(0)
    del store.values["a"]
    assert store.after(31) is None
    store.refusing = True

    assert store.after(1) is None
    with pytest.raises(StoreUnavailable):
        store.after(30)


def test_an_old_answer_that_comes_late_brings_nothing_back(store: Store) -> None:
    store.after(0)
    del store.values["a"]
    before = store.now
    assert store.after(31) is None
    store.copies._keep("a", 1, before + 30)

    assert store.after(1) is None
    store.now += 31
    store.refusing = True
    with pytest.raises(StoreUnavailable):
        store.copies.get("a")


def test_without_a_copy_each_request_asks_the_store(store: Store) -> None:
    store.refusing = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.after(0)
    store.refusing = False

    assert store.after(0) == 1


def test_unknown_keys_are_remembered_for_a_while_and_take_a_bounded_room(store: Store) -> None:
    for number in range(5000):
        assert store.copies.get(f"unknown-{number}") is None
        assert store.copies.get(f"unknown-{number}") is None
    assert len(store.asked) == 5000
    assert len(store.copies._absent) == 1000

    store.values["unknown-4999"] = 7
    assert store.copies.get("unknown-4999") is None
    store.now += RECENT
    assert store.copies.get("unknown-4999") == 7


def test_functions_that_start_together_do_not_ask_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds_until_asked() -> int:
        store = Store({"a": 1})
        store.after(0)
        while len(store.asked) == 1:
            store.after(1)
        return int(store.now - 1_000_000)

    seconds = [seconds_until_asked() for _ in range(200)]
    assert min(seconds) >= RECENT / 2
    assert max(seconds) < RECENT
    assert len(set(seconds)) > 5


def test_an_unforeseen_error_is_not_taken_for_a_store_that_refuses(store: Store) -> None:
    def broken(_: str) -> int:
        raise ZeroDivisionError

    store.after(0)
    reads: Callable[[str], int | None] = broken
    store.copies._read = reads  # type: ignore[method-assign] # breaks

    store.now += 100
    with pytest.raises(ZeroDivisionError):
        store.copies.get("a")
