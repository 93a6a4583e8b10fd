"""Candidates: updates that are to change one user in MoEngage, on their way through a batch."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aep_moengage.delivery.results import LOST_ANSWER_GRACE, Result, not_accepted, retry_later
from aep_moengage.delivery.sending import Consignment
from aep_moengage.delivery.updates import Update
from aep_moengage.ledger.ledger import Claim, ClaimStatus, Intent, digest, user_key
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.audiences import Membership, MembershipChange, listed_after, membership_events
from aep_moengage.mapping.mapping import Decision
from aep_moengage.moengage.records import encode
from aep_moengage.outcomes import Outcome

_IN_FLIGHT = 5.0  # seconds until one who waits looks again: most leases are given back long before they end
_UNCLAIMED = Claim(ClaimStatus.GRANTED)
_NOBODY: frozenset[str] = frozenset()


@dataclass(slots=True)
class Candidate(ABC):
    """An update of one user: what it wants of the ledger, what is due to MoEngage, and what follows from the answers.

    `user` is the ledger's key. `beside`: the update is mainly another user's, and that one's result is told first.
    """

    place: int
    update: Update
    decision: Decision
    customer_id: str
    user: str
    digest: str
    beside: bool = False
    claim: Claim = _UNCLAIMED
    change: MembershipChange | None = None

    @property
    def kept(self) -> bool:
        """Whether the update is in custody already: one that comes from the queue is."""
        return self.update.in_custody

    @abstractmethod
    def intent(self, *, events: bool) -> Intent:
        """Returns what the update wants to make of its user; `events`: membership events are wanted."""

    @abstractmethod
    def record(self) -> bytes | None:
        """Returns the customer record that the claim makes due."""

    @abstractmethod
    def accepted(self, row: LedgerRow) -> LedgerRow:
        """Returns the row once MoEngage took the record."""

    @abstractmethod
    def membership(self, before: frozenset[str] | None) -> Membership:
        """Returns the membership to tell by events, after `before` was told."""

    @abstractmethod
    def done(self, outcome: Outcome, request_id: str | None = None) -> Result:
        """Returns the result of an update of which nothing is left to do."""

    def changed(self, before: frozenset[str] | None) -> MembershipChange:
        """Returns the membership events after `before` was told."""
        return membership_events(self.customer_id, before, self.membership(before), self.update.received)

    def consigned(self, *, events: bool) -> Consignment["Candidate"]:
        """Returns what is due to MoEngage; the claim must be granted."""
        customer = self.record() if self.claim.customer_due else None
        self.change = self.changed(self.claim.before) if events else None
        if self.change is None or self.change.record is None:
            return Consignment(self, customer, None)
        return Consignment(self, customer, encode(self.change.record), len(self.change.record["actions"]))

    def settled(self, consignment: Consignment["Candidate"], now: float) -> LedgerRow:
        """Returns the row of what MoEngage now holds."""
        row = self.claim.row
        assert row is not None  # noqa: S101 # a granted claim carries its row
        lost = any(answer.lost for answer in consignment.answers)
        nothing_to_send = self.claim.customer_due and consignment.customer is None
        if consignment.customer_accepted or nothing_to_send:
            row = self.accepted(row)
        if consignment.customer_accepted or consignment.accepted or lost:
            row = replace(row, sequence=max(row.sequence, str(self.update.sequence)))
        if consignment.accepted and self.change:
            row = replace(row, audiences=self.change.after)
        return replace(row, lease=now + LOST_ANSWER_GRACE if lost else 0.0)

    def standing_result(self) -> Result:
        """Returns the result of an update whose claim was not granted."""
        if self.claim.status is ClaimStatus.WAITING:
            return retry_later("another update of this user is in flight", min(self.claim.wait, _IN_FLIGHT))
        if self.claim.status is ClaimStatus.UNCHANGED:
            return self.done(Outcome.UNCHANGED)
        return Result(Outcome.SUPERSEDED)

    def result(self, consignment: Consignment["Candidate"]) -> Result:
        """Returns what became of the update."""
        if not consignment.records:
            return self.done(Outcome.UNCHANGED)
        answer = consignment.answers[-1]
        return self.done(Outcome.DELIVERED, answer.request_id) if consignment.accepted else not_accepted(answer)


@dataclass(slots=True)
class UserUpdate(Candidate):
    """Gives MoEngage what a profile says of its user. `anonymous` is the ledger's key of the user to merge into it."""

    customer: bytes = b""
    anonymous: str | None = None

    def intent(self, *, events: bool) -> Intent:  # see Candidate, here and below
        return Intent(
            user=self.user,
            sequence=str(self.update.sequence),
            digest=self.digest,
            kept=self.kept,
            anonymous=self.anonymous,
            listed=frozenset(self.decision.listed) if self.decision.membership.inside else _NOBODY,
            audiences=(lambda before: self.changed(before).after) if events else None,
        )

    def record(self) -> bytes | None:
        return self.customer

    def accepted(self, row: LedgerRow) -> LedgerRow:
        listed = listed_after(row.listed, self.decision.membership, self.decision.listed)
        return replace(row, delivered=self.digest, listed=listed | self.claim.inherited)

    def membership(self, before: frozenset[str] | None) -> Membership:  # noqa: ARG002
        return self.decision.membership

    def done(self, outcome: Outcome, request_id: str | None = None) -> Result:
        return Result(outcome, request_id=request_id)


def user_update(destination: str, place: int, update: Update, decision: Decision) -> UserUpdate:
    """Returns the candidate that a decision to deliver makes of an update."""
    customer_id, record = str(decision.customer_id), encode(decision.customer)
    return UserUpdate(
        place=place,
        update=update,
        decision=decision,
        customer_id=customer_id,
        user=user_key(destination, customer_id),
        digest=digest(record),
        customer=record,
        anonymous=user_key(destination, decision.anonymous_id) if decision.anonymous_id else None,
    )


def newest(candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Returns the newest candidate of each user, and all others."""
    latest: dict[str, Candidate] = {}
    older: list[Candidate] = []
    for candidate in candidates:
        rival = latest.setdefault(candidate.user, candidate)
        if rival is candidate:
            continue
        loser, winner = sorted((rival, candidate), key=lambda each: each.update.sequence)
        latest[candidate.user] = winner
        older.append(loser)
    return list(latest.values()), older
