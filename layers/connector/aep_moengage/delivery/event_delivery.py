"""Delivery of events: map each, claim it in the event ledger, send what was granted, settle.

An event is never superseded. It is sent once, except where an answer was lost and the destination allows a second try.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.delivery.destination_delivery import DestinationDelivery
from aep_moengage.delivery.event_sending import EventToSend, send_in_order
from aep_moengage.delivery.holding import anonymous_ids, held, identified, settled
from aep_moengage.delivery.results import LOST_ANSWER_GRACE, PAUSED, Result, not_accepted, retry_later
from aep_moengage.delivery.sending import Record
from aep_moengage.delivery.updates import Update
from aep_moengage.ledger.event_claims import EventClaim, EventClaimStatus, EventItem, EventLedger, EventState
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.mapping.events import EventDecision
from aep_moengage.mapping.mapping import Action
from aep_moengage.moengage.event_records import pack_actions
from aep_moengage.moengage.records import CUSTOMER_BODY_BYTES
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.outcomes import UNSENDABLE, Outcome, RejectReason, WarningCode

_IN_FLIGHT_SECONDS = 5.0  # until an event that met a lease is tried again: most leases are given back early
_NO_TIME = retry_later("no time was left to try")
_UNCHANGED = Result(Outcome.UNCHANGED)
_DOUBTFUL = _UNCHANGED.warned([WarningCode.ANSWER_LOST.value])
_NOT_GRANTED = {EventClaimStatus.DONE: _UNCHANGED, EventClaimStatus.DOUBTFUL: _DOUBTFUL}
_TOO_LARGE = Result(Outcome.REJECTED, RejectReason.RECORD_TOO_LARGE, UNSENDABLE[RejectReason.RECORD_TOO_LARGE])


@dataclass(frozen=True, slots=True)
class _Part:
    """A record that an event becomes, usually the only one. `place` is the event's in the batch."""

    place: int
    update: Update
    customer_id: str
    moment: datetime
    record: Record
    key: str

    @property
    def too_large(self) -> bool:
        """Whether MoEngage would refuse the record for its size."""
        return len(self.record.body) > CUSTOMER_BODY_BYTES


