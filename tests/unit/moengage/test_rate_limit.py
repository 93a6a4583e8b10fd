"""The rate limiter: functions side by side never send more than the limit in any minute, whatever they ask for."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.moengage.pacing import Configured, PaceUnavailable, Quota
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.moengage.requests import Workspace
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.moengage.workspace_pace import WorkspacePace
from aep_moengage_cli.capacity.memory_tables import MemoryPaceTable

WORKSPACE = Workspace("01", "ACME", "key", "https://moengage")
USERS = Quota.BULK_USERS


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def paces(clock: Clock, number: int, *, limit: int | None = None, on_credit: bool = False) -> Sequence[WorkspacePace]:
    """The paces of functions that run side by side."""
    table = MemoryPaceTable()
    return [
        RateLimiter(table, clock).pace(WORKSPACE, Configured("acme", limit), on_credit=on_credit) for _ in range(number)
    ]


def most_in_a_minute(sent: Sequence[tuple[float, int]]) -> int:
    """The most that was sent in any 60 seconds."""
    return max((sum(records for later, records in sent if begin <= later < begin + 60) for begin, _ in sent), default=0)


STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400), st.floats(0, 9)), min_size=1, max_size=150)


@given(STEPS, st.sampled_from([1, 20, 60, 1_000, 10_000]))
def test_functions_together_never_send_more_than_the_limit_in_a_minute(
    steps: list[tuple[int, int, float]], limit: int
) -> None:
    clock = Clock()
    functions = paces(clock, 3, limit=limit)
    sent = []
    for function, records, pause in steps:
        clock.now += pause
        sent.append((clock.now, functions[function].take(USERS, records).records))

    assert most_in_a_minute(sent) <= limit


@given(STEPS)
def test_functions_on_credit_send_no_more_than_their_credits_above_the_limit(
    steps: list[tuple[int, int, float]],
) -> None:
    clock, limit = Clock(), 10_000
    functions = paces(clock, 3, limit=limit, on_credit=True)
    sent = []
    for function, records, pause in steps:
        clock.now += pause
        sent.append((clock.now, functions[function].take(USERS, records).records))

    assert most_in_a_minute(sent) <= limit + 3 * limit // 200


@given(st.lists(st.tuples(st.integers(1, 1_000), st.floats(0, 3)), min_size=1, max_size=60))
def test_a_grant_is_what_was_asked_or_what_is_left_and_waiting_pays(steps: list[tuple[int, float]]) -> None:
    clock = Clock()
    (pace,) = paces(clock, 1)
    for records, pause in steps:
        clock.now += pause
        grant = pace.take(USERS, records)
        assert 0 <= grant.records <= records
        if not grant.records:
            assert 0 < grant.wait <= 4
            clock.now += grant.wait
            assert pace.take(USERS, records).records > 0


def test_configured_limits_of_destinations_are_their_own() -> None:
    clock, table = Clock(), MemoryPaceTable()
    small, large = (
        RateLimiter(table, clock).pace(WORKSPACE, Configured(name, limit)) for name, limit in (("s", 60), ("l", None))
    )

    assert large.take(USERS, 100).records == 100
    assert 1 <= small.take(USERS, 100).records <= 3, "what another destination sends does not use up its own limit"
    assert small.take(Quota.USERS, 1).records == 0, "single calls count too"


def test_what_cannot_be_divided_goes_into_an_unused_window() -> None:
    clock = Clock()
    (pace,) = (RateLimiter(MemoryPaceTable(), clock).pace(WORKSPACE, Configured("acme", None, 30)),)
    granted = 0
    for _ in range(100):
        grant = pace.take(Quota.BULK_EVENTS, 7, least=7)
        granted += grant.records
        clock.now += grant.wait or 0.1
    assert granted
    assert granted % 7 == 0


def test_stated_limit_is_shared_and_followed() -> None:
    clock = Clock()
    first, second = paces(clock, 2)
    first.take(USERS, 1)
    first.learn(USERS, Answer(Verdict.ACCEPTED, "200", 200, limit=60_000))
    second.take(USERS, 1)

    assert first.limit(USERS) == second.limit(USERS) == (60_000, "MoEngage's answers")
    assert second.limit(Quota.USERS).per_minute == 10_000, "each API has a limit of its own"


def test_a_429_holds_every_function_then_halves_the_limit() -> None:
    clock = Clock()
    first, second = paces(clock, 2)
    first.take(USERS, 1)
    first.learn(USERS, Answer(Verdict.THROTTLED, "429", 429, retry_after=20))
    first.learn(USERS, Answer(Verdict.THROTTLED, "429", 429, retry_after=20))
    second.take(USERS, 1)

    assert second.take(USERS, 1) == (0, 20)
    assert second.wait(USERS) == 20
    assert second.take(Quota.USERS, 1).records == 1
    clock.now += 20
    assert second.take(USERS, 100).records == 100
    assert second.limit(USERS) == (5_166, "a 429"), "two answers of one minute are one cut"


def test_no_more_is_sent_than_an_answer_says_is_left() -> None:
    clock = Clock()
    (pace,) = paces(clock, 1)
    pace.learn(USERS, Answer(Verdict.ACCEPTED, "200", 200, remaining=120, resets_in=30))

    assert [pace.take(USERS, 100).records for _ in range(2)] == [100, 20]
    assert pace.take(USERS, 100) == (0, 30)
    clock.now += 31
    assert pace.take(USERS, 100).records == 100


def test_credit_asks_rarely_and_ends_when_half_of_the_room_is_used() -> None:
    clock, table = Clock(), MemoryPaceTable()
    ingest = RateLimiter(table, clock).pace(WORKSPACE, Configured("acme"), on_credit=True)
    for _ in range(1_000):
        clock.now += 1
        assert ingest.take(Quota.USERS, 1).records == 1
    assert table.calls <= 45

    other = RateLimiter(table, clock).pace(WORKSPACE, Configured("acme"))
    while other.take(Quota.USERS, 100).records:
        pass
    sent = 0
    while ingest.take(Quota.USERS, 1).records:
        sent += 1
    assert sent <= 50


class Broken:
    """A table that cannot be reached."""

    def add(self, *_: object) -> tuple[bool, None]:
        raise PaceUnavailable("down")

    begin = teach = add


def test_without_the_table_nothing_waits() -> None:
    pace = RateLimiter(Broken(), Clock()).pace(WORKSPACE, Configured("acme"))  # type: ignore[arg-type] # it only raises

    assert pace.take(USERS, 100_000).records == 100_000
    pace.learn(USERS, Answer(Verdict.ACCEPTED, "200", 200, limit=60_000))
    assert pace.limit(USERS).per_minute == 60_000
