"""Draining: a batch of the retry queue is delivered together, and each message learns what is to become of it.

A message is done when all its profiles have an outcome. One that waits on stays in the queue, hidden for its backoff;
what is left of one that carried several profiles, or what begins or ends to wait for an operator, goes back as a new
message.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aep_moengage import telemetry, tracing
from aep_moengage.budget import Budget
from aep_moengage.circuit import Circuits
from aep_moengage.custody import Custody, dead_letter
from aep_moengage.dead_letters import DeadLetter
from aep_moengage.delivery import Delivery
from aep_moengage.destinations import Destinations, StoreUnavailable
from aep_moengage.faults import DestinationFaults
from aep_moengage.ledger import Ledger
from aep_moengage.moengage import MoEngage
from aep_moengage.outcomes import AWAITING_OPERATOR, Outcome, Reason, RejectReason, RetryReason
from aep_moengage.pacing import Pacemaker
from aep_moengage.queues import QueueUnavailable
from aep_moengage.results import Result
from aep_moengage.retry import Waiting, given_up, pause_before, read_waiting
from aep_moengage.telemetry import Drained
from aep_moengage.tracing import Traced, traced
from aep_moengage.updates import Update

_CALL_SECONDS = 10.0  # the longest that one call to MoEngage may take
# A message that goes on waiting is put anew long before SQS would move it away (1,000 receives) or drop it (14 days).
_RENEWED_AFTER_RECEIVES = 500
_RENEWED_AFTER_SECONDS = 3 * 86_400
_UNKNOWN = Result(Outcome.RETRYING, RetryReason.SETUP, "the destination is not there; `connect` it to release this")
_FAULTY = Result(
    Outcome.RETRYING,
    RetryReason.SETUP,
    "the destination's document cannot be used; `connect` a mended one to release this",
)
_BROKEN = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "it breaks the connector, whose log says where")


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it was received: `receives` counts how often, `sent` is when it was put, in epoch milliseconds."""

    id: str
    handle: str
    body: str
    receives: int
    sent: int


