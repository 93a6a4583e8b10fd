"""The fate of a message of the retry queue, once what it carries was tried: it is gone, stays hidden, or is put anew.

A message is done when all its profiles have an outcome. One that waits on stays in the queue, hidden for its backoff;
what is left of one that carried several profiles, or what begins or ends to wait for an operator, goes back as a new
message.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from aep_moengage.custody import dead_letter
from aep_moengage.dead_letters import DeadLetter
from aep_moengage.outcomes import AWAITING_OPERATOR, Outcome, Reason, RetryReason
from aep_moengage.results import Result
from aep_moengage.retry import Waiting, pause_before
from aep_moengage.telemetry import Drained
from aep_moengage.tracing import Traced, traced

# A message that goes on waiting is put anew long before SQS would move it away (1,000 receives) or drop it (14 days).
_RENEWED_AFTER_RECEIVES = 500
_RENEWED_AFTER_SECONDS = 3 * 86_400


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it was received: `receives` counts how often, `sent` is when it was put, in epoch milliseconds."""

    id: str
    handle: str
    body: str
    receives: int
    sent: int


@dataclass(slots=True)
class Held:
    """A message whose profiles are being delivered: what it says, and what became of each of them."""

    message: Received
    waiting: Waiting
    results: list[Result] = field(default_factory=list)

    @property
    def attempts(self) -> int:
        """How often its profiles have been tried, this time included."""
        return self.waiting.attempts + self.message.receives

    @property
    def still_waiting(self) -> list[int]:
        """The places of those that have no outcome yet."""
        return [place for place, result in enumerate(self.results) if result.outcome is Outcome.RETRYING]


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a message belongs: hidden in the queue for so many seconds, or gone from it and into these."""

    held: Held
    hidden: float | None = None
    dead: list[DeadLetter] = field(default_factory=list)
    renewed: list[Waiting] = field(default_factory=list)
    delay: int = 0

    @property
    def moves(self) -> bool:
        """Whether something of it has to be put elsewhere before it may go."""
        return bool(self.dead or self.renewed)

    def traced(self) -> Iterator[Traced]:
        """Yields its profiles as the trace tells of them."""
        return traced(self.held.waiting, self.held.results, self.held.attempts)

    def drained(self) -> Iterator[Drained]:
        """Yields its profiles as they are counted."""
        waiting = self.held.waiting
        for result in self.held.results:
            yield Drained(waiting.reason, waiting.received, result, moved=bool(self.renewed))


def fate_of(held: Held, now: float) -> Fate:
    """Returns the fate of a message whose profiles all have a result; `now` is epoch seconds."""
    places = held.still_waiting
    dead = [
        dead_letter(held.waiting, place, result, now, held.attempts)
        for place, result in enumerate(held.results)
        if result.outcome is Outcome.REJECTED
    ]
    if not places:
        return Fate(held, dead=dead)
    asked = max((held.results[place].pause or 0.0) for place in places)
    pause = pause_before(held.attempts, held.results[places[0]].reason, asked)
    if _stays(held, places, now):
        return Fate(held, hidden=pause)
    return Fate(held, dead=dead, renewed=_renewed(held, places, now), delay=int(pause))


def _stays(held: Held, places: list[int], now: float) -> bool:
    waits_for = {_deed(held.results[place].reason) for place in places}
    whole = len(places) == len(held.results)
    age = now - held.message.sent / 1000
    fresh = held.message.receives < _RENEWED_AFTER_RECEIVES and age < _RENEWED_AFTER_SECONDS
    return whole and waits_for == {_deed(held.waiting.reason)} and fresh


def _deed(reason: Reason | None) -> Reason | None:
    """What an operator has to mend or resume; None where only time is waited for."""
    return reason if reason in AWAITING_OPERATOR else None


def _renewed(held: Held, places: list[int], now: float) -> list[Waiting]:
    messages = []
    for reason, portion in _portions(held, places):
        released = held.waiting.reason in AWAITING_OPERATOR and reason not in AWAITING_OPERATOR
        since = int(now * 1000) if released else held.waiting.since
        messages.append(replace(held.waiting.only(portion, reason), attempts=held.attempts, since=since))
    return messages


def _portions(held: Held, places: list[int]) -> Iterator[tuple[Reason, list[int]]]:
    """What waits for an operator stays together: pausing must not make a thousand messages of a large one."""
    together: dict[Reason, list[int]] = defaultdict(list)
    for place in places:
        reason = held.results[place].reason or RetryReason.TRANSIENT
        if reason in AWAITING_OPERATOR:
            together[reason].append(place)
        else:
            yield reason, [place]
    yield from together.items()
