"""Batches as AWS would make them, of a queue as MiniStack holds it."""

import threading
from typing import Any

from aep_moengage_dev.local.emulator import Batches

URL = "http://127.0.0.1:1/000000000000/retry"
ARN = "arn:aws:sqs:us-east-1:000000000000:retry"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Queues:
    """MiniStack's queues, as far as batches need them."""

    def __init__(self, bodies: list[str]) -> None:
        self._queues_lock = threading.Lock()
        self.queue: dict[str, Any] = {
            "url": URL,
            "attributes": {"QueueArn": ARN, "VisibilityTimeout": "370"},
            "messages": [{"body": body, "visible_at": 0} for body in bodies],
        }
        self.hidden_for: list[int] = []

    def _get_q(self, url: str) -> dict[str, Any]:
        assert url == URL
        return self.queue

    def _expire_retained(self, queue: dict[str, Any]) -> None: ...

    def _dlq_sweep(self, queue: dict[str, Any]) -> None: ...

    def _collect_msgs(self, queue: dict[str, Any], most: int, visibility: int) -> list[dict[str, Any]]:
        self.hidden_for.append(visibility)
        taken, queue["messages"] = queue["messages"][:most], queue["messages"][most:]
        return list(taken)


class Functions:
    """MiniStack's functions, as far as batches need them."""

    def __init__(self, window: int) -> None:
        self._window = window

    def _iter_all_esms(self) -> list[tuple[str, str, dict[str, Any]]]:
        other = {"EventSourceArn": "arn:other", "MaximumBatchingWindowInSeconds": 0}
        ours = {"EventSourceArn": ARN, "MaximumBatchingWindowInSeconds": self._window}
        return [("000000000000", "us-east-1", each) for each in (other, ours)]


def test_batch_waits_for_its_window_and_then_holds_all() -> None:
    clock, queues = Clock(), Queues(["x"] * 30)
    batches = Batches(queues, Functions(window=5), clock)
    assert batches.receive(URL, 1000) == []
    clock.now += 4.9
    assert batches.receive(URL, 1000) == []
    clock.now += 0.1
    assert len(batches.receive(URL, 1000)) == 30
    assert queues.hidden_for == [370]


def test_full_batch_does_not_wait() -> None:
    batches = Batches(Queues(["x"] * 25), Functions(window=5), Clock())
    assert len(batches.receive(URL, 20)) == 20


def test_next_batch_has_its_own_window() -> None:
    clock, queues = Clock(), Queues(["x"])
    batches = Batches(queues, Functions(window=5), clock)
    batches.receive(URL, 10)
    clock.now += 5
    assert len(batches.receive(URL, 10)) == 1
    queues.queue["messages"].append({"body": "y", "visible_at": 0})
    assert batches.receive(URL, 10) == []


def test_batch_stays_within_lambdas_limit() -> None:
    batches = Batches(Queues(["x" * 1_000_000] * 7), Functions(window=5), Clock())
    assert len(batches.receive(URL, 1000)) == 5


def test_hidden_messages_are_left_out() -> None:
    clock, queues = Clock(), Queues(["x"] * 3)
    queues.queue["messages"][-1]["visible_at"] = clock.now + 60
    assert len(Batches(queues, Functions(window=0), clock).receive(URL, 10)) == 2