@dataclass(slots=True)
class _Held:
    """A message whose profiles are being delivered."""

    message: Received
    waiting: Waiting
    results: list[Result] = field(default_factory=list)

    @property
    def attempts(self) -> int:
        return self.waiting.attempts + self.message.receives

    def still_waiting(self) -> list[int]:
        return [place for place, result in enumerate(self.results) if result.outcome is Outcome.RETRYING]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a message belongs: hidden in the queue for so many seconds, or gone from it and into these."""

    held: _Held
    hidden: float | None = None
    dead: list[DeadLetter] = field(default_factory=list)
    renewed: list[Waiting] = field(default_factory=list)
    delay: int = 0

    @property
    def moves(self) -> bool:
        return bool(self.dead or self.renewed)

    def traced(self) -> Iterator[Traced]:
        return traced(self.held.waiting, self.held.results, self.held.attempts)

    def drained(self) -> Iterator[Drained]:
        waiting = self.held.waiting
        for result in self.held.results:
            yield Drained(waiting.reason, waiting.received, result, moved=bool(self.renewed))


@dataclass(frozen=True, slots=True)
class Draining:
    """Drains batches, with everything that this needs."""

    destinations: Destinations
    ledger: Ledger
    circuits: Circuits
    moengage: MoEngage
    custody: Custody
    pacemaker: Pacemaker
    retry_window_seconds: float
    clock: Callable[[], float] = time.time

    def drain(self, messages: Sequence[Received], budget: Budget) -> set[str]:
        """Delivers what messages carry; returns the ids of those that must stay in the queue."""
        batches: dict[str, list[_Held]] = defaultdict(list)
        kept: set[str] = set()
        for message in messages:
            try:
                waiting = read_waiting(message.body)
                batches[waiting.destination].append(_Held(message, waiting))
            except ValueError as error:  # SQS moves it to the dead letters when it has come back often enough
                telemetry.logger().error(
                    "a message cannot be read", extra={"why": str(error), "message_id": message.id}
                )
                kept.add(message.id)
        # the smallest first: one that hangs with a large backlog must not eat up the time of the others
        for destination, batch in sorted(batches.items(), key=lambda each: len(each[1])):
            self._deliver(destination, batch, budget)
            kept |= self._keep(destination, batch)
        return kept

    def _deliver(self, destination: str, batch: list[_Held], budget: Budget) -> None:
        """Delivers a destination's profiles all together, so that a user's backlog merges and bulks are full."""
        updates = [update for held in batch for update in held.waiting.updates(held.attempts)]
        try:
            results = iter(self._results(destination, updates, budget))
        except Exception as error:  # one that nobody foresaw must not hold up the others for ever
            self._deliver_apart(destination, batch, budget, error)
            return
        for held in batch:
            held.results = [self._final(held, next(results)) for _ in held.waiting.profiles]

    def _deliver_apart(self, destination: str, batch: list[_Held], budget: Budget, error: Exception) -> None:
        """Delivers halves of a batch that broke the connector, until the message that does it is alone."""
        if len(batch) > 1:
            middle = len(batch) // 2
            self._deliver(destination, batch[:middle], budget)
            self._deliver(destination, batch[middle:], budget)
            return
        (held,) = batch
        telemetry.log_broken(error, destination, held.message.id)
        held.results = [self._final(held, _BROKEN) for _ in held.waiting.profiles]

    def _results(self, destination: str, updates: list[Update], budget: Budget) -> list[Result]:
        try:
            activated = self.destinations.load(destination)
        except StoreUnavailable as error:
            return [Result(Outcome.RETRYING, RetryReason.TRANSIENT, str(error))] * len(updates)
        except DestinationFaults:
            return [_FAULTY] * len(updates)
        if activated is None:
            return [_UNKNOWN] * len(updates)
        calls = telemetry.Calls(self.moengage.send)
        send = self.circuits.guard(calls.measured, activated.workspace)
        pace = self.pacemaker.pace(activated.workspace, activated.destination.pacing)
        delivery = Delivery(activated, self.ledger, send, longest_call=_CALL_SECONDS, pace=pace)
        results = delivery.deliver(updates, budget)
        telemetry.count_calls(destination, calls)
        return results

    def _final(self, held: _Held, result: Result) -> Result:
        """Gives up what has waited for longer than the retry window; never what waits for an operator."""
        if result.outcome is not Outcome.RETRYING or result.reason in AWAITING_OPERATOR:
            return result
        if given_up(held.waiting, self.clock(), self.retry_window_seconds):
            return replace(result, outcome=Outcome.REJECTED, reason=RejectReason.GAVE_UP)
        return result

    def _keep(self, destination: str, batch: list[_Held]) -> set[str]:
        """Puts each message where it belongs now; returns the ids of those that stay in the queue."""
        placed = [self._placed(held) for held in batch]
        try:
            self.custody.dead.put(letter for each in placed for letter in each.dead)
            self.custody.retry.put_later((each.delay, message) for each in placed for message in each.renewed)
        except QueueUnavailable as error:  # what should have moved stays, and is decided on anew
            telemetry.logger().warning("messages stay as they are", extra={"why": str(error)})
            placed = [each for each in placed if not each.moves]
        self._hide([(each.held.message.handle, each.hidden) for each in placed if each.hidden is not None])
        telemetry.count_drained(destination, [each for one in placed for each in one.drained()], self.clock())
        tracing.trace(destination, (each for one in placed for each in one.traced()))
        done = {each.held.message.id for each in placed if each.hidden is None}
        return {held.message.id for held in batch} - done

    def _placed(self, held: _Held) -> _Placed:
        places = held.still_waiting()
        now = self.clock()
        dead = [
            dead_letter(held.waiting, place, result, now, held.attempts)
            for place, result in enumerate(held.results)
            if result.outcome is Outcome.REJECTED
        ]
        if not places:
            return _Placed(held, dead=dead)
        asked = max((held.results[place].pause or 0.0) for place in places)
        pause = pause_before(held.attempts, held.results[places[0]].reason, asked)
        if self._stays(held, places):
            return _Placed(held, hidden=pause)
        return _Placed(held, dead=dead, renewed=self._renewed(held, places), delay=int(pause))

    def _stays(self, held: _Held, places: list[int]) -> bool:
        waits_for = {_deed(held.results[place].reason) for place in places}
        whole = len(places) == len(held.results)
        age = self.clock() - held.message.sent / 1000
        fresh = held.message.receives < _RENEWED_AFTER_RECEIVES and age < _RENEWED_AFTER_SECONDS
        return whole and waits_for == {_deed(held.waiting.reason)} and fresh

    def _renewed(self, held: _Held, places: list[int]) -> list[Waiting]:
        now = int(self.clock() * 1000)
        messages = []
        for reason, portion in _portions(held, places):
            released = held.waiting.reason in AWAITING_OPERATOR and reason not in AWAITING_OPERATOR
            since = now if released else held.waiting.since
            messages.append(replace(held.waiting.only(portion, reason), attempts=held.attempts, since=since))
        return messages

    def _hide(self, hidden: list[tuple[str, float]]) -> None:
        try:
            self.custody.retry.hide(hidden)
        except QueueUnavailable as error:  # they come back after the queue's own visibility time-out
            telemetry.logger().warning("backoff was not set", extra={"why": str(error)})


def _portions(held: _Held, places: list[int]) -> Iterator[tuple[Reason, list[int]]]:
    """What waits for an operator stays together: pausing must not make a thousand messages of a large one."""
    together: dict[Reason, list[int]] = defaultdict(list)
    for place in places:
        reason = held.results[place].reason or RetryReason.TRANSIENT
        if reason in AWAITING_OPERATOR:
            together[reason].append(place)
        else:
            yield reason, [place]
    yield from together.items()


def _deed(reason: Reason | None) -> Reason | None:
    """What an operator has to mend or resume; None where only time is waited for."""
    return reason if reason in AWAITING_OPERATOR else None