class EventDelivery(DestinationDelivery[EventLedger]):
    """Delivers events."""

    @property
    def _at_most_once(self) -> bool:
        return self._to.destination.event_delivery == "at_most_once"

    @property
    def _window(self) -> float:
        """The seconds within which an event is sent once."""
        return self._to.destination.event_window_hours * 3600

    def deliver(self, updates: Sequence[Update], budget: Budget) -> list[Result]:
        """Returns a result for each event, in their order; never raises for what MoEngage or the ledger does."""
        if self._to.paused:
            return [PAUSED] * len(updates)
        decisions = [self._to.event_mapping.transform(each.profile, each.sequence.received_ms) for each in updates]
        try:
            decisions = self._with_known_users(updates, decisions)
            results = self._delivered(list(self._parts(self._ledger.keys(), updates, decisions)), budget)
        except LedgerUnavailable as error:
            results = {place: [retry_later(str(error))] for place in range(len(updates))}
        given = zip(updates, decisions, strict=True)
        return [self._result(*each, results.get(place, [])) for place, each in enumerate(given)]

    def _with_known_users(self, updates: Sequence[Update], decisions: list[EventDecision]) -> list[EventDecision]:
        """Notes who anonymous users are, and returns the decisions now that some of those who were held are known."""
        if self._known is None:
            return decisions
        workspace, hold = self._to.workspace.id, self._to.destination.hold_seconds
        self._known.note(workspace, identified(updates, decisions))
        known = self._known.find(workspace, anonymous_ids(decisions))
        return [
            settled(decision, known, over=self._waited(update) >= hold)
            for update, decision in zip(updates, decisions, strict=True)
        ]

    def _waited(self, update: Update) -> float:
        """The seconds for which an event has waited for its user: not for an operator, or for MoEngage."""
        return 0.0 if update.held_ms is None else self._ledger.now() - update.held_ms / 1000

    def _parts(
        self, keys: LedgerKeys, updates: Sequence[Update], decisions: Sequence[EventDecision]
    ) -> Iterable[_Part]:
        only_existing = self._to.destination.update_existing_only
        scope = f"{self._to.workspace.id}/{self._to.id}"
        for place, (update, decision) in enumerate(zip(updates, decisions, strict=True)):
            for each in decision.occurrences if decision.action is Action.DELIVER else ():
                packed = pack_actions(each.customer_id, each.actions, update_existing_only=only_existing)
                for number, (body, count) in enumerate(packed):
                    key = keys.event(scope, f"{each.customer_id}\0{each.identity}\0{number}")
                    yield _Part(place, update, each.customer_id, each.moment, Record(body, count), key)

    def _delivered(self, parts: Sequence[_Part], budget: Budget) -> dict[int, list[Result]]:
        """Returns the results of the records of each event, by its place."""
        ordered = sorted(parts, key=lambda part: (part.moment, part.update.sequence))
        sendable = {part.key: part for part in reversed(ordered) if not part.too_large}  # of the same ones the first
        sent = self._sent([part for part in ordered if sendable.get(part.key) is part], budget)
        results: dict[int, list[Result]] = defaultdict(list)
        for part in ordered:
            result = _TOO_LARGE if part.too_large else sent[part.key]
            repeats = result.outcome is Outcome.DELIVERED and sendable[part.key] is not part
            results[part.place].append(_UNCHANGED if repeats else result)
        return results

    def _sent(self, parts: Sequence[_Part], budget: Budget) -> dict[str, Result]:
        """Claims and sends records, which are in the order of their time; returns their results by key."""
        if budget.left() < WORTH_A_CALL:
            return {part.key: _NO_TIME for part in parts}
        claims = self._ledger.claim(
            [part.key for part in parts],
            lease_seconds=budget.left() + LOST_ANSWER_GRACE,
            window_seconds=self._window,
            at_most_once=self._at_most_once,
        )
        granted = [EventToSend(part.key, part.customer_id, part.record) for part in parts if claims[part.key].granted]
        answers = send_in_order(self._sender(budget), granted)
        self._settle(claims, answers)
        return {key: self._result_of(claim, answers.get(key)) for key, claim in claims.items()}

    def _settle(self, claims: Mapping[str, EventClaim], answers: Mapping[str, Answer]) -> None:
        """Notes what became of the claimed events. What cannot be noted stays leased, and in doubt after that."""
        now = self._ledger.now()
        items = [self._settled(item, answers[item.key], now) for _, item, _ in claims.values() if item]
        with suppress(LedgerUnavailable):
            self._ledger.settle(items)

    def _settled(self, item: EventItem, answer: Answer, now: float) -> EventItem:
        if answer.verdict is Verdict.ACCEPTED or (answer.lost and self._at_most_once):
            return replace(item, state=EventState.DONE, expires=int(now + self._window))
        if answer.lost:  # it may still take effect
            return replace(item, until=now + LOST_ANSWER_GRACE)
        return replace(item, state=EventState.FREE)

    def _result_of(self, claim: EventClaim, answer: Answer | None) -> Result:
        if answer is None:
            wait = min(claim.wait, _IN_FLIGHT_SECONDS)
            return _NOT_GRANTED.get(claim.status) or retry_later("another delivery of this event is in flight", wait)
        if answer.lost and self._at_most_once:
            return structs.replace(_DOUBTFUL, why=answer.why, request_id=answer.request_id)
        doubts = [WarningCode.ANSWER_LOST.value] if claim.status is EventClaimStatus.GRANTED_IN_DOUBT else []
        if answer.verdict is Verdict.ACCEPTED:
            return Result(Outcome.DELIVERED, request_id=answer.request_id).warned(doubts)
        return not_accepted(answer)

    def _result(self, update: Update, decision: EventDecision, results: Sequence[Result]) -> Result:
        """Returns an event's result: of its records' that of which most is left to do, then delivered."""
        codes = [warning.code.value for warning in decision.warnings]
        if decision.action is Action.HOLD and not results:
            results = [held(self._waited(update), self._to.destination.hold_seconds)]
        if decision.action in {Action.SKIP, Action.REJECT}:
            outcome = Outcome.SKIPPED if decision.action is Action.SKIP else Outcome.REJECTED
            return Result(outcome, decision.reason, UNSENDABLE.get(decision.reason, "")).warned(codes)
        chosen = max(results, key=lambda each: (each.pressing, each.outcome is Outcome.DELIVERED))
        doubts = [code for each in results for code in each.warnings]
        ids = (each for found in decision.occurrences for each in (found.customer_id, found.anonymous_id) if each)
        users = dict.fromkeys(ids)
        return structs.replace(chosen.warned([*codes, *doubts]), users=self._pseudonyms(users))
