"""The queue of the simulation behaves as SQS: visibility, messages in flight, fair order."""

import pytest

from aep_moengage.outcomes import RetryReason
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage_cli.capacity import simulated_queue
from aep_moengage_cli.capacity.simulated_queue import SimulatedQueue


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def message(destination: str = "acme", profiles: int = 1) -> RetryMessage:
    return RetryMessage(destination, "r", 900_000, RetryReason.QUEUED, 900_000, ((0, None),) * profiles)


def test_messages_are_received_once_counted_and_deleted() -> None:
    queue = SimulatedQueue(Clock())
    queue.put(message(profiles=3), 10)
    ((in_flight, number),) = queue.receive(4)

    assert (number, queue.profiles, in_flight.received.receives) == (4, 30, 1)
    queue.delete(in_flight, number)
    assert queue.profiles == 18
    assert sum(number for _, number in queue.receive(100)) == 6
    assert queue.receive(100) == []


def test_hidden_and_delayed_messages_come_back_in_time() -> None:
    clock = Clock()
    queue = SimulatedQueue(clock)
    queue.put(message(), 2, delay=30)
    queue.put(message(), 1)
    ((in_flight, _),) = queue.receive(10)
    queue.hide(in_flight, 1, 10)

    assert queue.oldest == 900
    clock.now += 10
    ((again, number),) = queue.receive(10)
    assert (again.received.receives, number) == (2, 1)
    clock.now += 20
    assert [number for _, number in queue.receive(10)] == [2]


def test_no_more_than_sqs_allows_are_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_queue, "IN_FLIGHT", 5)
    queue = SimulatedQueue(Clock())
    queue.put(message(), 10)
    queue.put(message(), 3, delay=1)

    ((in_flight, number),) = queue.receive(10)
    assert number == 5
    assert queue.receive(10) == []
    queue.hide(in_flight, 5, 100)
    assert queue.receive(10) == [], "hidden ones are in flight, delayed ones are not"


def test_the_destination_with_the_fewest_in_flight_comes_first() -> None:
    queue = SimulatedQueue(Clock())
    queue.put(message("noisy"), 100)
    queue.receive(50)
    queue.put(message("quiet"), 3)

    received = [(each.message.destination, number) for each, number in queue.receive(10)]
    assert received == [("quiet", 3), ("noisy", 7)]
