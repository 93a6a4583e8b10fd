"""Queue-first: under load ingest puts profiles into the retry queue at once, and drain sends them in bulk.

Delivered one by one, a workspace takes some hundred requests a second, and each answer waits for MoEngage. Queued, an
answer takes some milliseconds. Queue-first begins when one function sees the need, and ends by itself when none sees it
any more; the others learn of it with the next report of their load.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from aep_moengage.delivery.results import Result
from aep_moengage.functions.pressure import Cause, Pressure
from aep_moengage.functions.shared_load import Load
from aep_moengage.log import logger
from aep_moengage.moengage.requests import Workspace
from aep_moengage.outcomes import RetryReason

REQUESTS_PER_SECOND = 100.0  # delivered one by one; MoEngage documents 10,000 a minute
HOLD_SECONDS = 30.0  # that queue-first lasts at least
_REPORT_REQUESTS = 5  # that a function waits for before it reports, so that a quiet one reports rarely
_REPORT_SECONDS = 2.0  # between two reports of a function

type _Background = Callable[[Callable[[], None]], object]


class _Shared(Protocol):
    def add(self, workspace: Workspace, requests: int, now: float) -> Load | None: ...

    def begin(self, workspace: Workspace, cause: Cause, until: float, now: float) -> None: ...


@dataclass(slots=True)
class _State:
    """What this function knows of a workspace."""

    pressure: Pressure
    unreported: int = 0
    reported: tuple[float, int] | None = None  # when it reported last, and all requests then
    asked: float = 0.0  # when it began a report
    until: float = 0.0
    cause: Cause = Cause.REQUESTS

    def learn(self, load: Load, now: float) -> None:
        """Takes over what all functions know."""
        if self.reported and now > self.reported[0]:
            rate = max(load.requests - self.reported[1], 0) / (now - self.reported[0])
            self.pressure.requested(rate, now)
        self.reported = now, load.requests
        if load.until > self.until:
            self.until, self.cause = load.until, load.cause


class QueueFirst:
    """Decides for each request whether it is queued first. `clock` is epoch seconds.

    `requests_per_second`: more are not delivered one by one. `background` runs what a request need not wait for.
    """

    def __init__(
        self,
        shared: _Shared,
        requests_per_second: float = REQUESTS_PER_SECOND,
        *,
        clock: Callable[[], float] = time.time,
        background: _Background | None = None,
    ) -> None:
        self._shared = shared
        self._limit = requests_per_second
        self._clock = clock
        self._background = background or ThreadPoolExecutor(1, thread_name_prefix="load").submit
        self._states: dict[str, _State] = {}

    def cause(self, workspace: Workspace) -> Cause | None:
        """Counts a request, and returns why it is queued first; None if it is delivered."""
        state, now = self._state(workspace), self._clock()
        state.unreported += 1
        if state.unreported >= _REPORT_REQUESTS and now - state.asked >= _REPORT_SECONDS:
            state.asked = now
            self._background(lambda: self._report(workspace, state))
        self._decide(workspace, state, now)
        return state.cause if now < state.until else None

    def observe(self, workspace: Workspace, seconds: Iterable[float], results: Iterable[Result]) -> None:
        """Notes what a delivery showed: the seconds of MoEngage's answers, and the results."""
        state, now = self._state(workspace), self._clock()
        for each in seconds:
            state.pressure.answered(each, now)
        if any(result.reason is RetryReason.THROTTLED for result in results):
            state.pressure.throttled(now)
        self._decide(workspace, state, now)

    def backlog(self, workspace: Workspace) -> None:
        """Notes that drain works on a long queue."""
        self._begin(workspace, self._state(workspace), Cause.BACKLOG, self._clock())

    def slow(self, workspace: Workspace) -> None:
        """Notes that MoEngage was too slow for a request that has less time than others."""
        self._begin(workspace, self._state(workspace), Cause.SLOW, self._clock())

    def _decide(self, workspace: Workspace, state: _State, now: float) -> None:
        active = now < state.until
        cause = state.pressure.cause(now, active=active)
        if cause and state.until - now < HOLD_SECONDS / 2:
            self._begin(workspace, state, cause, now)

    def _begin(self, workspace: Workspace, state: _State, cause: Cause, now: float) -> None:
        if now >= state.until:
            logger().warning("profiles are queued first", extra={"cause": cause.value})
        until = now + HOLD_SECONDS
        state.until, state.cause = until, cause
        self._background(lambda: self._shared.begin(workspace, cause, until, now))

    def _report(self, workspace: Workspace, state: _State) -> None:
        now, requests = self._clock(), state.unreported
        load = self._shared.add(workspace, requests, now)
        if load:
            state.unreported -= requests
            state.learn(load, now)

    def _state(self, workspace: Workspace) -> _State:
        return self._states.setdefault(workspace.fingerprint, _State(Pressure(self._limit)))
