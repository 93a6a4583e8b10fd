"""The records that are due for a user change, and what the ledger's row is once MoEngage has taken them."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import LOST_ANSWER_GRACE
from aep_moengage.delivery.sending import Record
from aep_moengage.delivery.user_changes import UserChange
from aep_moengage.ledger.decision import known, sure_of_names
from aep_moengage.ledger.memberships import Membership, listed_names, listing, names_in, with_entered
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.event_times import zone_offset
from aep_moengage.moengage.limits import ARRAY_ELEMENTS
from aep_moengage.moengage.records import CUSTOMER_BODY_BYTES
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.moengage.user_records import (
    NO_ATTRIBUTES,
    AudienceEvent,
    EventOptions,
    added,
    customer_record,
    event_records,
    removed,
)


class DueRecord(Struct, frozen=True):
    """A record to send, and what of the change MoEngage has once it took it.

    `names`: with this record the audience attribute shows what it should. `former` is an attribute from which
    names of this destination are taken. `events` are the keys of the audiences whose change is sent.
    """

    record: Record
    attributes: bool = False
    names: bool = False
    former: str = ""
    events: tuple[bytes, ...] = ()

    @property
    def too_large(self) -> bool:
        """Whether MoEngage would refuse the record for its size."""
        return len(self.record.body) > CUSTOMER_BODY_BYTES


def due_records(to: ActiveDestination, change: UserChange) -> list[DueRecord]:
    """Returns what is due to MoEngage for a change whose claim was granted, in the order in which it is sent."""
    events = _event_records(to, change) if change.claim.due.events else ()
    # what a former attribute holds is known only until the present one is filled
    return [*_former_records(to, change), *_customer_records(to, change), *events]


def _former_records(to: ActiveDestination, change: UserChange) -> Iterator[DueRecord]:
    for attribute in sorted(change.claim.due.former):
        names, _ = names_in(change.claim.after or {}, change.row.showing(attribute))
        fields = _removals(sorted(listed_names(change.row.memberships) - set(names)), attribute)
        for field in fields:
            yield DueRecord(Record(_record(to, change, NO_ATTRIBUTES, field)), former=attribute)


def _record(to: ActiveDestination, change: UserChange, attributes: bytes, fields: dict[str, Any]) -> bytes:
    return customer_record(change.customer_id, attributes, fields, update_existing_only=_only_existing(to, change))


def _only_existing(to: ActiveDestination, change: UserChange) -> bool:
    """Whether MoEngage must not create the user: without consent it only takes away what MoEngage may have."""
    return to.destination.update_existing_only or not change.claim.consents


def _customer_records(to: ActiveDestination, change: UserChange) -> Iterator[DueRecord]:
    due, claim = change.claim.due, change.claim
    if not (due.attributes or due.names):
        return
    sends_attributes = claim.newest and claim.consents
    attributes = (change.newest.decision.attributes if sends_attributes else None) or NO_ATTRIBUTES
    fields = _audience_fields(to, change) if due.names else [{}]
    record = partial(_record, to, change)
    if len(record(attributes, fields[0])) > CUSTOMER_BODY_BYTES:
        fields = [{}, *fields]  # the attributes by themselves
    for place, field in enumerate(fields):
        last = place == len(fields) - 1
        body = record(NO_ATTRIBUTES if place else attributes, field)
        yield DueRecord(Record(body), attributes=sends_attributes and place == 0, names=due.names and last)


def _audience_fields(to: ActiveDestination, change: UserChange) -> list[dict[str, Any]]:
    """The fields that bring the audience attribute up to date, one for each record.

    MoEngage takes no addition and removal of one attribute in a record, and no array of more than 50.
    """
    attribute, claim = to.destination.audience_attribute, change.claim
    names, _ = names_in(claim.after or {}, claim.showing)
    outdated = sorted(listed_names(change.row.memberships) - set(names))
    if to.destination.existing_audiences == "keep":
        left = {each.name for each in (claim.after or {}).values() if to.id in each.owners} - set(names)
        outdated = sorted(left.union(outdated))
        return [added(names, attribute)] * bool(names) + _removals(outdated, attribute) or [{}]
    return [{attribute: names}] if names else _removals(outdated, attribute) or [{}]


def _removals(names: Sequence[str], attribute: str) -> list[dict[str, Any]]:
    return [removed(names[start : start + ARRAY_ELEMENTS], attribute) for start in range(0, len(names), ARRAY_ELEMENTS)]


def _event_records(to: ActiveDestination, change: UserChange) -> Iterator[DueRecord]:
    keys: dict[AudienceEvent, list[bytes]] = {}
    for key in change.claim.due.events:
        if not _silent(change, key):
            event = _event(change, key)
            twin = next((each for each in keys if each[:2] == event[:2]), event)  # an audience of the same name
            keys.setdefault(twin, []).append(key)
    ordered = sorted(keys, key=lambda event: (not event.entered, event.name))
    for body, some in event_records(change.customer_id, ordered, _options(to, change)):
        yield DueRecord(Record(body, len(some)), events=tuple(key for event in some for key in keys[event]))


def _event(change: UserChange, key: bytes) -> AudienceEvent:
    claim, received = change.claim, _received_ms(change)
    state = (claim.after or {})[key]
    entered = state.shown_by(claim.consenting)
    name = state.name if entered else _known_as(change.row.memberships.get(key), state)
    at = min(state.since, received) if entered == state.inside else received
    return AudienceEvent(name, entered, at)


def _silent(change: UserChange, key: bytes) -> bool:
    """Whether MoEngage needs no event, because of another audience that has the same name."""
    claim, after = change.claim, change.claim.after or {}
    state = after[key]
    others = [(other, each) for other, each in after.items() if other != key and each.name == state.name]
    if state.shown_by(claim.consenting):
        return any(each.entered for _, each in others)
    return any(each.shown_by(claim.consenting) for _, each in others)


def _known_as(listed: Membership | None, left: Membership) -> str:
    """The name under which MoEngage knows an audience that is left."""
    return min(listed.listed, default=left.name) if listed else left.name


def _received_ms(change: UserChange) -> int:
    return round(change.newest.update.received.timestamp() * 1000)


def _options(to: ActiveDestination, change: UserChange) -> EventOptions:
    zone = change.newest.decision.time_zone
    offset = zone_offset(zone, change.newest.update.received) if zone else None
    return EventOptions(to.destination.triggers_campaigns, _only_existing(to, change), offset)


def taken(to: ActiveDestination, change: UserChange, due: Sequence[DueRecord], answers: Sequence[Answer]) -> LedgerRow:
    """Returns the row once the records were answered; its lease is given back at once only if no answer was lost."""
    accepted = [record for record, answer in zip(due, answers, strict=False) if answer.verdict is Verdict.ACCEPTED]
    lost = any(answer.lost for answer in answers)
    row = change.row
    if lost or any(not (record.events or record.former) for record in accepted) or len(accepted) == len(due):
        row = _with_listed(known(change.intent, change.claim, row), row)
    left = frozenset(record.former for record in due if record not in accepted)
    row = row.noting(to.id, replace(row.destined(to.id), former=row.destined(to.id).former & left))
    row = _with_unsent_events(change, row, _lost_events(due, answers))
    row = _with_events(change, row, [key for key in change.claim.due.events if _silent(change, key)])
    for record in accepted:
        row = _with_taken(to, change, row, record)
    return row


def _with_listed(row: LedgerRow, in_flight: LedgerRow) -> LedgerRow:
    """The row with the names under which MoEngage may list the user, as they were when the records were sent."""
    memberships = {
        key: replace(each, listed=in_flight.memberships[key].listed if key in in_flight.memberships else each.listed)
        for key, each in {**in_flight.memberships, **row.memberships}.items()
    }
    return replace(row, memberships=memberships)


def _with_taken(to: ActiveDestination, change: UserChange, row: LedgerRow, record: DueRecord) -> LedgerRow:
    claim, destined = change.claim, row.destined(to.id)
    if record.attributes:
        row = row.noting(to.id, replace(destined, delivered=change.intent.digest))
    if record.names:
        names, _ = names_in(claim.after or {}, claim.showing)
        row = sure_of_names(row, to.destination.audience_attribute, names)
        peers = frozenset(
            name for name in row.sharing(to.destination.audience_attribute) if not row.destined(name).former
        )
        row = replace(row, memberships=listing(row.memberships, names, claim.showing, alone=peers))
    return _with_events(change, row, record.events)


def _lost_events(due: Sequence[DueRecord], answers: Sequence[Answer]) -> frozenset[bytes]:
    """The audiences whose event MoEngage may or may not have."""
    return frozenset(key for record, answer in zip(due, answers, strict=False) if answer.lost for key in record.events)


def _with_unsent_events(change: UserChange, row: LedgerRow, in_doubt: frozenset[bytes]) -> LedgerRow:
    """The row with the last events as they were before those that were due, of which some are in doubt."""
    after = change.claim.after or {}
    before = {key: None if key in in_doubt else after[key].entered for key in change.claim.due.events}
    return replace(row, memberships=with_entered(row.memberships, before, after))


def _with_events(change: UserChange, row: LedgerRow, keys: Sequence[bytes]) -> LedgerRow:
    """The row once MoEngage was sent the changes of these audiences."""
    after, consenting = change.claim.after or {}, change.claim.consenting
    sent = {key: after[key].shown_by(consenting) for key in keys}
    return replace(row, memberships=with_entered(row.memberships, sent, after))


def lease_after(answers: Sequence[Answer], now: float) -> float:
    """Returns until when a row stays leased after its answers: a request whose answer was lost may still be at work."""
    return now + LOST_ANSWER_GRACE if any(answer.lost for answer in answers) else 0.0
