"""Draining: a batch of the retry queue is delivered together, and each message is put where it belongs then."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aep_moengage import telemetry, tracing
from aep_moengage.budget import Budget
from aep_moengage.circuit import Circuits
from aep_moengage.custody import Custody
from aep_moengage.delivery import Delivery
from aep_moengage.destinations import Destinations, StoreUnavailable
from aep_moengage.fate import Held, Received, fate_of
from aep_moengage.faults import DestinationFaults
from aep_moengage.ledger import Ledger
from aep_moengage.moengage import MoEngage
from aep_moengage.outcomes import AWAITING_OPERATOR, Outcome, RejectReason, RetryReason
from aep_moengage.pacing import Pacemaker
from aep_moengage.queues import QueueUnavailable
from aep_moengage.results import Result
from aep_moengage.retry import given_up, read_waiting
from aep_moengage.updates import Update

_CALL_SECONDS = 10.0  # the longest that one call to MoEngage may take
_UNKNOWN = Result(Outcome.RETRYING, RetryReason.SETUP, "the destination is not there; `connect` it to release this")
_FAULTY = Result(
    Outcome.RETRYING,
    RetryReason.SETUP,
    "the destination's document cannot be used; `connect` a mended one to release this",
)
_BROKEN = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "it breaks the connector, whose log says where")


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
        batches: dict[str, list[Held]] = defaultdict(list)
        kept: set[str] = set()
        for message in messages:
            try:
                waiting = read_waiting(message.body)
                batches[waiting.destination].append(Held(message, waiting))
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

    def _deliver(self, destination: str, batch: list[Held], budget: Budget) -> None:
        """Delivers a destination's profiles all together, so that a user's backlog merges and bulks are full."""
        updates = [update for held in batch for update in held.waiting.updates(held.attempts)]
        try:
            results = iter(self._results(destination, updates, budget))
        except Exception as error:  # one that nobody foresaw must not hold up the others for ever
            self._deliver_apart(destination, batch, budget, error)
            return
        for held in batch:
            held.results = [self._final(held, next(results)) for _ in held.waiting.profiles]

    def _deliver_apart(self, destination: str, batch: list[Held], budget: Budget, error: Exception) -> None:
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

    def _final(self, held: Held, result: Result) -> Result:
        """Gives up what has waited for longer than the retry window; never what waits for an operator."""
        if result.outcome is not Outcome.RETRYING or result.reason in AWAITING_OPERATOR:
            return result
        if given_up(held.waiting, self.clock(), self.retry_window_seconds):
            return replace(result, outcome=Outcome.REJECTED, reason=RejectReason.GAVE_UP)
        return result

    def _keep(self, destination: str, batch: list[Held]) -> set[str]:
        """Puts each message where it belongs now; returns the ids of those that stay in the queue."""
        fates = [fate_of(held, self.clock()) for held in batch]
        try:
            self.custody.dead.put(letter for each in fates for letter in each.dead)
            self.custody.retry.put_later((each.delay, message) for each in fates for message in each.renewed)
        except QueueUnavailable as error:  # what should have moved stays, and is decided on anew
            telemetry.logger().warning("messages stay as they are", extra={"why": str(error)})
            fates = [each for each in fates if not each.moves]
        self._hide([(each.held.message.handle, each.hidden) for each in fates if each.hidden is not None])
        telemetry.count_drained(destination, [each for one in fates for each in one.drained()], self.clock())
        tracing.trace(destination, (each for one in fates for each in one.traced()))
        done = {each.held.message.id for each in fates if each.hidden is None}
        return {held.message.id for held in batch} - done

    def _hide(self, hidden: list[tuple[str, float]]) -> None:
        try:
            self.custody.retry.hide(hidden)
        except QueueUnavailable as error:  # they come back after the queue's own visibility time-out
            telemetry.logger().warning("backoff was not set", extra={"why": str(error)})
