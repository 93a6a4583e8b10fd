"""User changes: all updates of one user that are handled together, and what is due to MoEngage for them.

Of the attributes the newest update's are sent; news of audiences counts from every update.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Update
from aep_moengage.ledger.decision import Claim, ClaimStatus, Intent, digest
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.outcomes import SkipReason


class Member(NamedTuple):
    """One update of a change: its place in the batch, and what the mapping decided.

    `secondary`: the update is mainly another user's, and that one's result is reported first.
    """

    place: int
    update: Update
    decision: Decision
    secondary: bool = False

    @property
    def withdraws(self) -> bool:
        """Whether the update has no consent."""
        return self.decision.reason is SkipReason.CONSENT


class UserChange(Struct, frozen=True, dict=True):
    """The updates of one user, the newest last, with what the ledger answered to them.

    A refresh has no updates, but a `place` among the users that are refreshed.
    """

    customer_id: str
    members: tuple[Member, ...]
    intent: Intent
    place: int = 0
    claim: Claim = Claim(ClaimStatus.GRANTED)

    @property
    def user(self) -> str:
        """The ledger's key of the user."""
        return self.intent.user

    @property
    def newest(self) -> Member:
        """The newest update."""
        return self.members[-1]

    @property
    def row(self) -> LedgerRow:
        """The leased row; the claim must be granted."""
        assert self.claim.row is not None  # noqa: S101 # a granted claim carries its row
        return self.claim.row

    @property
    def anonymous_id(self) -> str | None:
        """The id of the anonymous user to merge into this one."""
        return _anonymous_id(self.members)

    @cached_property
    def contributing(self) -> frozenset[int]:
        """The places of the updates that change something; the others are superseded."""
        places = {member.place for member, news in zip(self.members, self.claim.news, strict=False) if news}
        due = self.claim.due
        if self.claim.newest or due.of_audiences or due.merge:
            places.add(self.newest.place)
        return frozenset(places)

    def granted(self, claim: Claim) -> "UserChange":
        """Returns the change with the ledger's answer."""
        return replace(self, claim=claim)

    def with_row(self, row: LedgerRow) -> "UserChange":
        """Returns the change with its row as it is now."""
        return replace(self, claim=replace(self.claim, row=row))


def user_changes(to: ActiveDestination, keys: LedgerKeys, members: Iterable[Member]) -> list[UserChange]:
    """Returns a change for each user that updates are about; of one without consent, for the anonymous user too."""
    grouped: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.decision.action is Action.DELIVER or member.withdraws:
            grouped[str(member.decision.customer_id)].append(member)
        if member.withdraws and member.decision.anonymous_id is not None:
            grouped[member.decision.anonymous_id].append(member._replace(secondary=True))
    return [_change(to, keys, customer_id, some) for customer_id, some in grouped.items()]


def refresh(to: ActiveDestination, keys: LedgerKeys, place: int, customer_id: str) -> UserChange:
    """Returns the change that brings a user's audience attribute up to date, without any update or event."""
    return UserChange(customer_id, (), replace(_intent(to, keys, customer_id, ()), events=False), place)


def _change(to: ActiveDestination, keys: LedgerKeys, customer_id: str, some: Sequence[Member]) -> UserChange:
    members = tuple(sorted(some, key=lambda member: member.update.sequence))
    return UserChange(customer_id, members, _intent(to, keys, customer_id, members))


def _intent(to: ActiveDestination, keys: LedgerKeys, customer_id: str, members: Sequence[Member]) -> Intent:
    user = keys.user(to.workspace.id, customer_id)
    intent = Intent(
        user=user,
        destination=to.id,
        attribute=to.destination.audience_attribute,
        activation=to.mapping.activation,
        messages=tuple(member.decision.statements for member in members),
        in_custody=all(member.update.in_custody for member in members),
        events=to.destination.audience_events,
        additive=to.destination.existing_audiences == "keep",
        sealed=keys.seal(user, customer_id),
    )
    if not members:
        return intent
    newest, anonymous_id = members[-1], _anonymous_id(members)
    attributes = newest.decision.attributes
    return replace(
        intent,
        sequence=str(newest.update.sequence),
        withdraws=newest.withdraws,
        digest=None if newest.withdraws or attributes is None else digest(attributes),
        anonymous=keys.user(to.workspace.id, anonymous_id) if anonymous_id and to.merges else None,
    )


def _anonymous_id(members: Sequence[Member]) -> str | None:
    found = [each.decision.anonymous_id for each in members if not each.withdraws and each.decision.anonymous_id]
    return found[-1] if found else None
