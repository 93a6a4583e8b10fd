"""The event ledger: one item for each event that was sent or is on its way, so that it is sent once.

MoEngage has no idempotency key. Whoever is about to send an event claims it; the claim is a lease while the event is in
flight, and stays as done for as long as the destination's window says. A lease that ends without an answer is a doubt:
MoEngage may have the event. What that means is the destination's choice.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import NamedTuple, Protocol

from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerUnavailable

_ROUNDS = 3  # of reading, deciding and writing; an event that still loses the race is retried
_LOST_RACE_SECONDS = 1.0


class EventState(StrEnum):
    """What is known of an event."""

    SENDING = "sending"
    DONE = "done"
    FREE = "free"  # it was claimed, and MoEngage did not take it


@dataclass(frozen=True, slots=True)
class EventItem:
    """An event of which something is known. Times are epoch seconds; `version` counts the writes.

    `until` is when the lease ends. After `expires` nothing in it counts; DynamoDB deletes it some time later.
    """

    key: str
    state: EventState
    until: float
    expires: int
    version: int = 1


class EventTable(Protocol):
    """The table of items; both methods raise `LedgerUnavailable`."""

    def read(self, keys: Sequence[str]) -> dict[str, EventItem]:
        """Returns the items that exist, by key, as they are after every write that was answered."""

    def write(self, items: Sequence[tuple[EventItem, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether nobody else wrote it first."""


class EventClaimStatus(Enum):
    """The answer to a claim."""

    GRANTED = auto()
    GRANTED_IN_DOUBT = auto()  # an answer was lost before: MoEngage may have the event already
    DONE = auto()
    DOUBTFUL = auto()  # an answer was lost, and the destination sends nothing twice
    LEASED = auto()  # another function is sending it


class EventClaim(NamedTuple):
    """The answer to a claim, the leased item where it is granted, and the seconds until a lease ends."""

    status: EventClaimStatus
    item: EventItem | None = None
    wait: float = 0.0

    @property
    def granted(self) -> bool:
        """Whether the event may be sent."""
        return self.item is not None


class EventLedger:
    """Decides who may send which event; every method raises `LedgerUnavailable` when the table cannot be reached."""

    def __init__(
        self, table: EventTable, keys: Callable[[], LedgerKeys], clock: Callable[[], float] = time.time
    ) -> None:
        self._table = table
        self._keys = keys
        self._clock = clock

    def keys(self) -> LedgerKeys:
        """Returns what makes the keys of items."""
        return self._keys()

    def now(self) -> float:
        """Returns the time that leases are measured in: epoch seconds."""
        return self._clock()

    def claim(
        self, keys: Sequence[str], *, lease_seconds: float, window_seconds: float, at_most_once: bool
    ) -> dict[str, EventClaim]:
        """Returns a claim for each key; keys must be distinct.

        Nearly all events are new, so their items are written without being read first. If the table fails later on,
        what was granted by then counts: it would be in doubt, were it not sent.
        """
        now = self._clock()
        leased = {
            key: EventItem(key, EventState.SENDING, now + lease_seconds, int(now + window_seconds)) for key in keys
        }
        claims: dict[str, EventClaim] = {}
        wanted = {key: EventClaim(EventClaimStatus.GRANTED, item) for key, item in leased.items()}
        known: dict[str, EventItem] = {}
        for _ in range(_ROUNDS):
            try:
                lost = self._write(wanted, known)
                claims |= {key: claim for key, claim in wanted.items() if key not in lost}
                if not lost:
                    return claims
                known = self._table.read(lost)
            except LedgerUnavailable:
                if not any(claim.granted for claim in claims.values()):
                    raise
                break
            wanted = {key: _decide(known.get(key), leased[key], now, at_most_once=at_most_once) for key in lost}
        left = EventClaim(EventClaimStatus.LEASED, wait=_LOST_RACE_SECONDS)
        return {key: claims.get(key, left) for key in keys}

    def settle(self, items: Sequence[EventItem]) -> None:
        """Writes claimed items back as they now are; those that another claimed meanwhile stay as they are."""
        if items:
            self._table.write([(replace(item, version=item.version + 1), True) for item in items])

    def _write(self, claims: dict[str, EventClaim], known: dict[str, EventItem]) -> list[str]:
        """Writes what is granted; returns the keys that another function wrote first."""
        due = [claim.item for claim in claims.values() if claim.item]
        written = self._table.write([(item, item.key in known) for item in due]) if due else []
        return [item.key for item, done in zip(due, written, strict=True) if not done]


def _decide(known: EventItem | None, leased: EventItem, now: float, *, at_most_once: bool) -> EventClaim:
    if known is None:
        return EventClaim(EventClaimStatus.GRANTED, leased)
    again = replace(leased, version=known.version + 1)
    if known.expires <= now or known.state is EventState.FREE:
        return EventClaim(EventClaimStatus.GRANTED, again)
    if known.state is EventState.DONE:
        return EventClaim(EventClaimStatus.DONE)
    if known.until > now:
        return EventClaim(EventClaimStatus.LEASED, wait=known.until - now)
    if at_most_once:
        return EventClaim(EventClaimStatus.DOUBTFUL)
    return EventClaim(EventClaimStatus.GRANTED_IN_DOUBT, again)
