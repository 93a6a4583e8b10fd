"""Circuit breakers: after failures no function sends for a while; new credentials are used at once."""

import time
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.requests import Request, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

WORKSPACE = Workspace("01", "ACME", "key", "https://moengage")
REQUEST = Request("https://moengage", b"{}")


@dataclass
class MoEngage:
    """Gives one answer, and counts the calls."""

    verdict: Verdict = Verdict.ACCEPTED
    calls: list[float] = field(default_factory=list)

    def send(self, request: Request, seconds: float) -> Answer:
        self.calls.append(seconds)
        return Answer(self.verdict, self.verdict.value)


type Function = Callable[[], CircuitBreakers]


@pytest.fixture
def function(aws: Client) -> Function:
    """Makes the circuits of one more function that runs."""
    table = keyed_table(aws, "user")
    return lambda: CircuitBreakers.in_table(aws("dynamodb"), table, clock=lambda: 0.0)


def send(circuits: CircuitBreakers, moengage: MoEngage, workspace: Workspace = WORKSPACE) -> Answer:
    return circuits.guard(moengage.send, workspace)(REQUEST, 1.5)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REFUSED])
def test_an_answer_that_is_no_failure_of_moengage_never_opens_a_circuit(function: Function, verdict: Verdict) -> None:
    circuits, moengage = function(), MoEngage(verdict)

    assert {send(circuits, moengage).verdict for _ in range(6)} == {verdict}
    assert moengage.calls == [1.5] * 6


@pytest.mark.parametrize("verdict", [Verdict.TRANSIENT, Verdict.THROTTLED])
def test_after_three_failures_moengage_is_not_called(function: Function, verdict: Verdict) -> None:
    circuits, moengage = function(), MoEngage(verdict)

    answers = [send(circuits, moengage) for _ in range(5)]
    assert [answer.verdict for answer in answers] == [verdict] * 3 + [Verdict.TRANSIENT] * 2
    assert "not called" in answers[-1].why
    assert len(moengage.calls) == 3


@pytest.mark.parametrize(
    ("verdict", "open_answer"), [(Verdict.TRANSIENT, Verdict.TRANSIENT), (Verdict.SETUP, Verdict.SETUP)]
)
def test_whether_a_circuit_is_open_is_known_without_a_call(
    function: Function, verdict: Verdict, open_answer: Verdict
) -> None:
    circuits = function()
    assert circuits.open_answer(WORKSPACE) is None
    for _ in range(3):
        send(circuits, MoEngage(verdict))

    answers = [each.open_answer(WORKSPACE) for each in (circuits, function())]
    assert [answer.verdict for answer in answers if answer] == [open_answer] * 2
    assert circuits.open_answer(replace(WORKSPACE, password="new-key")) is None


def test_once_its_time_is_over_a_circuit_is_no_longer_known_as_open(aws: Client) -> None:
    later = CircuitBreakers.in_table(aws("dynamodb"), table := keyed_table(aws, "user"))
    for _ in range(3):
        send(later, MoEngage(Verdict.TRANSIENT))
    store = CircuitBreakers.in_table(aws("dynamodb"), table, wall_clock=lambda: time.time() + 11)

    assert later.open_answer(WORKSPACE)
    assert store.open_answer(WORKSPACE) is None, "one request may try"


def test_a_success_in_between_resets_the_count(function: Function) -> None:
    circuits, moengage = function(), MoEngage()
    for verdict in [Verdict.TRANSIENT, Verdict.TRANSIENT, Verdict.ACCEPTED] * 3:
        moengage.verdict = verdict
        assert send(circuits, moengage).verdict is verdict


def test_one_refusal_of_the_credentials_opens_the_parked_circuit(function: Function) -> None:
    circuits, moengage = function(), MoEngage(Verdict.SETUP)

    answers = [send(circuits, moengage) for _ in range(3)]
    assert [answer.verdict for answer in answers] == [Verdict.SETUP] * 3
    assert "until they work" in answers[-1].why
    assert len(moengage.calls) == 1


def test_other_functions_know_of_an_open_circuit(function: Function) -> None:
    first, failing = function(), MoEngage(Verdict.SETUP)
    send(first, failing)
    moengage = MoEngage()

    assert send(function(), moengage).verdict is Verdict.SETUP
    assert moengage.calls == []


def test_new_credentials_and_other_workspaces_have_closed_circuits(function: Function) -> None:
    circuits = function()
    send(circuits, MoEngage(Verdict.SETUP))
    moengage = MoEngage()

    for workspace in (Workspace("01", "ACME", "new-key", "https://moengage"), Workspace("02", "ACME", "key")):
        assert send(circuits, moengage, workspace).verdict is Verdict.ACCEPTED
    assert len(moengage.calls) == 2


class SlowTable:
    """DynamoDB whose every answer takes some seconds of `clock`."""

    def __init__(self, client: Any, seconds: float) -> None:
        self.client, self.seconds, self.now = client, seconds, 0.0

    def clock(self) -> float:
        return self.now

    def __getattr__(self, operation: str) -> Any:
        self.now += self.seconds
        return getattr(self.client, operation)


@pytest.mark.parametrize(("seconds", "left"), [(0.25, [1.0]), (0.7, [])], ids=["slow", "too slow"])
def test_the_time_of_the_table_is_taken_off_the_call(aws: Client, seconds: float, left: list[float]) -> None:
    table = SlowTable(aws("dynamodb"), seconds)
    circuits, moengage = CircuitBreakers.in_table(table, keyed_table(aws, "user"), table.clock), MoEngage()  # type: ignore[arg-type] # a proxy

    answer = send(circuits, moengage, replace(WORKSPACE, username=f"SLOW-{seconds}"))
    assert moengage.calls == left
    assert answer.verdict is (Verdict.ACCEPTED if left else Verdict.TRANSIENT)


def test_without_the_table_requests_are_sent(aws: Client) -> None:
    moengage = MoEngage(Verdict.TRANSIENT)
    circuits = CircuitBreakers.in_table(aws("dynamodb"), "no-such-table")

    assert {send(circuits, moengage).why for _ in range(3)} == {Verdict.TRANSIENT.value}
    assert len(moengage.calls) == 3


def test_no_credentials_are_kept_in_the_table(aws: Client) -> None:
    table = keyed_table(aws, "user")
    circuits = CircuitBreakers.in_table(aws("dynamodb"), table)
    for _ in range(3):
        send(circuits, MoEngage(Verdict.SETUP))
    kept = str(aws("dynamodb").scan(TableName=table)["Items"])

    assert "parked#" in kept
    assert "ACME" not in kept
    assert "'key'" not in kept
