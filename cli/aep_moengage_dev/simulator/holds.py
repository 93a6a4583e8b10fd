"""The holds: requests that wait for a release or a delay. Stopping the server ends every wait."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from aep_moengage_dev.simulator.exchange import Exchange

type Ending = Literal["over", "left", "stopped"]

_LOOK_EVERY = 0.05  # seconds between looks whether a waiting client has left
_SETTLE_WITHIN = 5.0  # seconds a release waits for what it released


@dataclass(slots=True)
class _Held:
    released: threading.Event = field(default_factory=threading.Event)
    settled: threading.Event = field(default_factory=threading.Event)


class Holds:
    """Requests held until they are released, by number."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[int, _Held] = {}
        self._stopped = threading.Event()

    def held(self) -> list[int]:
        """The numbers of the requests that wait for a release."""
        return self.wait_held(0)

    def wait_held(self, requests: int = 1, timeout: float = 5.0) -> list[int]:
        """Wait until so many requests are held, `timeout` seconds at most, and return the numbers of those held."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._held) >= requests, timeout)
            return sorted(self._held)

    def release(self, number: int | None = None) -> list[int]:
        """Let the held request of this number go on, or all one after the other; returns once they took effect."""
        with self._changed:
            going = sorted(n for n in self._held if number in {None, n})
            held = [self._held[n] for n in going]
        for each in held:
            each.released.set()
            each.settled.wait(_SETTLE_WITHIN)
        return going

    def hold(self, exchange: Exchange, left: Callable[[], bool] | None) -> Ending:
        """Wait for the release of a request, or until its client has `left`. Then `settle` it."""
        held = _Held()
        with self._changed:
            self._held[exchange.number] = held
            self._changed.notify_all()
        while not self._stopped.is_set() and not held.released.wait(_LOOK_EVERY):
            if left and left():
                return "left"
        if self._stopped.is_set():
            return "stopped"
        return "left" if left and left() else "over"

    def settle(self, exchange: Exchange) -> None:
        """Report to `release` that a request has taken effect."""
        with self._changed:
            held = self._held.pop(exchange.number, None)
        if held:
            held.settled.set()

    def delay(self, seconds: float) -> Ending:
        """Let this much time pass."""
        return "stopped" if self._stopped.wait(seconds) else "over"

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()
        with self._changed:
            for held in self._held.values():
                held.released.set()

    def start(self) -> None:
        """Allow waits again."""
        self._stopped.clear()
