"""The time that is left until a function must have answered."""

import time
from collections.abc import Callable

EVENT_ANSWER_SECONDS = 0.6  # Journey Optimizer serves endpoints that take over 0.75 s from a slower service
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


def answer_budget(
    requested_ms: int, now: float, seconds: float = ANSWER_SECONDS, clock: Callable[[], float] = time.monotonic
) -> Budget:
    """Returns what is left of the seconds that a sender waits, from the gateway's request time on, cold start included.

    `requested_ms` and `now` are epoch milliseconds and seconds of two machines' clocks, so their difference is taken
    only where it makes sense; a sample event from a file gets the whole budget.
    """
    spent = now - requested_ms / 1000
    if not 0 <= spent <= _GATEWAY_SECONDS:
        spent = 0.0
    return Budget(max(0.0, seconds - spent), clock)
