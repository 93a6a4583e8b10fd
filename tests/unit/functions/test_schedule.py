"""The schedule of drain: rounds, turns and waiting."""

import pytest

from aep_moengage.functions.schedule import ROUND_PROFILES, ROUND_SECONDS, Readiness, Schedule, untried_seconds
from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.responses import Answer, Verdict


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def schedule(clock: Clock | None = None, **batches: list[int]) -> Schedule[str, int]:
    """A schedule of messages, each given by its number of profiles."""
    return Schedule(batches, lambda size: size, clock or Clock())


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1] * 3, [[1, 1, 1]]),
        ([1] * (ROUND_PROFILES + 1), [[1] * ROUND_PROFILES, [1]]),
        ([600, 400, 1], [[600, 400], [1]]),
        ([600, 600, 600], [[600], [600], [600]]),
        ([1, 5000, 1], [[1], [5000], [1]]),
    ],
)
def test_a_round_has_at_most_a_thousand_profiles_and_at_least_one_message(
    sizes: list[int], expected: list[list[int]]
) -> None:
    waiting = schedule(acme=sizes)
    rounds = []
    while waiting.next(60):
        rounds.append(waiting.take("acme"))

    assert rounds == expected
    assert waiting.left() == {}


def test_a_round_has_no_more_profiles_than_can_be_sent() -> None:
    waiting = schedule(acme=[1] * 100)

    assert waiting.take("acme", 30) == [1] * 30
    assert waiting.left() == {"acme": [1] * 70}


def test_the_destination_with_the_fewest_messages_comes_first() -> None:
    waiting = schedule(large=[1] * 9, small=[1])

    assert waiting.next(60) == ("small", 0)
    waiting.take("small")
    assert waiting.next(60) == ("large", 0)


def test_while_one_destination_waits_the_others_go_on() -> None:
    clock = Clock()
    waiting = schedule(clock, large=[1] * 9, small=[1])
    waiting.defer("small", 3)

    assert waiting.next(60) == ("large", 0)
    waiting.defer("large", 4)
    assert waiting.next(60) == ("small", 3)
    clock.now = 3.5
    assert waiting.next(60) == ("small", 0)


def test_without_time_for_a_round_messages_are_left() -> None:
    waiting = schedule(acme=[1] * 2_000)

    assert waiting.next(ROUND_SECONDS - 1) == ("acme", 0), "the first round is always taken"
    waiting.take("acme")
    assert waiting.next(ROUND_SECONDS - 1) is None
    waiting.defer("acme", 10)
    assert waiting.next(ROUND_SECONDS + 9) is None
    assert sum(waiting.left()["acme"]) == 1_000


def test_messages_left_come_back_in_their_turn_at_the_limit() -> None:
    assert list(untried_seconds([100, 100, 1_000, 100_000], per_minute=600)) == [10, 20, 120, 900]
    assert list(untried_seconds([1, 1], per_minute=60_000)) == [5, 5]
    assert list(untried_seconds([1, 1], per_minute=None)) == [5, 5]


class Pace:
    """Has room for so many records, then none for three seconds."""

    def __init__(self, clock: Clock, room: int) -> None:
        self.clock, self.room, self.used = clock, room, -1.0

    def wait(self, _: Quota) -> float:
        return max(0.0, self.used + 3 - self.clock.now) if self.used >= 0 else 0.0

    def left(self, _: Quota) -> int:
        self.used = self.clock.now
        return self.room


def test_rounds_follow_the_pace_and_wait_for_it() -> None:
    clock = Clock()
    waiting = schedule(clock, acme=[1] * 25, other=[1])
    pace = Pace(clock, 10)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    ready = Readiness(pace, Quota.BULK_USERS, lambda: None)
    sent = waiting.run(lambda each: (ready if each == "acme" else None, len), lambda: 60 - clock.now, sleep)
    assert [(clock.now, profiles) for profiles in sent] == [(0, 1), (0, 10), (3, 10), (6, 5)]


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (Answer(Verdict.TRANSIENT, "not called for a while", retry_after=8), [8, 0]),
        (Answer(Verdict.SETUP, "nothing is sent until they work", retry_after=50), [0, 0]),
        (None, [0, 0]),
    ],
)
def test_a_round_waits_once_while_moengage_is_not_called(answer: Answer | None, waits: list[float]) -> None:
    ready = Readiness(Pace(Clock(), 10), Quota.BULK_USERS, lambda: answer)
    assert [ready.wait(), ready.wait()] == waits
    assert [ready.most(), ready.most()] == [1 if waits[0] else 10, 10]
