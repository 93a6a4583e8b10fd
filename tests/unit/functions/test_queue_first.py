"""Queue-first: when it begins and ends, and that running functions agree about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from aep_moengage.delivery.results import Result
from aep_moengage.functions.pressure import Cause
from aep_moengage.functions.queue_first import HOLD_SECONDS, QueueFirst
from aep_moengage.functions.shared_load import Load
from aep_moengage.moengage.requests import Workspace
from aep_moengage.outcomes import Outcome, RetryReason

ACME = Workspace("01", "ACME", "key")
OTHER = Workspace("01", "OTHER", "key")
DELIVERED = Result(Outcome.DELIVERED)
THROTTLED = Result(Outcome.RETRYING, RetryReason.THROTTLED)
LIMIT = 100.0


@dataclass
class Table:
    """The shared loads in memory; `down`: it does not answer."""

    loads: dict[str, Load] = field(default_factory=dict)
    calls: int = 0
    down: bool = False

    def add(self, workspace: Workspace, requests: int, _: float) -> Load | None:
        self.calls += 1
        if self.down:
            return None
        known = self.loads.get(workspace.id, Load(0, 0.0, Cause.REQUESTS))
        self.loads[workspace.id] = known._replace(requests=known.requests + requests)
        return self.loads[workspace.id]

    def begin(self, workspace: Workspace, cause: Cause, until: float, _: float) -> None:
        self.calls += 1
        if not self.down:
            known = self.loads.get(workspace.id, Load(0, 0.0, Cause.REQUESTS))
            self.loads[workspace.id] = known._replace(until=until, cause=cause)


@dataclass
class Functions:
    """Functions that run side by side, with one clock and one table."""

    now: float = 1_800_000_000.0
    table: Table = field(default_factory=Table)

    def function(self) -> QueueFirst:
        return QueueFirst(self.table, LIMIT, clock=lambda: self.now, background=lambda work: work())

    def arrive(self, functions: list[QueueFirst], *, rate: float, seconds: float) -> list[Cause | None]:
        """Lets requests arrive in turn at the functions, at an even rate; returns the cause of each."""
        causes = []
        for number in range(int(rate * seconds)):
            self.now += 1 / rate
            causes.append(functions[number % len(functions)].cause(ACME))
        return causes


@pytest.fixture
def running() -> Functions:
    return Functions()


def deliver(function: QueueFirst, *seconds: float, result: Result = DELIVERED) -> None:
    for each in seconds:
        function.observe(ACME, [each], [result])


def test_below_the_limit_everything_is_delivered(running: Functions) -> None:
    assert set(running.arrive([running.function() for _ in range(8)], rate=LIMIT * 0.9, seconds=60)) == {None}


def test_more_requests_than_the_limit_are_queued_first_although_no_function_has_many(running: Functions) -> None:
    functions = [running.function() for _ in range(40)]
    running.arrive(functions, rate=LIMIT * 2, seconds=15)

    assert set(running.arrive(functions, rate=LIMIT * 2, seconds=60)) == {Cause.REQUESTS}


def test_it_goes_on_below_the_limit_and_ends_at_half_of_it(running: Functions) -> None:
    functions = [running.function() for _ in range(8)]
    running.arrive(functions, rate=LIMIT * 2, seconds=15)

    assert set(running.arrive(functions, rate=LIMIT * 0.8, seconds=90)) == {Cause.REQUESTS}
    running.arrive(functions, rate=LIMIT * 0.4, seconds=HOLD_SECONDS + 10)
    assert set(running.arrive(functions, rate=LIMIT * 0.4, seconds=30)) == {None}


def test_slow_answers_begin_it_a_single_one_does_not(running: Functions) -> None:
    function = running.function()
    deliver(function, 1.4, 0.1, 1.4, 1.4)
    assert function.cause(ACME) is None

    deliver(function, 1.4)
    assert function.cause(ACME) is Cause.SLOW
    assert function.cause(OTHER) is None, "another workspace's answers may be quick"


@pytest.mark.parametrize("begin", [lambda each: deliver(each, 0.1, result=THROTTLED), lambda each: each.backlog(ACME)])
def test_a_used_up_limit_and_a_backlog_begin_it_for_a_while(
    running: Functions, begin: Callable[[QueueFirst], None]
) -> None:
    function = running.function()
    begin(function)

    assert function.cause(ACME) in {Cause.THROTTLED, Cause.BACKLOG}
    running.now += HOLD_SECONDS
    assert function.cause(ACME) is None


def test_other_functions_learn_of_it(running: Functions) -> None:
    first, second = running.function(), running.function()
    first.backlog(ACME)
    causes = running.arrive([second], rate=10, seconds=3)

    assert causes[0] is None
    assert causes[-1] is Cause.BACKLOG


def test_a_function_calls_the_table_rarely(running: Functions) -> None:
    running.arrive([running.function()], rate=LIMIT * 0.9, seconds=60)
    busy = running.table.calls
    running.arrive([running.function()], rate=0.5, seconds=60)

    assert busy <= 30, "once in two seconds"
    assert running.table.calls - busy <= 6, "once in five requests"


def test_a_rate_of_long_ago_says_nothing(running: Functions) -> None:
    function = running.function()
    running.arrive([function], rate=LIMIT * 2, seconds=10)
    running.now += 3600

    assert function.cause(ACME) is None


def test_without_the_table_each_function_goes_by_what_it_sees(running: Functions) -> None:
    running.table.down = True
    function = running.function()
    assert set(running.arrive([function], rate=LIMIT * 2, seconds=10)) == {None}

    deliver(function, 1.4, 1.4, 1.4)
    assert function.cause(ACME) is Cause.SLOW


def test_a_request_that_had_too_little_time_for_moengage_begins_it_for_a_while() -> None:
    functions = Functions()
    function = functions.function()

    function.slow(ACME)

    assert function.cause(ACME) is Cause.SLOW
    assert function.cause(OTHER) is None
    functions.now += HOLD_SECONDS + 1
    assert function.cause(ACME) is None
