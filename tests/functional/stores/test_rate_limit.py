"""The rate limit: functions that run side by side share each window, and none waits for ever."""

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.moengage.rate_limit import WINDOW_SECONDS, RateLimiter
from aep_moengage.moengage.requests import Workspace

LIMITS = (60, 120)  # 10 and 20 a window
WORKSPACE = Workspace("01", "ACME", "key", "https://moengage")


class Clock:
    now = 1_800_000_000.0 + 4

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def makers(aws: Client, clock: Clock) -> list[RateLimiter]:
    """The rate limiters of two functions that run side by side."""
    table = keyed_table(aws, "user")
    return [RateLimiter(aws("dynamodb"), table, clock) for _ in range(2)]


def test_functions_share_a_window(makers: list[RateLimiter], clock: Clock) -> None:
    first, second = (maker.pace(WORKSPACE, *LIMITS) for maker in makers)

    assert [first(6, 0), second(4, 0)] == [0, 0]
    assert first(1, 0) == second(1, 0) == WINDOW_SECONDS - 4
    clock.now += WINDOW_SECONDS - 4
    assert first(10, 0) == 0


def test_events_have_a_limit_of_their_own(makers: list[RateLimiter]) -> None:
    pace = makers[0].pace(WORKSPACE, *LIMITS)

    assert pace(0, 20) == 0
    assert pace(0, 1) > 0
    assert pace(1, 0) == 0, "users have room, and events add none"


def test_an_amount_that_must_wait_is_not_counted(makers: list[RateLimiter]) -> None:
    pace = makers[0].pace(WORKSPACE, *LIMITS)

    assert pace(6, 0) == 0
    assert pace(5, 0) > 0
    assert pace(4, 0) == 0


def test_an_amount_larger_than_a_window_goes_into_an_empty_one(makers: list[RateLimiter], clock: Clock) -> None:
    pace = makers[0].pace(WORKSPACE, *LIMITS)

    assert pace(50, 0) == 0
    assert pace(1, 0) > 0
    clock.now += WINDOW_SECONDS
    assert pace(1, 0) == 0
    assert pace(50, 0) > 0


def test_workspaces_do_not_slow_each_other_down(makers: list[RateLimiter]) -> None:
    assert makers[0].pace(WORKSPACE, *LIMITS)(10, 0) == 0
    other = Workspace("02", "ACME", "key", "https://moengage")
    assert makers[0].pace(other, *LIMITS)(10, 0) == 0


def test_a_new_key_does_not_start_a_new_budget(makers: list[RateLimiter]) -> None:
    assert makers[0].pace(WORKSPACE, *LIMITS)(10, 0) == 0
    rotated = Workspace("01", "ACME", "new-key", "https://moengage")
    assert makers[0].pace(rotated, *LIMITS)(1, 0) > 0


def test_windows_expire_by_themselves(aws: Client, clock: Clock) -> None:
    table = keyed_table(aws, "user")
    RateLimiter(aws("dynamodb"), table, clock).pace(WORKSPACE, *LIMITS)(1, 0)
    (item,) = aws("dynamodb").scan(TableName=table)["Items"]

    assert clock.now < int(item["expires"]["N"]) <= clock.now + 86_400
    assert "ACME" not in str(item)


def test_without_the_table_nothing_waits(aws: Client, clock: Clock) -> None:
    assert RateLimiter(aws("dynamodb"), "no-such-table", clock).pace(WORKSPACE, *LIMITS)(10, 0) == 0
