"""Ingest: authenticates a sender, reads the profiles or events, delivers them or takes custody, answers in time."""

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aep_moengage.aep.bodies import read_body
from aep_moengage.aep.events import read_events
from aep_moengage.budget import ANSWER_SECONDS, EVENT_ANSWER_SECONDS, WORTH_A_CALL, Budget, answer_budget
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import PAUSED, Result, retry_later
from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.authentication import authenticate, check_client, check_network
from aep_moengage.functions.connections import Connections
from aep_moengage.functions.content import BodyTooLarge, read_content
from aep_moengage.functions.deadline import DELIVERY_GRACE_SECONDS, Deadline, DeadlineExceeded
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.destination_store import DestinationStore
from aep_moengage.functions.queue_first import QueueFirst
from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.outcomes import RetryReason
from aep_moengage.queues.custody import QUEUED, Custody
from aep_moengage.queues.disposition import traced
from aep_moengage.queues.retry_messages import RetryMessage, first_message
from aep_moengage.settings import EVERYWHERE, AllowedNetworks
from aep_moengage.telemetry.counts import Calls, Counts
from aep_moengage.telemetry.tracing import Trace, trace

MOST_PROFILES = 10_000  # of one request: the answer stays far below Lambda's 6 MB, and drain's messages few
FITS_THE_BUDGET = 50  # profiles; larger requests are queued, and drain sends them in fuller bulks
_CALL_SECONDS = 1.5  # the longest that one call to MoEngage may take
DELIVERY_SECONDS = {
    Kind.PROFILES: ANSWER_SECONDS,
    Kind.EVENTS: EVENT_ANSWER_SECONDS,
}  # from the gateway's request time on
_OUT_OF_TIME = retry_later("the delivery took longer than the sender waits")
_READERS = {Kind.PROFILES: read_body, Kind.EVENTS: read_events}


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """A sender's request.

    `in_base64`: that is how the gateway passes bodies that it takes for binary. `content_encoding` is the header.
    `requested_ms` is the gateway's request time in epoch ms. `client` is the subject of the client's certificate, which
    the gateway has with mutual TLS.
    """

    destination: str
    body: str
    authorization: str | None
    source_ip: str
    requested_ms: int
    request_id: str
    in_base64: bool = False
    content_encoding: str = ""
    kind: Kind = Kind.PROFILES
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """The ingest function, with everything that it works with."""

    destinations: DestinationStore
    deliveries: Deliveries
    circuits: CircuitBreakers
    moengage: MoEngage
    custody: Custody
    counts: Counts
    queue_first: QueueFirst
    rate_limiter: RateLimiter
    allowed: AllowedNetworks = EVERYWHERE
    client_names: Set[str] = frozenset()
    connections: Connections = field(default_factory=Connections)
    clock: Callable[[], float] = time.time
    trace: Trace = trace
    deadline: Deadline = field(default_factory=Deadline)

    def take(self, request: IngestRequest) -> list[Result]:
        """Returns a result for each profile, once every one of them is delivered or in custody.

        Raises:
            Forbidden, NotAuthenticated, BodyTooLarge, UnsupportedEncoding, MalformedBody: the sender has to act.
            StoreUnavailable, QueueUnavailable, DeadlineExceeded: custody was not taken; the sender should retry.
            UnusableDocument, MissingSettings: custody was not taken; an operator has to act.
        """
        self.connections.renew()
        budget = answer_budget(request.requested_ms, self.clock())
        return self.deadline.run_within(budget, partial(self._take, request))

    def _take(self, request: IngestRequest) -> list[Result]:
        check_network(request.source_ip, self.allowed)
        check_client(request.client, self.client_names)
        active = authenticate(request.authorization, request.destination, self.destinations.load)
        arrived = _arrived(active.id, request, _elements(request))
        budget = answer_budget(request.requested_ms, self.clock(), DELIVERY_SECONDS[request.kind])
        calls = Calls(self.moengage.send)
        results = self.custody.keep(arrived, self._deliver(active, arrived, calls, budget), self.clock())
        self.trace(active.id, traced(arrived, results, attempts=0))
        self.counts.received(active.id, results, request.requested_ms, self.clock(), calls)
        return results

    def _deliver(self, active: ActiveDestination, arrived: RetryMessage, calls: Calls, budget: Budget) -> list[Result]:
        count = len(arrived.profiles)
        if active.paused:
            return [PAUSED] * count
        if count > FITS_THE_BUDGET or self.queue_first.cause(active.workspace):
            return [QUEUED] * count
        if budget.left() < WORTH_A_CALL:
            return [_OUT_OF_TIME] * count
        deliver = partial(self._deliver_now, active, arrived, calls, budget)
        try:
            return self.deadline.run_within(budget, deliver, DELIVERY_GRACE_SECONDS)
        except DeadlineExceeded:  # the queue takes over; the ledger knows what the abandoned work still does
            return [_OUT_OF_TIME] * count

    def _deliver_now(
        self, active: ActiveDestination, arrived: RetryMessage, calls: Calls, budget: Budget
    ) -> list[Result]:
        updates = arrived.updates(attempts=0, in_custody=False)
        send = self.circuits.guard(calls.measured, active.workspace)
        pace = self.rate_limiter.pace(active.workspace, active.configured_pace, on_credit=True)
        delivery = self.deliveries.to(active, arrived.kind, send, longest_call=_CALL_SECONDS, pace=pace)
        results = delivery.deliver(updates, budget)
        self.queue_first.observe(active.workspace, (seconds for _, seconds in calls.made), results)
        if arrived.kind is Kind.EVENTS and any(answer.lost for answer, _ in calls.made):
            self.queue_first.slow(active.workspace)  # drain waits longer, so it loses fewer answers
        return results


def _arrived(destination: str, request: IngestRequest, elements: Sequence[Any]) -> RetryMessage:
    """The request as the message that the queue would hold of it."""
    return first_message(
        destination,
        request.request_id,
        request.requested_ms,
        enumerate(elements),
        reason=RetryReason.TRANSIENT,
        kind=request.kind,
    )


def _elements(request: IngestRequest) -> Sequence[Any]:
    content = read_content(request.body, in_base64=request.in_base64, encoding=request.content_encoding)
    elements = _READERS[request.kind](content)
    if len(elements) > MOST_PROFILES:
        raise BodyTooLarge(f"the body holds {len(elements)} {request.kind}; send at most {MOST_PROFILES} in a request")
    return elements


def result_json(index: int, result: Result) -> dict[str, Any]:
    """Returns a profile's result for the sender; it never carries personal data."""
    answer: dict[str, Any] = {"index": index, "outcome": result.outcome.value}
    if result.reason:
        answer["reason"] = result.reason.value
    if result.warnings:
        answer["warnings"] = list(result.warnings)
    return answer
