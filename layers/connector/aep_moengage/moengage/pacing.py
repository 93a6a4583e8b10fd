"""Pacing: how many records a workspace may be sent, by MoEngage's limits and by what its answers teach.

A limit is one of records per minute. It is spread over short windows, so that no 60 seconds hold more than the limit,
whenever MoEngage's own minute begins. The limit in force is the least of three: what the operator configured, what
MoEngage's answers say (`x-ratelimit-limit`), and what a 429 has taught, which halves the limit for a while.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

from aep_moengage.moengage.responses import Answer

WINDOW_SECONDS = 3
_TOUCHED = 60 // WINDOW_SECONDS + 1  # windows that 60 seconds touch at most
_LOTTERY_SECONDS = WINDOW_SECONDS / 4  # over which the destinations of a workspace begin a new window
_RECENT_SECONDS = 60.0  # over which recent use fades

_MINUTE = 60.0
_AFTER_429 = 0.5  # of the limit that MoEngage refused
_GROWTH_PER_MINUTE = 0.05  # of that limit
_BELOW_429 = 0.95  # of that limit: up to here it grows again
_FORGOTTEN_AFTER = 3600.0  # seconds after a 429, when its limit is tried again


class Quota(StrEnum):
    """A limit of MoEngage's Data API. `documented` is the least that its pages state, in records per minute."""

    documented: int

    def __new__(cls, name: str, documented: int) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.documented = documented
        return member

    # Bulk Import: the rate limits page says 60,000 of each; an earlier API document and the partner guide say this
    BULK_USERS = "bulk_users", 10_000
    BULK_EVENTS = "bulk_events", 30_000
    USERS = "users", 10_000  # Track User, one a request
    EVENTS = "events", 30_000  # Track Event
    MERGES = "merges", 1_000  # Merge User

    @property
    def counts_users(self) -> bool:
        """Whether an operator's `users_per_minute` covers it."""
        return self in {Quota.BULK_USERS, Quota.USERS}

    @property
    def counts_events(self) -> bool:
        """Whether an operator's `events_per_minute` covers it."""
        return self in {Quota.BULK_EVENTS, Quota.EVENTS}


class Grant(NamedTuple):
    """How many records may be sent now; if none, the seconds to wait before asking again."""

    records: int
    wait: float = 0.0


class Pace(Protocol):
    """The pace at which a destination's workspace is sent records."""

    def take(self, quota: Quota, records: int, least: int = 1) -> Grant:
        """Asks to send so many records; grants all of them, some but at least `least`, or none."""

    def learn(self, quota: Quota, answer: Answer) -> None:
        """Takes note of MoEngage's answer to records of a quota."""


class Unpaced:
    """The pace that never waits."""

    def take(self, quota: Quota, records: int, least: int = 1) -> Grant:  # noqa: ARG002 # a Pace
        """Grants everything."""
        return Grant(records)

    def learn(self, quota: Quota, answer: Answer) -> None:
        """Ignores the answer."""


UNPACED = Unpaced()


@dataclass(frozen=True, slots=True)
class Configured:
    """An operator's limits for a destination, in records per minute; None follows MoEngage's."""

    destination: str
    users_per_minute: int | None = None
    events_per_minute: int | None = None

    def limit(self, quota: Quota) -> int | None:
        """Returns the operator's limit that covers a quota."""
        if quota.counts_users:
            return self.users_per_minute
        return self.events_per_minute if quota.counts_events else None


@dataclass(frozen=True, slots=True)
class Learned:
    """What MoEngage's answers taught about a quota: the limit they state, and the last 429. Times are epoch seconds.

    `refused_limit` was in force when MoEngage refused. Until `held_until` nothing of the quota is sent.
    """

    limit: int | None = None
    refused_at: float = 0.0
    refused_limit: int = 0
    held_until: float = 0.0

    def after_429(self, limit: int, now: float, wait: float) -> "Learned":
        """Returns what is known after a 429, while `limit` was in force and MoEngage asked to wait so long."""
        return replace(self, refused_at=now, refused_limit=limit, held_until=now + wait)


NOTHING_LEARNED = Learned()


class Limit(NamedTuple):
    """A limit in records per minute, and what sets it."""

    per_minute: int
    set_by: str


