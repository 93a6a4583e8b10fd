"""What MoEngage accepts with a 200 and then truncates, drops, converts or blocks: never to be sent.

Source: MoEngage's data tracking policies, data management and object data type pages, and the Data overview.
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aep_moengage_dev.simulator.contract import (
    ADD,
    BLOCKED_NAMES,
    FORBIDDEN_CUSTOMER_IDS,
    READ_ONLY_NAMES,
    REMOVE,
    RESERVED_NAMES,
    UNPROCESSED,
    names,
)
from aep_moengage_dev.simulator.standard_types import has_wrong_type

NAME_LENGTH = 200
VALUE_LENGTH = 512
ARRAY_ELEMENTS = 50
OBJECT_ARRAY_ELEMENTS = 100
OBJECT_BYTES = 25_000
OBJECT_KEYS = 100
OBJECT_LEVELS = 2
EVENT_ATTRIBUTES = 100
CUSTOM_ATTRIBUTES = 256  # unique names in a workspace, beside the standard ones
CLOCK_TOLERANCE = 5  # seconds an event may be ahead of this clock
# The moe_ names that are MoEngage's own standard attributes and may be set.
STANDARD_MOE_NAMES = names(
    "moe_mweb moe_gaid moe_unsubscribe moe_spam moe_hard_bounce moe_sms_subscription moe_wa_subscription "
    "moe_em_unsub_categories moe_sub_w moe_email_optin_status moe_email_open_tracking_consent"
)
STANDARD_NAMES = STANDARD_MOE_NAMES | names(
    "u_n u_fn u_ln u_gd u_em u_mb uid u_bd publisher_name campaign_name cr_t u_l_a city state country "
    "advertising_identifier push_preference name first_name last_name email mobile gender birthday age "
    "created_time last_seen platforms"
)
_DATE_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(T.*)?$", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z)?", re.ASCII)
_URL = re.compile(r"https?://|//|www\.|data:", re.IGNORECASE)
_OBJECT_KEY = re.compile(r"[$.%#]")


class RuleViolation(NamedTuple):
    """A rule's name, and the attribute (or other field) that breaks it."""

    rule: str
    attribute: str


def of_record(kind: str, record: dict[str, Any]) -> list[RuleViolation]:
    """Every violation of a record that the contract accepted as `kind`."""
    if kind == UNPROCESSED:
        return [RuleViolation("type_case", "type")]
    found = []
    if record["customer_id"].strip().lower() in FORBIDDEN_CUSTOMER_IDS:
        found.append(RuleViolation("forbidden_customer_id_spelling", "customer_id"))
    if kind == "customer":
        found += _of_attributes(record.get("attributes") or {})
    if kind == "event":
        for action in record["actions"]:
            found += _of_action(action)
    return found


def is_future(action: dict[str, Any]) -> bool:
    """Whether an event lies in the future (MoEngage does not take those); its time is ISO 8601 or epoch."""
    moment = _epoch(action)
    return moment is not None and moment > time.time() + CLOCK_TOLERANCE


def _epoch(action: dict[str, Any]) -> float | None:
    """An event's time in epoch seconds; 0 where it has none, for then its receipt counts; None for what is no time."""
    moment = action.get("current_time") or 0
    try:
        return _seconds(moment)
    except ValueError:
        return None


def _seconds(moment: str | float) -> float:
    if isinstance(moment, str):
        parsed = datetime.fromisoformat(moment)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return moment / 1000 if moment > 1e11 else moment


def _of_action(action: dict[str, Any]) -> Iterator[RuleViolation]:
    attributes = action.get("attributes") or {}
    yield from _of_name(action["action"], events=True)
    if len(attributes) > EVENT_ATTRIBUTES:
        yield RuleViolation("too_many_event_attributes", action["action"])
    if is_future(action):
        yield RuleViolation("future_event", action["action"])
    if _epoch(action) is None:
        yield RuleViolation("event_time", action["action"])
    for name, value in attributes.items():
        yield from _of_name(name)
        yield from _of_value(name, value)


