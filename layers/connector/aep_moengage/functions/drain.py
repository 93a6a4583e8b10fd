"""Drain: delivers a batch of the retry queue in rounds, then deletes, hides or replaces each message.

A round is large enough to fill bulk requests, and small enough that its claims, calls and settles fit into the time
that is left. It has no more profiles than the workspace's limit lets through at once, so that drain claims no user whom
it cannot send yet. Messages for which no time is left stay in the queue as they are.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from aep_moengage.budget import Budget
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import PAUSED, Result, not_accepted
from aep_moengage.delivery.updates import Kind, Update
from aep_moengage.functions.connections import Connections
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.destination_store import DestinationStore, UnusableDocument
from aep_moengage.functions.last_known_good import StoreUnavailable
from aep_moengage.functions.queue_first import QueueFirst
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.functions.schedule import Readiness, Schedule, untried_seconds
from aep_moengage.log import logger
from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.moengage.workspace_pace import WorkspacePace
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.queues.custody import QUEUED, Custody
from aep_moengage.queues.direct_requests import DirectRequest
from aep_moengage.queues.disposition import (
    Disposition,
    InFlight,
    ReceivedMessage,
    disposition_of,
    final_results,
    traced,
)
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.retry_messages import parse_retry_message
from aep_moengage.telemetry.counts import Calls, Counts, log_broken
from aep_moengage.telemetry.tracing import Trace, trace

LONG_BACKLOG = 500  # messages of a destination that are received together
_CALL_SECONDS = 10.0  # the longest that one call to MoEngage may take
_UNKNOWN = Result(Outcome.RETRYING, RetryReason.SETUP, "the destination does not exist; `connect` it to release this")
_UNUSABLE = Result(
    Outcome.RETRYING,
    RetryReason.SETUP,
    "the destination's document cannot be used; `connect` a corrected one to release this",
)
_BROKEN = Result(
    Outcome.RETRYING, RetryReason.TRANSIENT, "unexpected error while processing this profile; see the drain log"
)

_QUOTAS = {Kind.PROFILES: Quota.BULK_USERS, Kind.EVENTS: Quota.BULK_EVENTS}

type _Batch = tuple[str, Kind]  # a destination, and what is for it
type _Recipient = ActiveDestination | Result  # a destination, or why it cannot be delivered to
type _Delivered = list[tuple[InFlight, tuple[Result, ...]]]


@dataclass(frozen=True, slots=True)
class Drain:
    """The drain function, with everything that it works with."""

    destinations: DestinationStore
    deliveries: Deliveries
    circuits: CircuitBreakers
    moengage: MoEngage
    custody: Custody
    counts: Counts
    rate_limiter: RateLimiter
    queue_first: QueueFirst
    samples: SampleTable
    retry_window_seconds: float
    connections: Connections = field(default_factory=Connections)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    trace: Trace = trace

    def drain(self, messages: Sequence[ReceivedMessage], budget: Budget) -> list[str]:
        """Delivers the profiles of messages; returns the ids of the messages that stay in the queue."""
        self.connections.renew()
        batches: dict[_Batch, list[InFlight]] = defaultdict(list)
        staying: list[str] = []
        for received in messages:
            if received.direct:
                staying += self._accept(received.id, received.direct)
                continue
            try:
                message = parse_retry_message(received.body)
                batches[message.destination, message.kind].append(InFlight(received, message))
            except ValueError as error:  # SQS moves it to the dead-letter queue after enough receives
                logger().error("a message cannot be read", extra={"why": str(error), "message_id": received.id})
                staying.append(received.id)
        self._note_backlog(destination for (destination, _), batch in batches.items() if len(batch) >= LONG_BACKLOG)
        return staying + self._deliver_in_rounds(batches, budget)

    def _deliver_in_rounds(self, batches: dict[_Batch, list[InFlight]], budget: Budget) -> list[str]:
        """Delivers while time is left; returns the ids of the messages that stay in the queue."""
        schedule = Schedule(batches, lambda each: len(each.message.profiles), self.clock)
        recipients: dict[_Batch, _Recipient] = {}
        ready: dict[_Batch, Readiness | None] = {}

        def begin(batch: _Batch) -> tuple[Readiness | None, Callable[[list[InFlight]], list[str]]]:
            recipients[batch] = recipient = self._recipient(batch[0])
            ready[batch] = ready.get(batch) or self._readiness(recipient, _QUOTAS[batch[1]])
            return ready[batch], lambda some: self._round(batch[0], recipient, some, budget)

        staying = [message_id for ids in schedule.run(begin, budget.left, self.sleep) for message_id in ids]
        for batch, untried in schedule.left().items():
            staying += self._leave(recipients.get(batch, _UNKNOWN), _QUOTAS[batch[1]], untried)
        return staying

    def _accept(self, message_id: str, direct: DirectRequest) -> list[str]:
        """Takes custody of a direct request's profiles; returns the message's id if it has to stay."""
        arrived = direct.to_retry_message()
        try:
            results = self.custody.keep(arrived, [QUEUED] * len(arrived.profiles), self.clock())
        except QueueUnavailable as error:
            logger().warning("messages stay as they are", extra={"why": str(error)})
            return [message_id]
        nobody_waits = 0
        self.counts.received(arrived.destination, results, nobody_waits, self.clock())
        self.trace(arrived.destination, traced(arrived, results, attempts=0))
        return []

    def _note_backlog(self, destinations: Iterable[str]) -> None:
        """Lets ingest leave MoEngage's rate limit to long backlogs."""
        for destination in destinations:
            with suppress(StoreUnavailable, UnusableDocument):
                active = self.destinations.load(destination)
                if active and not active.paused:
                    self.queue_first.backlog(active.workspace)

    def _leave(self, recipient: _Recipient, quota: Quota, untried: list[InFlight]) -> list[str]:
        """Leaves messages as they are, to come back when their turn is at the pace; returns their ids."""
        logger().info("no time was left for some messages", extra={"messages": len(untried)})
        pace = self._pace(recipient)
        per_minute = pace.limit(quota).per_minute if pace else None
        seconds = untried_seconds((len(each.message.profiles) for each in untried), per_minute)
        self._hide([(each.received.handle, hidden) for each, hidden in zip(untried, seconds, strict=True)])
        return [each.received.id for each in untried]

    def _round(self, destination: str, recipient: _Recipient, batch: list[InFlight], budget: Budget) -> list[str]:
        """Delivers together what is for a destination; returns the ids of the messages that stay in the queue."""
        calls = Calls(self.moengage.send)
        delivered = self._deliver(recipient, batch, budget, calls)
        pace = self._pace(recipient) if calls.made else None
        return self._finish(destination, delivered, calls, pace.limit(Quota.BULK_USERS).per_minute if pace else None)

    def _deliver(self, recipient: _Recipient, batch: list[InFlight], budget: Budget, calls: Calls) -> _Delivered:
        """Delivers together what is for a destination: a user's backlog is folded, and bulk requests are full."""
        updates = [update for each in batch for update in each.message.updates(attempts=each.attempts, in_custody=True)]
        try:
            results = iter(self._results(recipient, updates, budget, calls))
        except Exception as error:  # an unforeseen one must not delay the other messages for ever
            return self._deliver_apart(recipient, batch, budget, calls, error)
        return [(each, tuple(islice(results, len(each.message.profiles)))) for each in batch]

    def _deliver_apart(
        self, recipient: _Recipient, batch: list[InFlight], budget: Budget, calls: Calls, error: Exception
    ) -> _Delivered:
        """Delivers the halves of a batch that failed unexpectedly, until the message that causes it is alone."""
        if len(batch) > 1:
            middle = len(batch) // 2
            return [
                *self._deliver(recipient, batch[:middle], budget, calls),
                *self._deliver(recipient, batch[middle:], budget, calls),
            ]
        (alone,) = batch
        log_broken(error, alone.message.destination, alone.received.id)
        return [(alone, (_BROKEN,) * len(alone.message.profiles))]

    def _recipient(self, destination: str) -> _Recipient:
        """Returns a destination, or the result of every update while it cannot be delivered to."""
        try:
            return self.destinations.load(destination) or _UNKNOWN
        except StoreUnavailable as error:
            return Result(Outcome.RETRYING, RetryReason.TRANSIENT, str(error))
        except UnusableDocument:
            return _UNUSABLE

    def _readiness(self, recipient: _Recipient, quota: Quota) -> Readiness | None:
        pace = self._pace(recipient)
        if pace is None or isinstance(recipient, Result):
            return None
        return Readiness(pace, quota, partial(self.circuits.open_answer, recipient.workspace))

    def _pace(self, recipient: _Recipient) -> WorkspacePace | None:
        """Returns the pace of a destination to which something is sent now."""
        if isinstance(recipient, Result) or recipient.paused:
            return None
        return self.rate_limiter.pace(recipient.workspace, recipient.configured_pace)

    def _results(self, recipient: _Recipient, updates: list[Update], budget: Budget, calls: Calls) -> list[Result]:
        if isinstance(recipient, Result):
            return [recipient] * len(updates)
        answer = None if recipient.paused else self.circuits.open_answer(recipient.workspace)
        if answer:  # nothing is claimed that could not be sent
            return [not_accepted(answer)] * len(updates)
        send = self.circuits.guard(calls.measured, recipient.workspace)
        pace = self.rate_limiter.pace(recipient.workspace, recipient.configured_pace)
        delivery = self.deliveries.to(
            recipient, updates[0].kind, send, longest_call=_CALL_SECONDS, pace=pace, sleep=self.sleep
        )
        return delivery.deliver(updates, budget)

    def _finish(self, destination: str, delivered: _Delivered, calls: Calls, pace_limit: int | None) -> list[str]:
        """Deletes, hides or replaces each message; returns the ids of those that stay in the queue."""
        self._keep_samples(delivered)
        now = self.clock()
        final = [
            (each, final_results(each.message, results, now, self.retry_window_seconds)) for each, results in delivered
        ]
        dispositions = [disposition_of(each, results, now) for each, results in final]
        done = self._moved(dispositions)
        self._hide([(each.in_flight.received.handle, each.hidden) for each in done if each.hidden is not None])
        self.counts.drained(
            destination, [profile for each in done for profile in each.drained()], self.clock(), calls, pace_limit
        )
        self.trace(destination, (profile for each in done for profile in each.traced()))
        gone = {each.in_flight.received.id for each in done if each.hidden is None}
        return [each.received.id for each, _ in delivered if each.received.id not in gone]

    def _keep_samples(self, delivered: _Delivered) -> None:
        """Keeps samples of what has just arrived for a paused destination."""
        arrived = [each.message for each, results in delivered if each.attempts == 1 and PAUSED in results]
        if arrived:
            self.samples.keep(arrived)

    def _moved(self, dispositions: list[Disposition]) -> list[Disposition]:
        """Puts new messages and dead letters into their queues; returns the dispositions that were carried out."""
        try:
            self.custody.dead.put(letter for each in dispositions for letter in each.dead)
            self.custody.retry.put_later(renewed for each in dispositions for renewed in each.renewed)
        except QueueUnavailable as error:  # the messages stay, and come back after the queue's visibility time-out
            logger().warning("messages stay as they are", extra={"why": str(error)})
            return [each for each in dispositions if not each.moves]
        return dispositions

    def _hide(self, hidden: list[tuple[str, float]]) -> None:
        try:
            self.custody.retry.hide(hidden)
        except QueueUnavailable as error:  # they come back after the queue's visibility time-out
            logger().warning("backoff was not set", extra={"why": str(error)})