def workspace_limit(quota: Quota, configured: int | None, learned: Learned, now: float) -> Limit:
    """Returns the limit of a quota that all destinations of a workspace share; `now` is epoch seconds.

    Until an answer states the limit, it is the least that MoEngage documents, or more if an operator configured more.
    """
    if learned.limit:
        limit = Limit(learned.limit, "MoEngage's answers")
    else:
        limit = max(Limit(quota.documented, "MoEngage's documentation"), Limit(configured or 0, "pacing"))
    taught = _after_429(learned, now)
    return min(limit, Limit(taught, "a 429")) if taught else limit


def limit_in_force(quota: Quota, configured: int | None, learned: Learned, now: float) -> Limit:
    """Returns the limit of a quota for a destination: the workspace's, or the configured one if that is less."""
    shared = workspace_limit(quota, configured, learned, now)
    return min(shared, Limit(configured, "pacing")) if configured else shared


def _after_429(learned: Learned, now: float) -> int | None:
    """The limit that a 429 has taught: half, growing again to just below the limit that was refused."""
    since = now - learned.refused_at
    if not learned.refused_limit or since >= _FORGOTTEN_AFTER:
        return None
    share = min(_AFTER_429 + _GROWTH_PER_MINUTE * since / _MINUTE, _BELOW_429)
    return max(1, int(learned.refused_limit * share))


def window_at(now: float) -> int:
    """Returns the number of the window at a time, in epoch seconds."""
    return int(now // WINDOW_SECONDS)


def room(per_minute: int, window: int) -> int:
    """Returns the records that a window holds. Windows that 60 seconds touch hold `per_minute` together."""
    return (window + 1) * per_minute // _TOUCHED - window * per_minute // _TOUCHED


def next_room(per_minute: int, window: int) -> int:
    """Returns the next window after `window` that holds any record."""
    return next(later for later in range(window + 1, window + _TOUCHED + 2) if room(per_minute, later))


def turn(destination: str, window: int) -> float:
    """Returns the seconds into a window after which a destination that waited for it asks.

    They are drawn by lot for each window. So each destination of a workspace is first as often as any other, however
    many functions send for it.
    """
    drawn = hashlib.sha256(f"{destination}\0{window}".encode()).digest()[:4]
    return int.from_bytes(drawn) / 2**32 * _LOTTERY_SECONDS


@dataclass(frozen=True, slots=True)
class PaceState:
    """What a workspace was sent in the current window, by counter, and what was learned, by quota.

    `recent` is the use of each counter in records per minute when the window began.
    """

    window: int
    spent: Mapping[str, int] = field(default_factory=dict)
    recent: Mapping[str, float] = field(default_factory=dict)
    learned: Mapping[str, Learned] = field(default_factory=dict)

    def left(self, rooms: Mapping[str, int]) -> int:
        """Returns how many records fit into the window, given what it holds of each counter."""
        return max(0, min(most - self.spent.get(counter, 0) for counter, most in rooms.items()))

    def use(self, counter: str, now: float) -> float:
        """Returns the recent use of a counter in records per minute; `now` is epoch seconds."""
        return self.begin(max(window_at(now), self.window), {}).recent.get(counter, 0.0)

    def begin(self, window: int, spent: Mapping[str, int]) -> "PaceState":
        """Returns the state of a later window that begins with so much spent."""
        kept = math.exp(-WINDOW_SECONDS / _RECENT_SECONDS)
        ended = window - self.window
        if not ended:
            return replace(self, spent=spent) if spent else self
        a_minute = _MINUTE / WINDOW_SECONDS
        recent = {
            counter: (self.recent.get(counter, 0.0) * kept + self.spent.get(counter, 0) * a_minute * (1 - kept))
            * kept ** (ended - 1)
            for counter in {*self.recent, *self.spent}
        }
        return replace(self, window=window, spent=spent, recent={c: round(n, 1) for c, n in recent.items() if n >= 1})


class PaceUnavailable(Exception):
    """The counters cannot be reached."""


class PaceTable(Protocol):
    """Where the counters of workspaces are kept; every method raises `PaceUnavailable`."""

    def add(
        self, key: str, window: int, spent: Mapping[str, int], rooms: Mapping[str, int]
    ) -> tuple[bool, PaceState | None]:
        """Counts in a window, if it is the current one and each counter stays within its room.

        Returns whether it did, and the state afterwards; None if there is none.
        """

    def begin(self, key: str, before: int, state: PaceState) -> tuple[bool, PaceState | None]:
        """Begins the window of `state`, if `before` is still the current one (0: none was), and keeps what was learned.

        Returns whether it did, and the state afterwards.
        """

    def teach(self, key: str, quota: Quota, learned: Learned, unless_refused_since: float) -> None:
        """Stores what was learned of a quota, unless a 429 was stored since then."""