def _of_attributes(attributes: dict[str, Any]) -> Iterator[RuleViolation]:
    for name, value in attributes.items():
        if name in {ADD, REMOVE}:
            for array, values in value.items():
                yield from _of_name(array)
                yield from _of_type(array, values)
                yield from _of_array(array, values)
        elif name != "platforms":
            yield from _of_name(name)
            yield from _of_type(name, value)
            yield from _of_value(name, value)


def _of_type(name: str, value: Any) -> Iterator[RuleViolation]:
    if has_wrong_type(name, value):
        yield RuleViolation("standard_type", name)


def _of_name(name: str, *, events: bool = False) -> Iterator[RuleViolation]:
    if name in BLOCKED_NAMES:
        yield RuleViolation("blocked_name", name)
    if not events and (name in RESERVED_NAMES or name.startswith("USER_ATTRIBUTE_")):
        yield RuleViolation("reserved_name", name)
    if not events and name in READ_ONLY_NAMES:
        yield RuleViolation("read_only_name", name)
    if name.lower().startswith("moe_") and name not in STANDARD_MOE_NAMES | RESERVED_NAMES:
        yield RuleViolation("moe_prefix", name)
    if "." in name:
        yield RuleViolation("dotted_name", name)
    if len(name) > NAME_LENGTH:
        yield RuleViolation("name_too_long", name)


def _of_value(name: str, value: Any) -> Iterator[RuleViolation]:
    match value:
        case None:
            yield RuleViolation("null_value", name)
        case str():
            yield from _of_text(name, value)
        case list():
            yield from _of_array(name, value)
        case dict():
            yield from _of_object(name, value)


def _of_text(name: str, value: str) -> Iterator[RuleViolation]:
    if len(value) > VALUE_LENGTH:
        yield RuleViolation("url_too_long" if _URL.match(value) else "value_too_long", name)
    elif _DATE_LIKE.match(value) and not _is_date(value):
        yield RuleViolation("date_stored_as_string", name)


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _of_array(name: str, values: list[Any]) -> Iterator[RuleViolation]:
    kinds = {_element_kind(value) for value in values}
    if len(kinds) > 1:
        yield RuleViolation("array_mixed", name)
    if "other" in kinds:
        yield RuleViolation("array_element_type", name)
    if len(values) > (OBJECT_ARRAY_ELEMENTS if kinds == {"object"} else ARRAY_ELEMENTS):
        yield RuleViolation("array_too_long", name)
    if any(isinstance(value, str) and len(value) > VALUE_LENGTH for value in values):
        yield RuleViolation("array_element_too_long", name)
    for value in values:
        if isinstance(value, dict):
            yield from _of_object(name, value)


def _element_kind(value: Any) -> str:
    """Arrays hold numbers, strings or objects, of one kind; booleans, nulls and arrays are none of these."""
    if isinstance(value, bool):
        return "other"
    kinds = {str: "string", int: "number", float: "number", dict: "object"}
    return kinds.get(type(value), "other")


def _of_object(name: str, value: dict[str, Any]) -> Iterator[RuleViolation]:
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")) > OBJECT_BYTES:
        yield RuleViolation("object_too_large", name)
    keys = list(_keys(value))
    if len(keys) > OBJECT_KEYS:
        yield RuleViolation("object_too_many_keys", name)
    if any(len(key) > NAME_LENGTH or _OBJECT_KEY.search(key) for key in keys):
        yield RuleViolation("object_key", name)
    if _levels(value) > OBJECT_LEVELS:
        yield RuleViolation("object_too_deep", name)


def _keys(value: Any) -> Iterator[str]:
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if isinstance(value, dict):
        yield from value
    for part in parts:
        yield from _keys(part)


def _levels(value: Any) -> int:
    """How many objects lie within each other."""
    if isinstance(value, list):
        return max(map(_levels, value), default=0)
    return 1 + max(map(_levels, value.values()), default=0) if isinstance(value, dict) else 0
