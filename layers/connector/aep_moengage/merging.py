"""Merging: an anonymous user is retired into the named one that it turned out to be."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.candidates import UserUpdate
from aep_moengage.ledger import Ledger, Standing
from aep_moengage.ledger_table import LedgerUnavailable
from aep_moengage.outcomes import Outcome
from aep_moengage.responses import Answer, Verdict
from aep_moengage.results import Result, not_accepted, waiting

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
            return waiting("no time was left to merge")
        try:
            return self._merged(candidate, result)
        except LedgerUnavailable as error:
            return waiting(str(error))

    def _merged(self, candidate: UserUpdate, result: Result) -> Result:
        standing, row = self.ledger.lease_unmerged(str(candidate.anonymous), self.lease_seconds)
        if row is None:
            return waiting("the anonymous user is being updated") if standing is Standing.WAITING else result
        answer = self.call(str(candidate.decision.anonymous_id), candidate.customer_id)
        given_up = answer.verdict in _REFUSED and candidate.update.attempts >= _TRIES
        merged = answer.verdict is Verdict.ACCEPTED or given_up
        row = replace(row, delivered=None, lease=0.0)
        if merged:
            sequence = max(row.sequence, candidate.update.sequence)
            row = replace(row, merged=True, sequence=sequence, listed=frozenset())
        self.ledger.settle([row])
        if merged:
            return replace(result, outcome=Outcome.DELIVERED)
        return waiting(answer.why) if answer.verdict in _REFUSED else not_accepted(answer)
