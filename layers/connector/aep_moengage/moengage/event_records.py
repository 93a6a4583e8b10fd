"""Events as MoEngage takes them: their names, and the records that carry them.

Sources: MoEngage's API reference (Create Event), and its page on data tracking policies.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from aep_moengage.moengage.records import ATTRIBUTE_NAME_LENGTH, BLOCKED_NAMES, BULK_BODY_BYTES, encode
from aep_moengage.outcomes import WarningCode

EVENT_ATTRIBUTES = 100  # of one event; data tracking policies
PLATFORMS = ("ANDROID", "iOS", "web", "TV", "unknown")
_ACTIONS_BYTES = BULK_BODY_BYTES - 1_000  # of one record, so that it still fits a bulk
_PREFIX, _OWN_PREFIX = "moe_", "aep_"


def event_name_fault(name: str) -> str | None:
    """Returns what is wrong with an event's name, as a sentence's end, or None."""
    fault = _fault(name)
    return fault.message.removeprefix("left out: ") if fault else None


def legal_event_name(event_type: str) -> str | None:
    """Returns the name under which an event of this type is sent by default; None for a text that names nothing.

    MoEngage alters dots, so `commerce.purchases` becomes `commerce_purchases`.
    """
    printable = "".join(each if each.isprintable() else " " for each in event_type)
    name = printable.strip().replace(".", "_")[: ATTRIBUTE_NAME_LENGTH - len(_OWN_PREFIX)]
    if not name:
        return None
    return name if _fault(name) is None else _OWN_PREFIX + name


def pack_actions(
    customer_id: str, actions: Sequence[dict[str, Any]], *, update_existing_only: bool
) -> Iterator[tuple[bytes, int]]:
    """Yields the records that add events to a user, each with the number of its events.

    There are as many records as MoEngage's limit of a bulk needs; an event that is larger is in a record of its own.
    """
    if len(actions) == 1:  # nearly every event: its size need not be known
        yield _record(customer_id, actions, update_existing_only), 1
        return
    some: list[dict[str, Any]] = []
    room = _ACTIONS_BYTES
    for action in actions:
        size = len(encode(action)) + 1
        if some and size > room:
            yield _record(customer_id, some, update_existing_only), len(some)
            some, room = [], _ACTIONS_BYTES
        some.append(action)
        room -= size
    if some:
        yield _record(customer_id, some, update_existing_only), len(some)


def _record(customer_id: str, actions: Sequence[dict[str, Any]], update_existing_only: bool) -> bytes:
    flag = {"update_existing_only": True} if update_existing_only else {}
    return encode({"type": "event", "customer_id": customer_id, "actions": actions} | flag)


def _fault(name: str) -> WarningCode | None:
    if name.strip() in BLOCKED_NAMES:
        return WarningCode.NAME_BLOCKED
    if name[: len(_PREFIX)].lower() == _PREFIX:
        return WarningCode.NAME_PREFIX
    if "." in name:
        return WarningCode.NAME_ALTERED
    return WarningCode.NAME_TOO_LONG if len(name) > ATTRIBUTE_NAME_LENGTH else None
