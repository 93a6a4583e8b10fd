"""Pressure: what a running function sees of a workspace that says whether profiles can be delivered one by one.

Each signal has two levels: one at which queue-first begins, and a lower one at which it goes on, so that it does not
begin and end with every request.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

_RECENT_SECONDS = 10.0
_ANSWERS = 3  # of MoEngage, all of them slow: a single slow one says nothing


class Cause(StrEnum):
    """Why profiles are queued first."""

    REQUESTS = "requests"  # more of them than MoEngage takes single calls
    SLOW = "slow"  # MoEngage's answers leave too little of AEP's 2 s
    THROTTLED = "throttled"  # the workspace's rate limit is used up
    BACKLOG = "backlog"  # drain works on a long queue, and needs the workspace's rate for it


@dataclass(slots=True)
class Pressure:
    """What was seen lately. Times are epoch seconds; `limit` is the requests a second that are delivered one by one."""

    limit: float
    _rate: tuple[float, float] = (float("-inf"), 0.0)
    _answers: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_ANSWERS))
    _throttled: float = float("-inf")

    def requested(self, rate: float, now: float) -> None:
        """Notes so many requests a second, of all running functions."""
        self._rate = now, rate

    def answered(self, seconds: float, now: float) -> None:
        """Notes that MoEngage took so many seconds for an answer."""
        self._answers.append((now, seconds))

    def throttled(self, now: float) -> None:
        """Notes that the rate limit was reached."""
        self._throttled = now

    def cause(self, now: float, *, active: bool) -> Cause | None:
        """Returns why profiles should be queued first from now on, or go on to be if that is `active`; None if not."""
        for signal in _SIGNALS:
            if signal.level(self, now) >= (signal.goes_on if active else signal.begins):
                return signal.cause
        return None

    def load(self, now: float) -> float:
        """Returns the share of `limit` that requests make up lately."""
        at, rate = self._rate
        return rate / self.limit if now - at < _RECENT_SECONDS else 0.0

    def slowness(self, now: float) -> float:
        """Returns the seconds that each of the last answers took at least; 0 if there are too few of late."""
        recent = [seconds for at, seconds in self._answers if now - at < _RECENT_SECONDS]
        return min(recent) if len(recent) == _ANSWERS else 0.0

    def is_throttled(self, now: float) -> bool:
        """Returns whether the rate limit was reached lately."""
        return now - self._throttled < _RECENT_SECONDS


class _Signal(NamedTuple):
    cause: Cause
    level: Callable[[Pressure, float], float]
    begins: float
    goes_on: float


_SIGNALS = (
    _Signal(Cause.REQUESTS, Pressure.load, begins=1.0, goes_on=0.5),
    _Signal(Cause.SLOW, Pressure.slowness, begins=1.0, goes_on=1.0),
    _Signal(Cause.THROTTLED, Pressure.is_throttled, begins=1, goes_on=1),
)
