"""Delivery: a batch of updates on its way to MoEngage, step by step.

Transform each profile, gather the updates of each user, claim the users in the ledger, send what is due, merge
anonymous users into the named ones they turned out to be, send what a merge made due, settle the ledger.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from msgspec.structs import replace

from aep_moengage.budget import Budget
from aep_moengage.delivery.change_results import MemberResult, Sent, results_of, results_of_claim, results_unsent
from aep_moengage.delivery.destination_delivery import DestinationDelivery
from aep_moengage.delivery.due_records import DueRecord, due_records, lease_after, taken
from aep_moengage.delivery.merging import Merging
from aep_moengage.delivery.results import LOST_ANSWER_GRACE, PAUSED, Result, retry_later
from aep_moengage.delivery.sending import USED_UP
from aep_moengage.delivery.updates import Update
from aep_moengage.delivery.user_changes import Member, UserChange, refresh, user_changes
from aep_moengage.ledger.decision import ClaimStatus, due_now
from aep_moengage.ledger.known_users import Identified
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.responses import Answer

_LEASE_MARGIN = LOST_ANSWER_GRACE  # a lease outlasts the budget by as much: if the function dies, its call may not


class Delivery(DestinationDelivery[Ledger]):
    """Delivers updates of profiles."""

    def deliver(self, updates: Sequence[Update], budget: Budget) -> list[Result]:
        """Returns a result for each update, in their order; never raises for what MoEngage or the ledger does."""
        if self._to.paused:
            return [PAUSED] * len(updates)
        members = [self._transformed(place, update) for place, update in enumerate(updates)]
        try:
            self._note_known(members)
            changes = user_changes(self._to, self._ledger.keys(), members)
        except LedgerUnavailable as error:
            return [retry_later(str(error))] * len(updates)
        results = _by_place([*results_unsent(members), *self._delivered(changes, budget)])
        return [replace(results[each.place], users=self._pseudonyms(_identities(each.decision))) for each in members]

    def refresh(self, customer_ids: Iterable[str], budget: Budget) -> list[Result]:
        """Brings users' audience attributes up to date with the destination; users must be distinct.

        Returns a result for each user, in their order.

        Raises:
            LedgerUnavailable: if the ledger's key cannot be read.
        """
        keys = self._ledger.keys()
        changes = [refresh(self._to, keys, place, customer_id) for place, customer_id in enumerate(customer_ids)]
        results = _by_place(self._delivered(changes, budget))
        return [results[change.place] for change in changes]

    def _note_known(self, members: Iterable[Member]) -> None:
        """Notes who anonymous users are, for their events that wait."""
        if self._known:
            self._known.note(self._to.workspace.id, chain.from_iterable(map(_said, members)))

    def _transformed(self, place: int, update: Update) -> Member:
        received_ms = round(update.received.timestamp() * 1000)
        return Member(place, update, self._to.mapping.transform(update.profile, received_ms))

    def _delivered(self, changes: Sequence[UserChange], budget: Budget) -> list[MemberResult]:
        """Returns the results of all updates of the changes."""
        try:
            claims = self._ledger.claim([change.intent for change in changes], budget.left() + _LEASE_MARGIN)
        except LedgerUnavailable as error:
            return [each for change in changes for each in results_of(change, retry_later(str(error)))]
        claimed = [change.granted(claim) for change, claim in zip(changes, claims, strict=True)]
        others = [change for change in claimed if change.claim.status is not ClaimStatus.GRANTED]
        sent = self._sent([change for change in claimed if change.claim.status is ClaimStatus.GRANTED], budget)
        # the merges come last: the anonymous user may be in the same batch, and its lease is given back first
        settled = self._settled([each for each in sent if not each.merges])
        merged = self._settled(self._merged([each for each in sent if each.merges], budget))
        return [*chain.from_iterable(map(results_of_claim, others)), *settled, *merged]

    def _sent(self, changes: Sequence[UserChange], budget: Budget) -> list[Sent]:
        """Sends what is due for changes whose claims are granted."""
        due = [due_records(self._to, change) for change in changes]
        sendable = [[each.record for each in records] if _fits(records) else [] for records in due]
        answers = self._sender(budget).send(sendable)
        return [self._answered(*each) for each in zip(changes, due, answers, strict=True)]

    def _answered(self, change: UserChange, due: list[DueRecord], answers: list[Answer]) -> Sent:
        row = replace(taken(self._to, change, due, answers), lease=lease_after(answers, self._ledger.now()))
        return Sent(change.with_row(row), due, answers)

    def _merged(self, sent: Sequence[Sent], budget: Budget) -> list[Sent]:
        """Merges the anonymous users of changes that MoEngage has taken; then sends what that made due."""
        merging = Merging(self._ledger, partial(self._merge, budget), budget, budget.left() + _LEASE_MARGIN)
        after = [each.merged(merging.merge(each.change)) for each in sent]
        again = [self._due_again(each) for each in after]
        resent = iter(self._sent([each.change for each in again if each], budget))
        return [
            each if more is None else each.followed_by(next(resent)) for each, more in zip(after, again, strict=True)
        ]

    def _due_again(self, sent: Sent) -> Sent | None:
        """Returns the change with what its merge made due; None where that is nothing."""
        change = sent.change
        if sent.anonymous is None or sent.retry:
            return None
        row, to = change.row, self._to
        claim = replace(
            change.claim,
            after=row.memberships,
            showing=row.showing(to.destination.audience_attribute),
            consenting=row.consenting,
            consents=not row.destined(to.id).withdrawn,
        )
        due = due_now(change.intent, change.row, claim)
        return replace(sent, change=replace(change, claim=replace(claim, due=due))) if due else None

    def _settled(self, sent: Sequence[Sent]) -> list[MemberResult]:
        """Writes what MoEngage now holds to the ledger; returns the results."""
        rows: list[LedgerRow] = [row for each in sent for row in (each.change.row, each.anonymous) if row]
        try:
            unknown = self._ledger.settle(rows)
        except LedgerUnavailable:
            unknown = {row.user for row in rows}
        return [result for each in sent for result in each.results(noted=each.change.user not in unknown)]

    def _merge(self, budget: Budget, retired: str, retained: str) -> Answer:
        granted, wait = self._pace.take(Quota.MERGES, 1)
        if not granted:
            return replace(USED_UP, retry_after=wait)
        answer = self._send(self._to.workspace.merge(retired, retained), min(self._longest_call, budget.left()))
        self._pace.learn(Quota.MERGES, answer)
        return answer


def _said(member: Member) -> Iterator[Identified]:
    """What a profile that is delivered says about who its anonymous user is."""
    decision = member.decision
    if decision.action is Action.DELIVER and decision.customer_id and decision.anonymous_id:
        yield Identified(decision.anonymous_id, decision.customer_id, member.update.sequence.received_ms)


def _identities(decision: Decision) -> list[str]:
    return [identity for identity in (decision.customer_id, decision.anonymous_id) if identity]


def _fits(records: Sequence[DueRecord]) -> bool:
    return not any(record.too_large for record in records)


def _by_place(results: Iterable[MemberResult]) -> dict[int, Result]:
    """Returns each update's result: of two users, that of which more is left to do, else its own user's."""
    chosen: dict[int, Result] = {}
    for place, _, result in sorted(results, key=lambda each: each.secondary):
        if place not in chosen or result.pressing > chosen[place].pressing:
            chosen[place] = result
    return chosen
