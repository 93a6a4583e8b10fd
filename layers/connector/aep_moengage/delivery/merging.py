"""Merging: an anonymous user is retired into the named one that it turned out to be."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.delivery.results import Result, not_accepted, retry_later
from aep_moengage.delivery.user_changes import UserUpdate
from aep_moengage.ledger.ledger import ClaimStatus, Ledger
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.outcomes import Outcome

_THERE = {Outcome.DELIVERED, Outcome.UNCHANGED}  # the named user exists in MoEngage
_TRIES = 3  # of a merge that MoEngage refuses; it may not know the named user yet
_REFUSED = {Verdict.REFUSED, Verdict.TOO_LARGE}


@dataclass(frozen=True, slots=True)
class Merging:
    """Merges users; `call` asks MoEngage to retire the first customer id into the second."""

    ledger: Ledger
    call: Callable[[str, str], Answer]
    budget: Budget
    lease_seconds: float

    def merged(self, candidate: UserUpdate, result: Result) -> Result:
        """Merges the anonymous user, if that is due and MoEngage was ever given one; returns the result after it."""
        if not candidate.claim.merge_due or result.outcome not in _THERE:
            return result
        if self.budget.left() < WORTH_A_CALL:
            return retry_later("no time was left to merge")
        try:
            return self._merged(candidate, result)
        except LedgerUnavailable as error:
            return retry_later(str(error))

    def _merged(self, candidate: UserUpdate, result: Result) -> Result:
        status, row = self.ledger.lease_unmerged(str(candidate.anonymous), self.lease_seconds)
        if row is None:
            return retry_later("the anonymous user is being updated") if status is ClaimStatus.WAITING else result
        answer = self.call(str(candidate.decision.anonymous_id), candidate.customer_id)
        given_up = answer.verdict in _REFUSED and candidate.update.attempts >= _TRIES
        merged = answer.verdict is Verdict.ACCEPTED or given_up
        row = replace(row, delivered=None, lease=0.0)
        if merged:
            sequence = max(row.sequence, str(candidate.update.sequence))
            row = replace(row, merged=True, sequence=sequence, listed=frozenset())
        self.ledger.settle([row])
        if merged:
            return replace(result, outcome=Outcome.DELIVERED)
        return retry_later(answer.why) if answer.verdict in _REFUSED else not_accepted(answer)
