"""Intake: what a sender posts is authenticated, read, delivered or put into custody, and answered in time."""

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aep_moengage import telemetry, tracing
from aep_moengage.budget import Budget, answer_budget
from aep_moengage.circuit import Circuits
from aep_moengage.custody import Custody
from aep_moengage.delivery import Delivery
from aep_moengage.destinations import Activated, Destinations
from aep_moengage.ledger import Ledger
from aep_moengage.moengage import MoEngage
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.patience import Patience
from aep_moengage.reading import MalformedBody, read_body
from aep_moengage.results import Result
from aep_moengage.retry import Waiting
from aep_moengage.senders import authenticate, check_network
from aep_moengage.settings import Network
from aep_moengage.tracing import traced

LARGEST_BODY = 5 * 1024 * 1024  # bytes; Lambda takes 6 MB, the event around the body included
FITS_THE_BUDGET = 50  # profiles; with more the answer cannot be waited for, and drain sends fuller bulks
_CALL_SECONDS = 1.5  # the longest that one call to MoEngage may take
_QUEUED = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "too many profiles for one answer; they are sent in bulk")


class UnknownDestination(Exception):
    """There is no destination of this id."""


class BodyTooLarge(Exception):
    """The body is larger than can be taken at once."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What a sender posted, and the circumstances.

    `encoded`: the body is in base64, as the gateway hands over what it takes for binary. `requested_ms` is the
    gateway's request time in epoch ms.
    """

    destination: str
    body: str
    authorization: str | None
    source_ip: str
    requested_ms: int
    request_id: str
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes postings in, with everything that this needs."""

    destinations: Destinations
    ledger: Ledger
    circuits: Circuits
    moengage: MoEngage
    custody: Custody
    allowed: tuple[Network, ...] = ()
    clock: Callable[[], float] = time.time
    patience: Patience = field(default_factory=Patience)

    def take(self, posting: Posting) -> list[Result]:
        """Returns a result for each posted profile, once every one of them is delivered or in custody.

        Raises:
            NotAllowed, NotAuthenticated, UnknownDestination, BodyTooLarge, MalformedBody: the sender has to act.
            StoreUnavailable, QueueUnavailable, NotInTime: custody could not be taken; the sender should come again.
        """
        budget = answer_budget(posting.requested_ms, self.clock())
        return self.patience.wait(partial(self._take, posting, budget), budget)

    def _take(self, posting: Posting, budget: Budget) -> list[Result]:
        check_network(posting.source_ip, self.allowed)
        activated = self.destinations.load(posting.destination)
        if activated is None:
            raise UnknownDestination(f"there is no destination {posting.destination!r}")
        authenticate(posting.authorization, activated, self.destinations.load)
        profiles = _profiles(posting)
        arrived = Waiting(
            destination=activated.id,
            request=posting.request_id,
            received=posting.requested_ms,
            reason=RetryReason.TRANSIENT,
            since=posting.requested_ms,
            profiles=tuple(enumerate(profiles)),
        )
        results = self._deliver(activated, arrived, budget)
        results = self.custody.keep(arrived, results, self.clock())
        tracing.trace(activated.id, traced(arrived, results, attempts=0))
        return results

    def _deliver(self, activated: Activated, arrived: Waiting, budget: Budget) -> list[Result]:
        updates = arrived.updates(attempts=0)
        if len(updates) > FITS_THE_BUDGET and not activated.paused:
            return [_QUEUED] * len(updates)
        calls = telemetry.Calls(self.moengage.send)
        send = self.circuits.guard(calls.measured, activated.workspace)
        results = Delivery(activated, self.ledger, send, longest_call=_CALL_SECONDS).deliver(updates, budget)
        telemetry.count_calls(activated.id, calls)
        return results


def _profiles(posting: Posting) -> Sequence[Any]:
    body = _decoded(posting.body) if posting.encoded else posting.body.encode("utf-8", "surrogatepass")
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge(f"the body has {len(body)} bytes; send at most {LARGEST_BODY} at once, in several requests")
    return read_body(body if posting.encoded else posting.body)


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedBody("the body is not the base64 that its event says it is") from None


def result_json(index: int, result: Result) -> dict[str, Any]:
    """Returns what the sender is told of a profile; it never carries personal data."""
    answer: dict[str, Any] = {"index": index, "outcome": result.outcome.value}
    if result.reason:
        answer["reason"] = result.reason.value
    return answer
