"""The counters of workspaces in DynamoDB: as those in memory, conditional, and without secrets."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.moengage.pace_table import DynamoDBPaceTable
from aep_moengage.moengage.pacing import (
    WINDOW_SECONDS,
    Configured,
    Learned,
    PaceState,
    PaceTable,
    PaceUnavailable,
    Quota,
)
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.moengage.requests import Workspace
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage_cli.capacity.memory_tables import MemoryPaceTable

WORKSPACE = Workspace("01", "ACME", "key", "https://moengage")
USERS = Quota.BULK_USERS


class Clock:
    now = 1_800_000_000.0 + 1

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiters(aws: Client, clock: Clock) -> list[RateLimiter]:
    """The rate limiters of two functions that run side by side."""
    name = keyed_table(aws, "user")
    return [RateLimiter(DynamoDBPaceTable(aws("dynamodb"), name), clock) for _ in range(2)]


LIMITS = Configured("acme", 210, 420)  # 10 and 20 a window


def test_functions_share_a_window_and_a_bulk_is_cut_to_what_is_left(limiters: list[RateLimiter], clock: Clock) -> None:
    first, second = (limiter.pace(WORKSPACE, LIMITS) for limiter in limiters)

    assert [first.take(USERS, 6).records, second.take(USERS, 6).records] == [6, 4]
    grants = [first.take(USERS, 1), second.take(USERS, 1)]
    assert [grant.records for grant in grants] == [0, 0]
    assert {WINDOW_SECONDS - 1 <= grant.wait <= WINDOW_SECONDS for grant in grants} == {True}
    clock.now += WINDOW_SECONDS
    assert first.take(USERS, 100).records == 10


def test_events_have_a_limit_of_their_own(limiters: list[RateLimiter]) -> None:
    pace = limiters[0].pace(WORKSPACE, LIMITS)

    assert pace.take(Quota.BULK_EVENTS, 20).records == 20
    assert pace.take(Quota.BULK_EVENTS, 1).records == 0
    assert pace.take(USERS, 10).records == 10


def test_workspaces_do_not_slow_each_other_down(limiters: list[RateLimiter]) -> None:
    assert limiters[0].pace(WORKSPACE, LIMITS).take(USERS, 10).records == 10
    other = Workspace("02", "ACME", "key", "https://moengage")
    assert limiters[0].pace(other, LIMITS).take(USERS, 10).records == 10


def test_a_new_key_does_not_start_a_new_limit(limiters: list[RateLimiter]) -> None:
    assert limiters[0].pace(WORKSPACE, LIMITS).take(USERS, 10).records == 10
    rotated = Workspace("01", "ACME", "new-key", "https://moengage")
    assert limiters[1].pace(rotated, LIMITS).take(USERS, 1).records == 0


def test_what_answers_teach_is_shared(limiters: list[RateLimiter], clock: Clock) -> None:
    first, second = (limiter.pace(WORKSPACE, Configured("acme")) for limiter in limiters)
    first.learn(USERS, Answer(Verdict.ACCEPTED, "200", 200, limit=60_000))
    second.take(USERS, 1)
    assert second.limit(USERS) == (60_000, "MoEngage's answers")

    second.learn(USERS, Answer(Verdict.THROTTLED, "429", 429, limit=60_000, retry_after=7))
    clock.now += 1
    assert first.take(USERS, 3_000).records == 0
    assert first.wait(USERS) == pytest.approx(6)
    assert first.limit(USERS).set_by == "a 429"


def test_items_expire_by_themselves_and_hold_no_names(aws: Client, clock: Clock) -> None:
    name = keyed_table(aws, "user")
    RateLimiter(DynamoDBPaceTable(aws("dynamodb"), name), clock).pace(WORKSPACE, LIMITS).take(USERS, 1)
    (item,) = aws("dynamodb").scan(TableName=name)["Items"]

    assert int(item["expires"]["N"]) > 0
    assert "ACME" not in str(item)
    assert item["user"]["S"].startswith("pace#")


def test_a_table_that_cannot_be_reached_says_so(aws: Client) -> None:
    table = DynamoDBPaceTable(aws("dynamodb"), "no-such-table")

    with pytest.raises(PaceUnavailable, match="ResourceNotFoundException"):
        table.read("pace#1")
    with pytest.raises(PaceUnavailable):
        table.add("pace#1", 1, {"users": 1}, {"users": 1})


@pytest.fixture
def table(aws: Client) -> DynamoDBPaceTable:
    return DynamoDBPaceTable(aws("dynamodb"), keyed_table(aws, "user"))


COUNTS = st.dictionaries(st.sampled_from(["bulk_users", "users@acme"]), st.integers(1, 20), min_size=1)
STEPS: Any = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3), COUNTS, st.integers(10, 30)),
    st.tuples(st.just("begin"), st.integers(0, 3), st.integers(1, 3), COUNTS),
    st.tuples(st.just("teach"), st.sampled_from(list(Quota)), st.integers(1, 3), st.integers(0, 3)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_it_behaves_as_the_table_in_memory(table: DynamoDBPaceTable, steps: list[Any]) -> None:
    memory, name = MemoryPaceTable(), f"pace#{uuid.uuid4()}"
    for step in steps:
        assert take_step(table, name, *step) == take_step(memory, name, *step)
        assert table.read(name) == memory.states.get(name)


def take_step(table: PaceTable, name: str, step: str, *arguments: Any) -> object:
    """Calls the method that a step names."""
    if step == "add":
        window, spent, most = arguments
        return table.add(name, window, spent, dict.fromkeys(spent, most))
    if step == "begin":
        before, window, spent = arguments
        return table.begin(name, before, PaceState(window, spent, {"users": 2.5}))
    quota, refused, since = arguments
    table.teach(name, quota, Learned(10, float(refused), 5, 1.5), float(since))
    return None
