"""The types of MoEngage's standard attributes. A value of another type is accepted and then of no use.

Source: MoEngage's OpenAPI of the Data API (`UserAttributes`); a test compares this table with that file where it is at
hand. The aliases are those of MoEngage's own examples.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aep_moengage_dev.simulator.contract import names

EMAIL_OPT_IN = names("DOUBLE_OPTED_IN OPTED_OUT OPT_IN_PENDING")
_STRINGS = names(
    "u_n u_fn u_ln u_gd u_em u_mb uid publisher_name campaign_name moe_gaid advertising_identifier geo "
    "moe_sms_subscription moe_em_unsub_categories"
)
_BOOLEANS = names("moe_wa_subscription push_preference moe_sub_w moe_spam moe_unsubscribe moe_hard_bounce")
_ALIASES_OF_STRINGS = names("name first_name last_name gender email mobile")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)

STANDARD_TYPES: Mapping[str, str] = {
    **dict.fromkeys(_STRINGS, "string"),
    **dict.fromkeys(_BOOLEANS, "boolean"),
    "u_bd": "date-time",
    "u_l_a": "integer",
    "cr_t": "integer",
    "moe_email_optin_status": "enum",
}
_ALL_TYPES = {**STANDARD_TYPES, **dict.fromkeys(_ALIASES_OF_STRINGS, "string"), "birthday": "date or date-time"}


def has_wrong_type(name: str, value: Any) -> bool:
    """Whether a standard attribute has a value that is not of its type."""
    kind = _ALL_TYPES.get(name)
    return kind is not None and not _IS[kind](value)


def _is_date_time(value: Any) -> bool:
    return isinstance(value, str) and bool(_DATE_TIME.fullmatch(value)) and _is_of_the_calendar(value)


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and len(value) == len("2024-03-02") and _is_of_the_calendar(value)


def _is_of_the_calendar(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


_IS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "enum": lambda value: isinstance(value, str) and value in EMAIL_OPT_IN,
    "date-time": _is_date_time,
    "date or date-time": lambda value: _is_date(value) or _is_date_time(value),
}
