"""MoEngage records: their shape, and the limits of MoEngage that hold for a record as a whole.

Sources: MoEngage's API reference (Data overview, Track User, Bulk Import), its data tracking policies and its page on
data management. Where they say "KB" the smaller of the two meanings is taken: who keeps to that is safe.
"""

import json
from datetime import UTC, datetime
from typing import Any

from aep_moengage.json_text import write_quickly
from aep_moengage.moengage.standard_attributes import READ_ONLY_NAMES, SETTABLE_MOE_NAMES
from aep_moengage.outcomes import RejectReason, WarningCode

CUSTOMER_BODY_BYTES = 128_000  # Data overview, Track User: 413 above
BULK_BODY_BYTES = 100_000  # Bulk Import
ATTRIBUTE_NAME_LENGTH = 200  # data tracking policies: longer ones are cut
STRING_LENGTH = 512  # data tracking policies: longer ones are cut
ATTRIBUTES = 256  # data tracking policies: of a workspace by default, so at most that many of a user
CUSTOMER_ID_LENGTH = 1_024  # MoEngage documents none; this is the longest id that Adobe's Identity Service takes

ADD_TO_ARRAY, REMOVE_FROM_ARRAY = "addValueToArrayField", "removeValueFromArrayField"  # Track User, array deltas

# Data overview: "any string of more than one characters", except these. They never get this far: they name nobody
FORBIDDEN_CUSTOMER_IDS = frozenset(
    [
        "unknown",
        "guest",
        "null",
        "true",
        "false",
        "user_attribute_unique_id",
        "(empty)",
        "na",
        "n/a",
        "dummy_seller_code",
        "user_id",
        "id",
        "customer_id",
        "uid",
        "userid",
        "none",
        "-1",
        "-2",
    ]
) | {'""'}
BLOCKED_NAMES = frozenset({"", "id", "_id"})  # Track User
# Data overview: reserved; Track User: the array deltas
RESERVED_NAMES = frozenset(
    {"status", "user_id", "source", "INSTALL", "UPDATE"}
    | {"MOE_TIME_FORMAT", "MOE_TIME_TIMEZONE", "MOE_GAID", "MOE_ISLAT"}
    | {ADD_TO_ARRAY, REMOVE_FROM_ARRAY}
)


def name_fault(name: str) -> WarningCode | None:
    """Returns why MoEngage would not take an attribute's name as it is, or None where it would."""
    if name in BLOCKED_NAMES:
        return WarningCode.NAME_BLOCKED
    if name in RESERVED_NAMES or name.startswith("USER_ATTRIBUTE_"):
        return WarningCode.NAME_RESERVED
    if name in READ_ONLY_NAMES:
        return WarningCode.NAME_READ_ONLY
    if name[:4].lower() == "moe_" and name not in SETTABLE_MOE_NAMES:
        return WarningCode.NAME_PREFIX
    if "." in name:
        return WarningCode.NAME_ALTERED
    return WarningCode.NAME_TOO_LONG if len(name) > ATTRIBUTE_NAME_LENGTH else None


def attribute_name_fault(name: str) -> str | None:
    """Returns what is wrong with an attribute's name, as a sentence's end, or None."""
    fault = name_fault(name)
    return fault.message.removeprefix("left out: ") if fault else None


def customer_id_fault(customer_id: str) -> RejectReason | None:
    """Returns why MoEngage could not take a customer id, or None where it can."""
    if len(customer_id) > CUSTOMER_ID_LENGTH or not (customer_id.isprintable() or _is_clean(customer_id)):
        return RejectReason.INVALID_CUSTOMER_ID
    return None


def _is_clean(text: str) -> bool:
    """Whether a text has neither control characters nor halves of a character: both get lost on the way."""
    return not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def stamp(moment: datetime) -> str:
    """Returns an aware datetime as MoEngage reads it: `YYYY-MM-DDTHH:MM:SSZ`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()[:19] + "Z"


def encode(record: Any) -> bytes:
    """Returns JSON as it is sent: compact UTF-8. Half a character (a lone surrogate) becomes U+FFFD."""
    try:
        return write_quickly(record)
    except UnicodeEncodeError:
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
