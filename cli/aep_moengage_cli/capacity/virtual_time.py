"""Virtual time: code that sleeps and calls runs unchanged, while SimPy's clock moves.

Each process is a greenlet. Where its code would wait, it hands SimPy an event and goes on once that has happened.
"""

import datetime
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import simpy
from aws_lambda_powertools.utilities.circuit_breaker import base as circuit_handler
from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as circuit_store
from greenlet import getcurrent, greenlet


class VirtualTime:
    """A clock that SimPy moves, from `start` in epoch seconds."""

    def __init__(self, start: float) -> None:
        self._environment = simpy.Environment(initial_time=start)

    def clock(self) -> float:
        """Returns the time, in epoch seconds."""
        return float(self._environment.now)

    def sleep(self, seconds: float) -> None:
        """Lets a process wait; only what `start` runs may call it."""
        if scheduler := getcurrent().parent:
            scheduler.switch(self._environment.timeout(seconds))

    def start(self, work: Callable[[], None]) -> None:
        """Begins a process that runs `work`."""
        self._environment.process(_process(work))

    def run(self, until: float) -> None:
        """Runs all processes until a time."""
        with _powertools_time(self.clock):
            self._environment.run(until=until)


def _process(work: Callable[[], None]) -> Generator[simpy.Event]:
    worker = greenlet(work)
    event = worker.switch()
    while not worker.dead:
        yield event
        event = worker.switch()


@contextmanager
def _powertools_time(clock: Callable[[], float]) -> Iterator[None]:
    """Gives Powertools' circuit breakers, which read the wall clock, this time."""

    def now() -> datetime.datetime:
        return datetime.datetime.fromtimestamp(clock(), datetime.UTC)

    clocked: Any = SimpleNamespace(datetime=SimpleNamespace(now=now))
    with patch.object(circuit_handler, "dt", clocked), patch.object(circuit_store, "dt", clocked):
        yield
