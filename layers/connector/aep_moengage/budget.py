"""The time that is left until a function must have answered."""

import time
from collections.abc import Callable

ANSWER_SECONDS = 1.7  # AEP waits 2 s for the whole way; the rest is for the gateway and the network
_GATEWAY_SECONDS = 30.0  # an HTTP API waits no longer; an event that is older is not being waited for
WORTH_A_CALL = 0.25  # seconds; with less left MoEngage is not called


class Budget:
    """Counts down `seconds` from now. `clock` is monotonic, in seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Returns the seconds that are left, none below zero."""
        return max(0.0, self._end - self._clock())


def answer_budget(requested_ms: int, now: float, clock: Callable[[], float] = time.monotonic) -> Budget:
    """Returns what is left of the time that AEP waits, counted from the gateway's request time, cold start included.

    `requested_ms` and `now` are epoch milliseconds and seconds of two machines' clocks, so their difference is taken
    only where it makes sense; a sample event from a file gets the whole budget.
    """
    spent = now - requested_ms / 1000
    if not 0 <= spent <= _GATEWAY_SECONDS:
        spent = 0.0
    return Budget(max(0.0, ANSWER_SECONDS - spent), clock)
