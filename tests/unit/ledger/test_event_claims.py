"""Claims of events: who may send which, whatever happened before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.deliveries import KEYS, EventTable

from aep_moengage.ledger.event_claims import EventClaim, EventClaimStatus, EventItem, EventLedger, EventState
from aep_moengage.ledger.row import LedgerUnavailable

NOW, LEASE, WINDOW = 1_000_000.0, 10.0, 3600.0
GRANTED, IN_DOUBT = EventClaimStatus.GRANTED, EventClaimStatus.GRANTED_IN_DOUBT
DONE, DOUBTFUL, LEASED = EventClaimStatus.DONE, EventClaimStatus.DOUBTFUL, EventClaimStatus.LEASED


def claim(table: EventTable, *, at_most_once: bool = False, now: float = NOW) -> EventClaim:
    ledger = EventLedger(table, lambda: KEYS, lambda: now)
    return ledger.claim(["k"], lease_seconds=LEASE, window_seconds=WINDOW, at_most_once=at_most_once)["k"]


def table_with(state: EventState, until: float, expires: float) -> EventTable:
    table = EventTable()
    table.items["k"] = EventItem("k", state, NOW + until, int(NOW + expires), version=7)
    return table


@pytest.mark.parametrize(
    ("state", "until", "expires", "at_least_once", "at_most_once"),
    [
        (EventState.DONE, -5, 60, DONE, DONE),
        (EventState.DONE, -5, -1, GRANTED, GRANTED),
        (EventState.FREE, 60, 60, GRANTED, GRANTED),
        (EventState.SENDING, 5, 60, LEASED, LEASED),
        (EventState.SENDING, -5, 60, IN_DOUBT, DOUBTFUL),
        (EventState.SENDING, -5, -1, GRANTED, GRANTED),
    ],
)
def test_a_claim_follows_from_what_is_known(
    state: EventState,
    until: float,
    expires: float,
    at_least_once: EventClaimStatus,
    at_most_once: EventClaimStatus,
) -> None:
    first, second = (table_with(state, until, expires) for _ in range(2))

    assert claim(first).status is at_least_once
    assert claim(second, at_most_once=True).status is at_most_once


def test_a_granted_claim_is_a_lease_for_the_window() -> None:
    table = EventTable()
    item = claim(table).item

    assert item == EventItem("k", EventState.SENDING, NOW + LEASE, int(NOW + WINDOW))
    assert claim(table) == EventClaim(LEASED, wait=LEASE)


def test_a_lost_race_is_decided_again() -> None:
    class Racing(EventTable):
        """Somebody else claims just before the first write, and the item is deleted before it is read."""

        def write(self, items: Sequence[tuple[EventItem, bool]]) -> list[bool]:
            if not self.items:
                self.items["k"] = items[0][0]
                return [False]
            return super().write(items)

        def read(self, keys: Sequence[str]) -> dict[str, EventItem]:
            self.items = {"other": next(iter(self.items.values()))}
            return super().read(keys)

    assert claim(Racing()).status is GRANTED


def test_whoever_loses_every_race_tries_again_later() -> None:
    class Busy(EventTable):
        def write(self, items: Any) -> list[bool]:
            return [False] * len(items)

    assert claim(Busy()) == EventClaim(LEASED, wait=1.0)


@pytest.mark.parametrize("calls", [[False, True], [False, False, True]])
def test_what_was_granted_before_the_table_failed_may_be_sent(calls: list[bool]) -> None:
    table = table_with(EventState.FREE, -5, 60)
    table.failing.extend(calls)
    ledger = EventLedger(table, lambda: KEYS, lambda: NOW)

    claims = ledger.claim(["k", "new"], lease_seconds=LEASE, window_seconds=WINDOW, at_most_once=True)

    assert (claims["new"].status, claims["k"].status) == (GRANTED, LEASED)


def test_where_nothing_was_granted_the_tables_failure_is_the_callers() -> None:
    table = table_with(EventState.FREE, -5, 60)
    table.failing.extend([False, True])

    with pytest.raises(LedgerUnavailable):
        claim(table)


def test_what_was_settled_late_does_not_overwrite_another_claim() -> None:
    table = EventTable()
    late = claim(table).item
    again = claim(table, now=NOW + LEASE + 1).item
    assert late
    assert again

    EventLedger(table, lambda: KEYS).settle([replace(late, state=EventState.FREE)])

    assert table.items["k"] == again
