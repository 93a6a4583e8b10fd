"""Delivery: profile updates in, one outcome for each out.

The way of a batch: transform, keep each user's newest, claim in the ledger, ship what is due, settle the ledger,
merge anonymous users into the named ones they turned out to be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from aep_moengage.budget import Budget
from aep_moengage.delivery.merging import Merging
from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import LOST_ANSWER_GRACE, Result, retry_later
from aep_moengage.delivery.sending import Consignment, Shipping
from aep_moengage.delivery.updates import Update
from aep_moengage.delivery.user_changes import Candidate, UserUpdate, newest, user_update
from aep_moengage.delivery.withdrawal import withdrawals
from aep_moengage.ledger.ledger import ClaimStatus, Ledger
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.requests import Pace, Send, no_limit
from aep_moengage.moengage.responses import Answer
from aep_moengage.outcomes import UNSENDABLE, Outcome, RetryReason, SkipReason

_LEASE_MARGIN = LOST_ANSWER_GRACE  # a lease outlasts the budget by as much: if the function dies, its call may not
# What the ledger does not know of could be overwritten by what is older; a kept update is known of since its claim.
_UNNOTED = retry_later("delivered, but the ledger could not be told; sent again")
_PAUSED = Result(Outcome.RETRYING, RetryReason.PAUSED, "the destination is paused; `resume` releases this")
_SUPERSEDED = Result(Outcome.SUPERSEDED)
_PRESSING = {Outcome.RETRYING: 2, Outcome.REJECTED: 1}  # of an update of two users, what is left to do is told


class Delivery:
    """Delivers updates to one recipient.

    `send` answers a request within the seconds given and never raises; a call takes at most `longest_call` seconds;
    `pace` is that of bulk requests.
    """

    def __init__(
        self, recipient: ActiveDestination, ledger: Ledger, send: Send, *, longest_call: float, pace: Pace = no_limit
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
        decisions = [self._to.mapping.transform(update.profile) for update in updates]
        candidates, older = newest(self._candidates(updates, decisions, results))
        for candidate in older:
            _note(results, candidate, _SUPERSEDED)
        granted = self._claimed(candidates, budget, results)
        consignments = [candidate.consigned(events=self._to.audience_events) for candidate in granted]
        shipping = Shipping(self._to.workspace, self._send, budget, self._longest_call, self._pace)
        shipping.ship([consignment for consignment in consignments if consignment.records])
        self._settled(consignments, budget, results)
        return [replace(results[place], users=self._users(decision)) for place, decision in enumerate(decisions)]

    def _users(self, decision: Decision) -> tuple[str, ...]:
        """Returns what the logs call those whom a profile is about."""
        key = self._to.trace_key
        identities = (decision.customer_id, decision.anonymous_id)
        return tuple(pseudonym(key, identity) for identity in identities if identity) if key else ()

    def _candidates(
        self, updates: Sequence[Update], decisions: Sequence[Decision], results: dict[int, Result]
    ) -> Iterator[Candidate]:
        for place, (update, decision) in enumerate(zip(updates, decisions, strict=True)):
            if decision.action is Action.DELIVER:
                yield user_update(self._to.id, place, update, decision)
            elif decision.reason is SkipReason.CONSENT:
                yield from withdrawals(self._to.id, self._to.mapping.audience_attribute, place, update, decision)
            else:
                outcome = Outcome.SKIPPED if decision.action is Action.SKIP else Outcome.REJECTED
                why = UNSENDABLE.get(decision.reason, "")
                results[place] = Result(outcome, decision.reason, why).warned(decision.warnings)

    def _claimed(self, candidates: list[Candidate], budget: Budget, results: dict[int, Result]) -> list[Candidate]:
        intents = [candidate.intent(events=self._to.audience_events) for candidate in candidates]
        try:
            claims = self._ledger.claim(intents, budget.left() + _LEASE_MARGIN)
        except LedgerUnavailable as error:
            for candidate in candidates:
                _note(results, candidate, retry_later(str(error)))
            return []
        granted = []
        for candidate, claim in zip(candidates, claims, strict=True):
            candidate.claim = claim
            if claim.status is ClaimStatus.GRANTED:
                granted.append(candidate)
            else:
                _note(results, candidate, candidate.standing_result())
        return granted

    def _settled(
        self, consignments: Sequence[Consignment[Candidate]], budget: Budget, results: dict[int, Result]
    ) -> None:
        """Notes what became of the consignments, in the ledger and in the results; then merges what is due."""
        unnoted = self._tell_ledger(consignments)
        merging = Merging(self._ledger, partial(self._merge, budget), budget, budget.left() + _LEASE_MARGIN)
        for consignment in consignments:
            candidate = consignment.what
            result = _UNNOTED if candidate.user in unnoted and not candidate.kept else candidate.result(consignment)
            if isinstance(candidate, UserUpdate):
                result = merging.merged(candidate, result)
            _note(results, candidate, result.warned(candidate.decision.warnings))

    def _tell_ledger(self, consignments: Sequence[Consignment[Candidate]]) -> set[str]:
        """Tells the ledger what MoEngage now holds; returns the users of whom it could not be told."""
        try:
            return self._ledger.settle([each.what.settled(each, self._ledger.now()) for each in consignments])
        except LedgerUnavailable:
            return {consignment.what.user for consignment in consignments}

    def _merge(self, budget: Budget, retired: str, retained: str) -> Answer:
        request = self._to.workspace.merge(retired, retained)
        return self._send(request, min(self._longest_call, budget.left()))


def _note(results: dict[int, Result], candidate: Candidate, result: Result) -> None:
    """Notes the result of an update; where it is one of two users, that of whom more is left to do, else the main."""
    known = results.get(candidate.place)
    pressing = _PRESSING.get(result.outcome, 0)
    known_pressing = _PRESSING.get(known.outcome, 0) if known else -1
    if pressing > known_pressing or (pressing == known_pressing and not candidate.beside):
        results[candidate.place] = result
