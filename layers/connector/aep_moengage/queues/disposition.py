"""The disposition of a message of the retry queue after a delivery: delete it, hide it, or replace it.

A message is deleted once all its profiles have an outcome. A message whose profiles are all retried stays in the queue,
hidden for its backoff. It is replaced by new messages when only some of its profiles are left, or when they begin or
cease to wait for something else than MoEngage: an operator, or an event's user to be known.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind
from aep_moengage.outcomes import AWAITING_OPERATOR, AWAITING_OTHERS, Outcome, Reason, RejectReason, RetryReason
from aep_moengage.queues.dead_letters import DeadLetter, dead_letters
from aep_moengage.queues.direct_requests import DirectRequest
from aep_moengage.queues.retry_messages import RetryMessage, backoff_seconds, given_up

# A message that is still retried is replaced long before SQS would move it away (1,000 receives) or drop it (14 days).
_RENEWED_AFTER_RECEIVES = 500
_RENEWED_AFTER_SECONDS = 3 * 86_400
LONGEST_HIDDEN = 60.0  # seconds of backoff; for longer ones a message is replaced by one with a delay
_KEPT_TOGETHER = AWAITING_OTHERS | {RetryReason.THROTTLED}


class ReceivedMessage(Struct, frozen=True):
    """A message as SQS delivered it: `receives` counts how often, `sent` is when it was put, in epoch milliseconds.

    `direct`: it holds no message of ingest or drain, but a request that the HTTP API put.
    """

    id: str
    handle: str
    body: str
    receives: int
    sent: int
    direct: DirectRequest | None = None


class InFlight(Struct, frozen=True):
    """A received message and its content."""

    received: ReceivedMessage
    message: RetryMessage

    @property
    def attempts(self) -> int:
        """How often its profiles have been tried, this time included."""
        return self.message.attempts + self.received.receives


class TracedProfile(Struct, frozen=True):
    """A profile for the trace: its request, when that came (epoch ms), its index there, and drain's attempts."""

    request: str
    received: int
    index: int
    attempts: int
    result: Result
    kind: Kind = Kind.PROFILES


class DrainedProfile(Struct, frozen=True):
    """A profile for the metrics: why it was retried, since when (epoch milliseconds), and the result.

    `moved`: it is still retried, in a new message, for the result's reason.
    """

    waited_for: Reason
    received: int
    result: Result
    moved: bool


@dataclass(frozen=True, slots=True)
class Disposition:
    """What to do with a message: hide it for so many seconds; or put these into the queues, then delete it.

    `renewed` are new messages, each with the seconds until it is received.
    """

    in_flight: InFlight
    results: tuple[Result, ...]
    hidden: float | None = None
    dead: list[DeadLetter] = field(default_factory=list)
    renewed: list[tuple[int, RetryMessage]] = field(default_factory=list)

    @property
    def moves(self) -> bool:
        """Whether something has to be put into a queue before the message may be deleted."""
        return bool(self.dead or self.renewed)

    def traced(self) -> Iterator[TracedProfile]:
        """Yields its profiles for the trace."""
        return traced(self.in_flight.message, self.results, self.in_flight.attempts)

    def drained(self) -> Iterator[DrainedProfile]:
        """Yields its profiles for the metrics."""
        message = self.in_flight.message
        for result in self.results:
            yield DrainedProfile(message.reason, message.received, result, moved=bool(self.renewed))


def traced(message: RetryMessage, results: tuple[Result, ...] | list[Result], attempts: int) -> Iterator[TracedProfile]:
    """Yields the profiles of a message with their results."""
    for (index, _), result in zip(message.profiles, results, strict=True):
        yield TracedProfile(message.request, message.received, index, attempts, result, message.kind)


def final_results(
    message: RetryMessage, results: tuple[Result, ...], now: float, window_seconds: float
) -> tuple[Result, ...]:
    """Rejects what has been retried for the whole window; never what waits for something else than MoEngage."""
    return tuple(map(_given_up, results)) if given_up(message, now, window_seconds) else results


def _given_up(result: Result) -> Result:
    if result.outcome is not Outcome.RETRYING or result.reason in AWAITING_OTHERS:
        return result
    return replace(result, outcome=Outcome.REJECTED, reason=RejectReason.GAVE_UP)


def disposition_of(in_flight: InFlight, results: tuple[Result, ...], now: float) -> Disposition:
    """Returns the disposition of a message, given a result for each profile; `now` is epoch seconds."""
    message, attempts = in_flight.message, in_flight.attempts
    places = [place for place, result in enumerate(results) if result.outcome is Outcome.RETRYING]
    dead = dead_letters(message, results, now, attempts)
    if not places:
        return Disposition(in_flight, results, dead=dead)
    backoff = _backoff(attempts, results, places)
    if not _stays(in_flight, results, places, now):
        renewed = list(_renewed(in_flight, results, places, now))
    elif backoff <= LONGEST_HIDDEN or results[places[0]].reason in AWAITING_OPERATOR:
        return Disposition(in_flight, results, hidden=backoff)
    else:  # SQS holds 120,000 messages in flight, hidden ones among them, and delays any number
        renewed = [(int(backoff), replace(message, reason=results[0].reason or message.reason, attempts=attempts))]
    return Disposition(in_flight, results, dead=dead, renewed=renewed)


def _backoff(attempts: int, results: tuple[Result, ...], places: list[int]) -> float:
    """The seconds until the profiles at these places are tried again, together."""
    retry_after = max((results[place].retry_after or 0.0) for place in places)
    return backoff_seconds(attempts, results[places[0]].reason, retry_after)


def _stays(in_flight: InFlight, results: tuple[Result, ...], places: list[int], now: float) -> bool:
    whole = len(places) == len(results)
    awaited = {_awaited(results[place].reason) for place in places}
    age = now - in_flight.received.sent / 1000
    fresh = in_flight.received.receives < _RENEWED_AFTER_RECEIVES and age < _RENEWED_AFTER_SECONDS
    return whole and awaited == {_awaited(in_flight.message.reason)} and fresh


def _awaited(reason: Reason | None) -> Reason | None:
    """What has to happen first, other than that MoEngage takes it: an operator's fix, a user who is known."""
    return reason if reason in AWAITING_OTHERS else None


def _renewed(
    in_flight: InFlight, results: tuple[Result, ...], places: list[int], now: float
) -> Iterator[tuple[int, RetryMessage]]:
    message, attempts = in_flight.message, in_flight.attempts
    for reason, portion in _portions(results, places):
        begins = _awaited(reason) != _awaited(message.reason) and reason not in AWAITING_OPERATOR
        since = int(now * 1000) if begins else message.since
        delay = int(_backoff(attempts, results, portion))
        yield delay, replace(message.only(portion, reason), attempts=attempts, since=since)


def _portions(results: tuple[Result, ...], places: list[int]) -> Iterator[tuple[Reason, list[int]]]:
    """What waits for an operator, for a user, or for the rate limit stays together: a large message stays one."""
    together: dict[Reason, list[int]] = defaultdict(list)
    for place in places:
        reason = results[place].reason or RetryReason.TRANSIENT
        if reason in _KEPT_TOGETHER:
            together[reason].append(place)
        else:
            yield reason, [place]
    yield from together.items()
