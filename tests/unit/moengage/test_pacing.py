"""Pacing: the arithmetic of limits, windows and turns."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.moengage.pacing import (
    NOTHING_LEARNED,
    WINDOW_SECONDS,
    Learned,
    Limit,
    PaceState,
    Quota,
    limit_in_force,
    next_room,
    room,
    turn,
)

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("configured", "stated", "expected"),
    [
        (None, None, Limit(10_000, "MoEngage's documentation")),
        (None, 60_000, Limit(60_000, "MoEngage's answers")),
        (60_000, None, Limit(60_000, "pacing")),
        (60, 60_000, Limit(60, "pacing")),
        (60_000, 5_000, Limit(5_000, "MoEngage's answers")),
    ],
)
def test_the_least_limit_is_in_force(configured: int | None, stated: int | None, expected: Limit) -> None:
    assert limit_in_force(Quota.BULK_USERS, configured, Learned(limit=stated), NOW) == expected


def test_a_429_halves_the_limit_which_then_grows_again_and_is_forgotten() -> None:
    learned = NOTHING_LEARNED.after_429(10_000, NOW, wait=30)
    limits = [limit_in_force(Quota.BULK_USERS, None, learned, NOW + 60 * minute) for minute in (0, 1, 4, 9, 59, 60)]

    assert [limit.per_minute for limit in limits] == [5_000, 5_500, 7_000, 9_500, 9_500, 10_000]
    assert [limit.set_by for limit in limits] == ["a 429"] * 5 + ["MoEngage's documentation"]
    assert learned.held_until == NOW + 30


def test_a_429_never_stops_a_small_limit() -> None:
    assert limit_in_force(Quota.BULK_USERS, 1, NOTHING_LEARNED.after_429(1, NOW, wait=1), NOW).per_minute == 1


@given(st.integers(1, 200_000), st.integers(0, 10**9))
def test_no_sixty_seconds_hold_more_than_the_limit(per_minute: int, first: int) -> None:
    touched = range(first, first + 60 // WINDOW_SECONDS + 1)
    assert sum(room(per_minute, window) for window in touched) == per_minute


@given(st.integers(1, 1_000), st.integers(0, 10**9))
def test_the_next_window_with_room_is_found(per_minute: int, window: int) -> None:
    found = next_room(per_minute, window)

    assert room(per_minute, found) > 0
    assert not any(room(per_minute, between) for between in range(window + 1, found))


def test_destinations_are_first_in_turn_equally_often() -> None:
    names = ["noisy", "quiet", "third"]
    first = Counter(min(names, key=lambda name: turn(name, window)) for window in range(3_000))

    assert all(900 < count < 1_100 for count in first.values())
    assert all(0 <= turn("noisy", window) < WINDOW_SECONDS / 4 for window in range(1_000))


def test_recent_use_approaches_what_is_sent_and_fades() -> None:
    state = PaceState(0)
    for window in range(1, 201):
        state = state.begin(window, {"bulk_users": 500})
    now = 200.0 * WINDOW_SECONDS

    assert state.use("bulk_users", now) == pytest.approx(10_000, rel=0.01)
    assert state.use("bulk_users", now + 60) == pytest.approx(10_000 / 2.7, rel=0.1)
    assert state.use("bulk_users", now + 3_600) == 0
    assert state.use("users", now) == 0
