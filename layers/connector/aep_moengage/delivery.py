"""Delivery: profile updates in, one outcome for each out.

The way of a batch: transform, keep each user's newest, claim in the ledger, ship what is due, settle the ledger,
merge anonymous users into the named ones they turned out to be.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aep_moengage.audiences import MembershipChange, membership_events
from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.ledger import Claim, Intent, Ledger, Standing, digest, user_key
from aep_moengage.ledger_table import LedgerUnavailable, Row
from aep_moengage.mapping import Action, Decision, Mapping
from aep_moengage.moengage import Workspace
from aep_moengage.outcomes import UNSENDABLE, Outcome, Reason, RejectReason, RetryReason
from aep_moengage.pacing import Pace, unhurried
from aep_moengage.records import encode
from aep_moengage.responses import Answer, Verdict
from aep_moengage.shipping import Consignment, Send, Shipping
from aep_moengage.updates import Update

logger = logging.getLogger(__name__)

LOST_ANSWER_GRACE = 15.0  # seconds that a request whose answer was lost may still be at work in MoEngage
_LEASE_MARGIN = 3.0  # seconds that a lease outlasts the budget: settling, and clocks that differ
_MERGE_TRIES = 3  # of a merge that MoEngage refuses; it may not know the named user yet

_THERE = {Outcome.DELIVERED, Outcome.UNCHANGED}  # the named user exists in MoEngage
_RETRIED = {
    Verdict.TRANSIENT: RetryReason.TRANSIENT,
    Verdict.THROTTLED: RetryReason.THROTTLED,
    Verdict.SETUP: RetryReason.SETUP,
}
_REJECTED = {Verdict.REFUSED: RejectReason.REFUSED, Verdict.TOO_LARGE: RejectReason.RECORD_TOO_LARGE}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an update. `why` is safe to show; `pause` is for how many seconds to leave it alone."""

    outcome: Outcome
    reason: Reason | None = None
    why: str = ""
    pause: float | None = None
    request_id: str | None = None
    warnings: tuple[str, ...] = ()


class Recipient(Protocol):
    """Where a delivery goes: a destination's id, mapping and workspace; whether it is paused, and wants membership
    events."""

    @property
    def id(self) -> str: ...
    @property
    def mapping(self) -> Mapping: ...
    @property
    def workspace(self) -> Workspace: ...
    @property
    def audience_events(self) -> bool: ...
    @property
    def paused(self) -> bool: ...


# What the ledger does not know of could be overwritten by what is older; a kept update is known of since its claim.
_UNNOTED = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "delivered, but the ledger could not be told; sent again")
_PAUSED = Result(Outcome.RETRYING, RetryReason.PAUSED, "the destination is paused; `resume` releases this")
_UNCLAIMED = Claim(Standing.GRANTED)


@dataclass(slots=True)
class _Candidate:
    """An update that is to be delivered, on its way through the batch."""

    place: int
    update: Update
    decision: Decision
    user: str
    anonymous: str | None
    customer: bytes
    digest: str
    claim: Claim = _UNCLAIMED
    change: MembershipChange | None = None

    @property
    def kept(self) -> bool:
        """Whether the update is in custody already: one that comes from the queue is."""
        return self.update.attempts > 0


