"""The time of the emulated queues advances on demand, but never while a batch is in flight."""

import time

from aep_moengage_dev.local.emulator import QueueTime


def test_time_advances_once_no_batch_is_in_flight() -> None:
    in_flight, slept = iter([2, 1, 0]), list[float]()
    queue_time = QueueTime(lambda: next(in_flight), slept.append)
    before = queue_time.time()
    queue_time.set_forward(900)
    assert queue_time.time() >= before + 900
    assert len(slept) == 2


def test_time_does_not_advance_if_a_batch_does_not_end() -> None:
    slept: list[float] = []
    queue_time = QueueTime(lambda: 1, slept.append)
    queue_time.set_forward(900)
    assert queue_time.time() < time.time() + 1
    assert 60 < sum(slept) < 600


def test_everything_else_is_the_usual_time() -> None:
    assert QueueTime(lambda: 0).monotonic is time.monotonic
