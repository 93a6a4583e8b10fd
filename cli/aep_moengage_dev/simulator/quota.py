"""The rate limits: a fixed window for each API, and the headers that tell of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aep_moengage_dev.simulator.contract import RefusalError

# Records a minute, as MoEngage documents them: users, events, elements of bulks, merges, exported and deleted users.
DOCUMENTED = {
    "customer": 10_000,
    "event": 30_000,
    "transition": 60_000,
    "merge": 1_000,
    "export": 1_000,
    "delete": 5_000,
}

type Limited = Literal["customer", "event", "transition", "merge", "export", "delete"]
type ResetForm = Literal["seconds", "epoch"]


def reset_header(seconds_left: float, form: ResetForm, now: float) -> str:
    """The value of x-ratelimit-reset. MoEngage documents both forms: seconds left, and epoch seconds."""
    return str(max(0, round(seconds_left)) if form == "seconds" else round(now + seconds_left))


@dataclass(slots=True)
class _Window:
    ends: float = 0.0
    spent: int = 0


class Quota:
    """Counts records in fixed windows; `limits` (records a window, by API) are enforced."""

    def __init__(
        self,
        limits: dict[str, int] | None = None,
        *,
        window: float = 60.0,
        reset_as: ResetForm = "seconds",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits or {}
        self.window = window
        self.reset_as: ResetForm = reset_as
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def spend(self, api: str, records: int) -> None:
        """Count the records of a request. Raises RefusalError (429) where a limit has no room for them."""
        with self._lock:
            window = self._current(api)
            if api in self.limits and window.spent + records > self.limits[api]:
                raise RefusalError(429, "Rate Limit Exceeded", "Rate Limits for User / Event exceeded")
            window.spent += records

    def headers(self, api: str) -> dict[str, str]:
        """The x-ratelimit-* headers of an answer. A limit that is not enforced never shows as used up."""
        with self._lock:
            window, now = self._current(api), self._clock()
        limit = self.limits.get(api, DOCUMENTED[api])
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(limit - window.spent, 0 if api in self.limits else 1)),
            "x-ratelimit-reset": reset_header(window.ends - now, self.reset_as, now),
        }

    def reset(self) -> None:
        """Begin new windows."""
        with self._lock:
            self._windows.clear()

    def _current(self, api: str) -> _Window:
        window, now = self._windows.setdefault(api, _Window()), self._clock()
        if now >= window.ends:
            window.ends, window.spent = now + self.window, 0
        return window