class Delivery:
    """Delivers updates to one recipient.

    `send` answers a request within the seconds given and never raises; a call takes at most `longest_call` seconds;
    `pace` is that of bulk requests.
    """

    def __init__(
        self, recipient: Recipient, ledger: Ledger, send: Send, *, longest_call: float, pace: Pace = unhurried
    ) -> None:
        self._to = recipient
        self._ledger = ledger
        self._send = send
        self._longest_call = longest_call
        self._pace = pace

    def deliver(self, updates: Sequence[Update], budget: Budget) -> list[Result]:
        """Returns a result for each update, in their order; never raises for what MoEngage or the ledger does."""
        if self._to.paused:
            return [_PAUSED] * len(updates)
        results: dict[int, Result] = {}
        candidates = self._newest(self._transformed(updates, results), results)
        granted = self._claimed(candidates, budget, results)
        consignments = [self._consigned(candidate) for candidate in granted]
        shipping = Shipping(self._to.workspace, self._send, budget, self._longest_call, self._pace)
        shipping.ship([consignment for consignment in consignments if consignment.records])
        unnoted = self._settle(consignments)
        for consignment in consignments:
            candidate = consignment.what
            result = _UNNOTED if candidate.user in unnoted and not candidate.kept else _result(consignment)
            if candidate.claim.merge_due and result.outcome in _THERE:
                result = self._merged(candidate, budget, result)
            results[candidate.place] = _with_warnings(result, candidate.decision)
        return [results[place] for place in range(len(updates))]

    def _transformed(self, updates: Sequence[Update], results: dict[int, Result]) -> Iterable[_Candidate]:
        for place, update in enumerate(updates):
            decision = self._to.mapping.transform(update.profile)
            if decision.action is Action.DELIVER:
                yield self._candidate(place, update, decision)
            else:
                outcome = Outcome.SKIPPED if decision.action is Action.SKIP else Outcome.REJECTED
                result = Result(outcome, decision.reason, UNSENDABLE.get(decision.reason, ""))
                results[place] = _with_warnings(result, decision)

    def _candidate(self, place: int, update: Update, decision: Decision) -> _Candidate:
        record = encode(decision.customer)
        user = user_key(self._to.id, str(decision.customer_id))
        anonymous = user_key(self._to.id, decision.anonymous_id) if decision.anonymous_id else None
        return _Candidate(place, update, decision, user, anonymous, record, digest(record))

    def _newest(self, candidates: Iterable[_Candidate], results: dict[int, Result]) -> list[_Candidate]:
        newest: dict[str, _Candidate] = {}
        for candidate in candidates:
            rival = newest.get(candidate.user)
            if rival is None:
                newest[candidate.user] = candidate
                continue
            older, newer = sorted((rival, candidate), key=lambda each: each.update.sequence)
            newest[candidate.user] = newer
            results[older.place] = Result(Outcome.SUPERSEDED)
        return list(newest.values())

    def _claimed(self, candidates: list[_Candidate], budget: Budget, results: dict[int, Result]) -> list[_Candidate]:
        intents = [self._intent(candidate) for candidate in candidates]
        try:
            claims = self._ledger.claim(intents, budget.left() + _LEASE_MARGIN)
        except LedgerUnavailable as error:
            waiting = Result(Outcome.RETRYING, RetryReason.TRANSIENT, str(error))
            results |= {candidate.place: waiting for candidate in candidates}
            return []
        granted = []
        for candidate, claim in zip(candidates, claims, strict=True):
            candidate.claim = claim
            if claim.standing is Standing.GRANTED:
                granted.append(candidate)
            else:
                results[candidate.place] = _standing_result(claim)
        return granted

    def _intent(self, candidate: _Candidate) -> Intent:
        audiences = (lambda before: self._change(candidate, before).after) if self._to.audience_events else None
        return Intent(
            user=candidate.user,
            sequence=candidate.update.sequence,
            digest=candidate.digest,
            kept=candidate.kept,
            anonymous=candidate.anonymous,
            audiences=audiences,
        )

    def _change(self, candidate: _Candidate, before: frozenset[str] | None) -> MembershipChange:
        decision = candidate.decision
        return membership_events(str(decision.customer_id), before, decision.membership, candidate.update.received)

    def _consigned(self, candidate: _Candidate) -> Consignment[_Candidate]:
        customer = candidate.customer if candidate.claim.customer_due else None
        if not self._to.audience_events:
            return Consignment(candidate, customer, None)
        candidate.change = self._change(candidate, candidate.claim.before)
        record = candidate.change.record
        if record is None:
            return Consignment(candidate, customer, None)
        return Consignment(candidate, customer, encode(record), len(record["actions"]))

    def _settle(self, consignments: Sequence[Consignment[_Candidate]]) -> set[str]:
        """Tells the ledger what MoEngage now holds; returns the users of whom it could not be told."""
        try:
            return self._ledger.settle([self._settled(consignment) for consignment in consignments])
        except LedgerUnavailable as error:
            logger.warning("the ledger was not told of %d users: %s", len(consignments), error)
            return {consignment.what.user for consignment in consignments}

    def _settled(self, consignment: Consignment[_Candidate]) -> Row:
        candidate = consignment.what
        row = candidate.claim.row
        assert row is not None  # noqa: S101 # a granted claim carries its row
        lost = any(answer.lost for answer in consignment.answers)
        if consignment.customer_accepted:
            row = replace(row, delivered=candidate.digest)
        if consignment.customer_accepted or lost:
            row = replace(row, sequence=max(row.sequence, candidate.update.sequence))
        if consignment.accepted and candidate.change:
            row = replace(row, audiences=candidate.change.after)
        return replace(row, lease=self._ledger.now() + LOST_ANSWER_GRACE if lost else 0.0)

    def _merged(self, candidate: _Candidate, budget: Budget, result: Result) -> Result:
        """Merges the anonymous user, if MoEngage was ever given one, into the named user that now exists."""
        anonymous, retired = str(candidate.anonymous), str(candidate.decision.anonymous_id)
        try:
            standing, row = self._ledger.lease_unmerged(anonymous, budget.left() + _LEASE_MARGIN)
            if row is None:
                again = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "the anonymous user is being updated")
                return again if standing is Standing.WAITING else result
            answer = self._call_merge(retired, str(candidate.decision.customer_id), budget)
            given_up = answer.verdict in _REJECTED and candidate.update.attempts >= _MERGE_TRIES
            merged = answer.verdict is Verdict.ACCEPTED or given_up
            sequence = max(row.sequence, candidate.update.sequence) if merged else row.sequence
            self._ledger.settle([replace(row, merged=merged, sequence=sequence, delivered=None, lease=0.0)])
        except LedgerUnavailable as error:
            return Result(Outcome.RETRYING, RetryReason.TRANSIENT, str(error))
        if merged:
            return replace(result, outcome=Outcome.DELIVERED)
        return Result(Outcome.RETRYING, _RETRIED.get(answer.verdict, RetryReason.TRANSIENT), answer.why, answer.pause)

    def _call_merge(self, retired: str, retained: str, budget: Budget) -> Answer:
        if budget.left() < WORTH_A_CALL:
            return Answer(Verdict.TRANSIENT, "no time was left to merge")
        request = self._to.workspace.merge(retired, retained)
        return self._send(request, min(self._longest_call, budget.left()))


def _standing_result(claim: Claim) -> Result:
    if claim.standing is Standing.WAITING:
        why = "another update of this user is in flight"
        return Result(Outcome.RETRYING, RetryReason.TRANSIENT, why, claim.wait)
    return Result(Outcome.UNCHANGED if claim.standing is Standing.UNCHANGED else Outcome.SUPERSEDED)


def _result(consignment: Consignment[_Candidate]) -> Result:
    if not consignment.records:
        return Result(Outcome.UNCHANGED)
    if consignment.accepted:
        return Result(Outcome.DELIVERED, request_id=consignment.answers[-1].request_id)
    answer = consignment.answers[-1]
    if reason := _RETRIED.get(answer.verdict):
        pause = max(answer.pause or 0.0, LOST_ANSWER_GRACE) if answer.lost else answer.pause
        return Result(Outcome.RETRYING, reason, answer.why, pause, answer.request_id)
    return Result(Outcome.REJECTED, _REJECTED[answer.verdict], answer.why, request_id=answer.request_id)


def _with_warnings(result: Result, decision: Decision) -> Result:
    return (
        replace(result, warnings=tuple(warning.code for warning in decision.warnings)) if decision.warnings else result
    )
