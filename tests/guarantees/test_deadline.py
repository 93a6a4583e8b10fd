"""Deadlines: no store keeps a sender waiting for longer than AEP waits."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.guarantees.world import TOKEN, World

from aep_moengage.budget import Budget
from aep_moengage.functions import deadline
from aep_moengage.functions.deadline import Deadline, DeadlineExceeded
from aep_moengage.functions.ingest import Ingest, IngestRequest
from aep_moengage.functions.problems import problem_of
from aep_moengage.outcomes import Outcome, RetryReason


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The event that hanging stores wait for. The deadline is near; abandoned work ends with the test."""
    monkeypatch.setattr(deadline, "GRACE_SECONDS", -0.99)
    new_threads, pools = deadline._threads, list[ThreadPoolExecutor]()
    monkeypatch.setattr(deadline, "_threads", lambda: pools.append(new_threads()) or pools[-1])
    event = threading.Event()
    yield event
    event.set()
    for pool in pools:
        pool.shutdown()


def test_work_is_answered_with_what_it_returns_or_raises() -> None:
    def fail() -> None:
        raise TimeoutError("the work's own")

    assert Deadline().run_within(Budget(1.0), lambda: 7) == 7
    with pytest.raises(TimeoutError, match="the work's own"):
        Deadline().run_within(Budget(1.0), fail)


def test_work_that_hangs_is_abandoned_and_holds_up_nothing_else(released: threading.Event) -> None:
    deadlines = Deadline()
    with pytest.raises(DeadlineExceeded):
        deadlines.run_within(Budget(1.0), released.wait)

    assert deadlines.run_within(Budget(10.0), lambda: 7) == 7


def test_custody_is_taken_although_the_budget_was_spent_on_the_start() -> None:
    assert Deadline().run_within(Budget(0.0), lambda: 7) == 7


def _ingest(world: World) -> Ingest:
    parts: Any = world.parts()
    return Ingest(**parts, deadline=Deadline())


def _request(world: World) -> IngestRequest:
    body = (
        '{"identityMap": {"crmid": [{"id": "ada"}]}, "consents": {"marketing": {"email": {"val": "y"}}}, "points": 1}'
    )
    return IngestRequest("alpha", body, f"Bearer {TOKEN}", "203.0.113.7", int(world.now * 1000) - 700, "r1")


@pytest.mark.parametrize(("store", "call"), [("world", "load"), ("retry", "put_later"), ("dead", "put")])
def test_if_custody_hangs_the_sender_is_asked_to_retry(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch, store: str, call: str
) -> None:
    world = World()
    monkeypatch.setattr(getattr(world, store, world), call, lambda *_: released.wait())

    with pytest.raises(DeadlineExceeded) as caught:
        _ingest(world).take(_request(world))
    problem = problem_of(caught.value)
    assert (problem.status, dict(problem.headers)) == (503, {"Retry-After": "5"})


@pytest.mark.parametrize("call", ["read", "write"])
def test_if_the_ledger_hangs_the_queue_takes_over(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(deadline, "GRACE_SECONDS", 30.0)
    monkeypatch.setattr("aep_moengage.functions.ingest.DELIVERY_GRACE_SECONDS", -0.99)
    world = World()
    with monkeypatch.context() as hanging:
        hanging.setattr(world.table, call, lambda *_: released.wait())
        results = _ingest(world).take(_request(world))

    assert [(each.outcome, each.reason) for each in results] == [(Outcome.RETRYING, RetryReason.TRANSIENT)]
    world.settle()
    assert world.moengage.users["ada"]["points"] == 1
