"""The results of a user change: one for each of its updates."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.delivery.due_records import DueRecord
from aep_moengage.delivery.merging import Merged
from aep_moengage.delivery.results import Result, not_accepted, retry_later
from aep_moengage.delivery.user_changes import Member, UserChange
from aep_moengage.ledger.decision import ClaimStatus
from aep_moengage.ledger.memberships import names_in
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.mapping import Action
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.outcomes import UNSENDABLE, Outcome, RejectReason, SkipReason, WarningCode

_IN_FLIGHT = 5.0  # seconds until an update that met a lease is tried again: most leases are given back early
_SUPERSEDED = Result(Outcome.SUPERSEDED)
_NO_CONSENT = Result(Outcome.SKIPPED, SkipReason.CONSENT)
_TOO_LARGE = Result(Outcome.REJECTED, RejectReason.RECORD_TOO_LARGE, UNSENDABLE[RejectReason.RECORD_TOO_LARGE])
# What the ledger does not know of could be overwritten by older data; an update in custody is known since its claim.
_NOT_NOTED = retry_later("delivered, but the ledger could not be updated; sent again")
_ALONE = retry_later("the newest update of this user was refused; the audiences are sent by themselves")


class MemberResult(NamedTuple):
    """The result of one update as that of one user; `secondary`: the update is mainly another user's."""

    place: int
    secondary: bool
    result: Result


class Sent(Struct, frozen=True):
    """A change whose records were sent: the answers, and what a merge did.

    `anonymous` is the merged user's row; `retry` says why the change is not done, although its records were taken.
    """

    change: UserChange
    due: list[DueRecord]
    answers: list[Answer]
    anonymous: LedgerRow | None = None
    retry: Result | None = None
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether MoEngage took everything that was due."""
        return len(self.answers) == len(self.due) and all(a.verdict is Verdict.ACCEPTED for a in self.answers)

    @property
    def merges(self) -> bool:
        """Whether the anonymous user is to be merged now."""
        return self.change.claim.due.merge and self.accepted

    def merged(self, merge: Merged) -> "Sent":
        """Returns what was sent, with the outcome of the merge."""
        warnings = (*self.warnings, WarningCode.MERGE_REFUSED.value) if merge.refused else self.warnings
        change = self.change.with_row(replace(merge.row, lease=self.change.row.lease))
        return replace(self, change=change, anonymous=merge.anonymous, retry=merge.retry, warnings=warnings)

    def followed_by(self, more: "Sent") -> "Sent":
        """Returns what was sent, with what was sent afterwards."""
        return replace(self, change=more.change, due=[*self.due, *more.due], answers=[*self.answers, *more.answers])

    def results(self, *, noted: bool) -> Iterator[MemberResult]:
        """Yields the results of the updates; `noted`: the ledger was updated."""
        if not noted and not self.change.intent.in_custody:
            return results_of(self.change, _NOT_NOTED)
        return results_of(self.change, self._result(), [*self.warnings, *_warnings(self.change)])

    def _result(self) -> Result:
        if any(record.too_large for record in self.due):
            return _TOO_LARGE
        if not self.accepted:
            return not_accepted(self.answers[-1])
        if self.retry:
            return self.retry
        request_id = self.answers[-1].request_id if self.answers else None
        sent = bool(self.answers) or self.anonymous is not None
        return Result(Outcome.DELIVERED if sent else Outcome.UNCHANGED, request_id=request_id)


def results_of(change: UserChange, result: Result, warnings: Iterable[str] = ()) -> Iterator[MemberResult]:
    """Yields the results of a change's updates, given that of the whole: those that were no news are superseded."""
    if not change.members:
        yield MemberResult(change.place, False, result)
    for member in change.members:
        own = _own_result(change, member, result) if _contributes(change, member) else _SUPERSEDED
        codes = [*(each.code.value for each in member.decision.warnings), *warnings]
        yield MemberResult(member.place, member.secondary, own.warned(codes))


def _contributes(change: UserChange, member: Member) -> bool:
    return not change.claim.news or member.place in change.contributing


def _own_result(change: UserChange, member: Member, result: Result) -> Result:
    if result.outcome is Outcome.REJECTED and member is not change.newest:
        return _ALONE
    done = result.outcome in {Outcome.DELIVERED, Outcome.UNCHANGED}
    if done and (member.withdraws or not change.claim.consents):
        return replace(_NO_CONSENT, request_id=result.request_id)
    return result


def results_of_claim(change: UserChange) -> Iterator[MemberResult]:
    """Yields the results of a change whose claim was not granted."""
    claim = change.claim
    if claim.status is ClaimStatus.LEASED:
        return results_of(change, retry_later("another update of this user is in flight", min(claim.wait, _IN_FLIGHT)))
    outcome = Outcome.UNCHANGED if claim.status is ClaimStatus.UNCHANGED else Outcome.SUPERSEDED
    return results_of(change, Result(outcome), _warnings(change))


def results_unsent(members: Sequence[Member]) -> Iterator[MemberResult]:
    """Yields the results of updates that the mapping skipped or rejected."""
    for member in members:
        decision = member.decision
        if decision.action is not Action.DELIVER and not member.withdraws:
            outcome = Outcome.SKIPPED if decision.action is Action.SKIP else Outcome.REJECTED
            result = Result(outcome, decision.reason, UNSENDABLE.get(decision.reason, ""))
            codes = [warning.code.value for warning in decision.warnings]
            yield MemberResult(member.place, False, result.warned(codes))


def _warnings(change: UserChange) -> Iterator[str]:
    _, truncated = names_in(change.claim.after or {}, change.claim.showing)
    if truncated:
        yield WarningCode.AUDIENCES_TRUNCATED.value
    if change.claim.merge_refused:
        yield WarningCode.MERGE_REFUSED.value
