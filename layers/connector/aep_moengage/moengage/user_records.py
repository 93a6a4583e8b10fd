"""The records of one user, as the bytes that are sent: the customer record, and the events.

Sources: MoEngage's API reference, Track User (array deltas, `update_existing_only`) and Create Event; its help page on
triggered campaigns and server events, which asks for `real_time_action`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aep_moengage.moengage.event_records import pack_actions
from aep_moengage.moengage.records import ADD_TO_ARRAY, REMOVE_FROM_ARRAY, encode, stamp

ENTERED, EXITED = "AEP Segment Entered", "AEP Segment Exited"
EVENT_ATTRIBUTE = "audience"
NO_ATTRIBUTES = b"{}"


class AudienceEvent(NamedTuple):
    """A change of membership: the audience's name in MoEngage, whether it was entered, and when (epoch ms)."""

    name: str
    entered: bool
    at: int


class EventOptions(NamedTuple):
    """How events are sent. `offset` is the user's offset from UTC in seconds, where the profile says it."""

    triggers_campaigns: bool = True
    update_existing_only: bool = False
    offset: int | None = None


def customer_record(
    customer_id: str, attributes: bytes, audiences: dict[str, Any], *, update_existing_only: bool = False
) -> bytes:
    """Returns the record that creates or updates a user.

    `attributes` is an encoded JSON object; `audiences` holds the fields that are set beside them.
    """
    fields = encode(audiences)
    if NO_ATTRIBUTES in (attributes, fields):
        joined = attributes if fields == NO_ATTRIBUTES else fields
    else:
        joined = attributes[:-1] + b"," + fields[1:]
    flag = b',"update_existing_only":true' if update_existing_only else b""
    return b'{"type":"customer","customer_id":%b,"attributes":%b%b}' % (encode(customer_id), joined, flag)


def added(names: Sequence[str], attribute: str) -> dict[str, Any]:
    """Returns the field that adds names to an array attribute."""
    return {ADD_TO_ARRAY: {attribute: list(names)}}


def removed(names: Sequence[str], attribute: str) -> dict[str, Any]:
    """Returns the field that takes names out of an array attribute."""
    return {REMOVE_FROM_ARRAY: {attribute: list(names)}}


def event_records(
    customer_id: str, events: Sequence[AudienceEvent], options: EventOptions
) -> Iterator[tuple[bytes, Sequence[AudienceEvent]]]:
    """Yields the records that add events to a user, each with its events: as many records as MoEngage's limit needs."""
    actions = [_action(event, options) for event in events]
    only_existing, place = options.update_existing_only, 0
    for record, count in pack_actions(customer_id, actions, update_existing_only=only_existing):
        yield record, events[place : place + count]
        place += count


def _action(event: AudienceEvent, options: EventOptions) -> dict[str, Any]:
    moment = datetime.fromtimestamp(event.at / 1000, UTC)
    action: dict[str, Any] = {"action": ENTERED if event.entered else EXITED}
    action |= {"attributes": {EVENT_ATTRIBUTE: event.name}, "current_time": stamp(moment)}
    if options.triggers_campaigns:
        action["real_time_action"] = "true"
    if options.offset is not None:
        action["user_timezone_offset"] = options.offset
    return action
