"""Last known good: copies of what a store holds, which serve on for a while when the store refuses.

A copy ages in three steps. It is *fresh*, and served as it is. It is *recent*: still served at once, while the store is
asked again beside. Then it is only *known good*: the store is asked first, and the copy is served if that fails.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass

_FRESH_SHARE = 0.5, 0.9  # of the time that a copy is recent; by chance, so that functions do not all ask at once
_PATIENCE_SECONDS = 0.5  # for a store, while there is a copy to serve
_REST_SECONDS = 2.0, 5.0  # after the store refused, or did not answer
_MOST_ABSENT = 1000  # keys that the store does not have; strangers can think of any number
_NEVER = float("-inf")

type OnStale = Callable[[str, float, Exception], None]


class StoreUnavailable(Exception):
    """The store did not answer, and there is no copy of a moment ago."""


@dataclass(frozen=True, slots=True)
class _Copy[T]:
    value: T
    asked: float
    refresh: float  # from when on it is read again beside


@dataclass(frozen=True, slots=True)
class _Reading[T]:
    result: Future[T | None]
    until: float  # when another one may begin

    @property
    def succeeded(self) -> bool:
        return self.result.done() and self.result.exception() is None


class LastKnownGood[T]:
    """Copies of values, by key. Times are seconds; `clock` is that of the wall, which goes on while Lambda sleeps.

    `read` returns the value of a key, None if the store has none, and raises `StoreUnavailable`. Whenever a copy is
    served because reading failed, `on_stale` is called with the key, the age of the copy, and the error.
    """

    def __init__(
        self,
        read: Callable[[str], T | None],
        *,
        recent_seconds: float,
        good_seconds: float,
        on_stale: OnStale,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._read = read
        self._recent_seconds = recent_seconds
        self._good_seconds = max(good_seconds, recent_seconds)
        self._on_stale = on_stale
        self._clock = clock
        self._copies: dict[str, _Copy[T]] = {}
        self._absent: dict[str, float] = {}  # key -> when the store was asked, and had none
        self._readings: dict[str, _Reading[T]] = {}
        self._threads = ThreadPoolExecutor(thread_name_prefix="refresh")

    def get(self, key: str) -> T | None:
        """Returns the value of a key; None if the store has none.

        Raises:
            StoreUnavailable: if the store does not answer, and there is no copy of a moment ago.
        """
        now = self._clock()
        if now - self._absent.get(key, _NEVER) < self._recent_seconds:
            return None
        copy = self._copies.get(key)
        if copy is None or now - copy.asked >= self._good_seconds:
            return self._ask(key, now)
        if now < copy.refresh:
            return copy.value
        reading = self._reading(key, now)
        if now - copy.asked < self._recent_seconds:
            return copy.value
        try:
            return reading.result.result(_PATIENCE_SECONDS)
        except (OutOfTime, StoreUnavailable) as error:
            self._on_stale(key, now - copy.asked, error)
            return copy.value

    def _reading(self, key: str, now: float) -> _Reading[T]:
        """Returns the reading of a key that goes on, or failed a moment ago; else begins one."""
        known = self._readings.get(key)
        if known and now < known.until and not known.succeeded:
            return known
        rest = random.uniform(*_REST_SECONDS)  # noqa: S311 # no secret
        self._readings[key] = reading = _Reading(self._threads.submit(self._ask, key, now), now + rest)
        return reading

    def _ask(self, key: str, now: float) -> T | None:
        value = self._read(key)
        if value is None:
            self._forget(key, now)
        else:
            self._keep(key, value, now)
        return value

    def _keep(self, key: str, value: T, now: float) -> None:
        """Keeps what was asked for at a time, unless a later answer is known: Lambda may have slept in between."""
        known = self._copies.get(key)
        if now < max(known.asked if known else _NEVER, self._absent.get(key, _NEVER)):
            return
        self._absent.pop(key, None)
        fresh = self._recent_seconds * random.uniform(*_FRESH_SHARE)  # noqa: S311 # no secret
        self._copies[key] = _Copy(value, now, now + fresh)

    def _forget(self, key: str, now: float) -> None:
        self._copies.pop(key, None)
        if len(self._absent) >= _MOST_ABSENT:
            self._absent.pop(next(iter(self._absent)))
        self._absent[key] = now
