"""The preview of a delivery, by the code that delivers: what an update would send, and what MoEngage would show."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from aep_moengage.delivery.due_records import DueRecord, due_records
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Update
from aep_moengage.delivery.user_changes import Member, UserChange, user_changes
from aep_moengage.ledger.decision import ClaimStatus, decide
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.memberships import names_in
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.events import EventDecision
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.event_records import pack_actions

_KEYS = LedgerKeys("")  # nothing is stored


def records_of(to: ActiveDestination, update: Update, decision: Decision) -> Sequence[DueRecord]:
    """Returns the records of one update, as of a user of whom the ledger knows nothing; none if it is not delivered."""
    if decision.action is not Action.DELIVER:
        return ()
    change = _claimed(to, update, decision, None)
    return due_records(to, change) if change.claim.status is ClaimStatus.GRANTED else ()


def event_records_of(to: ActiveDestination, decision: EventDecision) -> Iterator[tuple[str, bytes]]:
    """Yields the records of one event, each with its customer id; none if it is not delivered, or not yet."""
    only_existing = to.destination.update_existing_only
    for occurrence in decision.occurrences if decision.action is Action.DELIVER else ():
        for body, _ in pack_actions(occurrence.customer_id, occurrence.actions, update_existing_only=only_existing):
            yield occurrence.customer_id, body


def names_of(to: ActiveDestination, update: Update, decision: Decision, row: LedgerRow | None) -> list[str]:
    """Returns the names of audiences that MoEngage shows after an update, given what the ledger knows of its user."""
    claim = _claimed(to, update, decision, row).claim
    names, _ = names_in(claim.after or {}, claim.showing)
    return names


def _claimed(to: ActiveDestination, update: Update, decision: Decision, row: LedgerRow | None) -> UserChange:
    change = user_changes(to, _KEYS, [Member(0, update, decision)])[0]
    now = update.received.timestamp()
    rows = {change.user: replace(row, lease=0.0)} if row else {}
    return change.granted(decide(change.intent, rows, frozenset(), now, now))
