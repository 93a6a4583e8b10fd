"""Merging: an anonymous user is retired into the named one that it turned out to be.

Source: MoEngage, Merge User API: attributes of the merged user move to the retained one, whose own values stay.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.delivery.due_records import lease_after
from aep_moengage.delivery.results import Result, not_accepted, retry_later
from aep_moengage.delivery.user_changes import UserChange
from aep_moengage.ledger.decision import ClaimStatus, unsure_of_names
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.memberships import activated, merged
from aep_moengage.ledger.row import Destined, LedgerRow, LedgerUnavailable
from aep_moengage.moengage.responses import Answer, Verdict

MAX_MERGE_ATTEMPTS = 3  # of a merge that MoEngage refuses; it may not know the named user yet
_REFUSED = {Verdict.REFUSED, Verdict.TOO_LARGE}


class Merged(Struct, frozen=True):
    """The outcome of a merge: both users' rows as they are then; why the update is retried; whether it was refused."""

    row: LedgerRow
    anonymous: LedgerRow | None = None
    retry: Result | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Merging:
    """Merges users; `call` asks MoEngage to retire the first customer id into the second."""

    ledger: Ledger
    call: Callable[[str, str], Answer]
    budget: Budget
    lease_seconds: float

    def merge(self, change: UserChange) -> Merged:
        """Merges the anonymous user of a change into its user, if MoEngage may have both."""
        if self.budget.left() < WORTH_A_CALL:
            return Merged(change.row, retry=retry_later("no time was left to merge"))
        try:
            status, anonymous = self.ledger.lease_for_merge(str(change.intent.anonymous), self.lease_seconds)
        except LedgerUnavailable as error:
            return Merged(change.row, retry=retry_later(str(error)))
        if anonymous is None:
            waits = status is ClaimStatus.LEASED
            return Merged(change.row, retry=retry_later("the anonymous user is being updated") if waits else None)
        answer = self.call(str(change.anonymous_id), change.customer_id)
        return _merged(change, anonymous, answer, self.ledger.now())


def _merged(change: UserChange, anonymous: LedgerRow, answer: Answer, now: float) -> Merged:
    if answer.verdict is Verdict.ACCEPTED:
        return Merged(_with_anonymous(change, anonymous), _retired(change, anonymous))
    if answer.verdict not in _REFUSED:
        left = replace(anonymous, merging=anonymous.merging or answer.lost, lease=lease_after([answer], now))
        return Merged(change.row, left, retry=not_accepted(answer))
    if anonymous.merging:  # an earlier request may have been applied: then both users are one, and this is refused
        row, kept = _with_anonymous(change, anonymous), replace(anonymous, merging=False, merge_refused=True)
        return Merged(row, kept, refused=True)
    if change.newest.update.attempts < MAX_MERGE_ATTEMPTS:
        return Merged(change.row, anonymous, retry=retry_later(answer.why))
    return Merged(change.row, replace(anonymous, merge_refused=True), refused=True)


def _with_anonymous(change: UserChange, anonymous: LedgerRow) -> LedgerRow:
    both = merged(change.row.memberships, anonymous.memberships)
    row = replace(
        change.row,
        memberships=activated(both, change.intent.activation, change.intent.destination),
        destinations=_destinations(change.row, anonymous),
    )
    return unsure_of_names(row, change.intent.attribute) if anonymous.memberships else row


def _destinations(row: LedgerRow, anonymous: LedgerRow) -> dict[str, Destined]:
    """Both users' destinations: the newer update says whether there is consent; names may be in either's attributes."""
    destinations = dict(row.destinations)
    for name, other in anonymous.destinations.items():
        own = destinations.get(name) or Destined(attribute=other.attribute)
        newer = max(own, other, key=lambda each: each.sequence)
        former = (own.former | other.former | {other.attribute}) - {own.attribute, ""}
        destinations[name] = replace(own, withdrawn=newer.withdrawn, former=former)
    return destinations


def _retired(change: UserChange, anonymous: LedgerRow) -> LedgerRow:
    """The row of a user that is no more; it still shuts out older updates, and remembers no names."""
    known = change.row.destinations.items()
    destinations = {name: Destined(sequence=each.sequence) for name, each in anonymous.destinations.items()}
    for name, each in known:
        newest = max(each.sequence, destinations.get(name, Destined()).sequence)
        destinations[name] = Destined(sequence=newest)
    return LedgerRow(anonymous.user, anonymous.version, destinations, merged=True)
