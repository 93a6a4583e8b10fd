"""Values: what a value of a profile is as another type. Each function gives None for what it cannot convert."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aep_moengage.aep.timestamps import EpochUnit, is_date, parse_day, parse_time, written_date
from aep_moengage.moengage.limits import present
from aep_moengage.moengage.records import stamp
from aep_moengage.moengage.standard_attributes import EMAIL_OPT_IN_STATUSES

_BOOLEANS = dict.fromkeys(("true", "yes", "y", "1"), True) | dict.fromkeys(("false", "no", "n", "0"), False)
_EXACT = 2**53  # a double from here on may be another number than the one that was written
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_A_WORD = re.compile(r"[\W_]+")


def to_string(value: Any) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return _float_to_string(value) if math.isfinite(value) else None
        case int():
            return str(value) if abs(value) < 10**100 else None
    return None


def _float_to_string(value: float) -> str:
    """Whole numbers come as doubles, too: 12.0 is 12. From 2**53 on the digits would not be those that were written."""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def to_number(value: Any) -> float | None:
    if type(value) is not str:
        return value if type(value) in {int, float} else None
    text = value.strip()
    if "_" in text or not text.isascii() or text[-1:].isalpha():
        return None  # Python's own spellings: 1_000, nan, infinity
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return None


def to_integer(value: Any) -> int | None:
    number = to_number(value)
    if type(number) is float:
        return int(number) if number.is_integer() else None
    return number  # type: ignore[return-value] # an int or None by now


def to_boolean(value: Any) -> bool | None:
    if type(value) is str:
        return _BOOLEANS.get(value.strip().lower())
    if type(value) is bool:
        return value
    return bool(value) if type(value) in {int, float} and value in {0, 1} else None


def to_datetime(value: Any, unit: EpochUnit | None = None) -> str | None:
    """A date stays a date: with a time it could become another day."""
    if written := written_date(value, unit):
        return written
    moment = parse_time(value, unit)
    return stamp(moment) if moment else None


def to_date(value: Any, unit: EpochUnit | None = None) -> str | None:
    day = parse_day(value, unit)
    return day.isoformat() if day else None


def to_array(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


def to_objects(value: Any) -> dict[str, Any] | list[Any] | None:
    if type(value) is list and all(type(each) is dict for each in present(value)):
        return value
    return value if type(value) is dict else None


def to_standard_text(value: Any) -> str | None:
    """A boolean is no name, address or number of anybody."""
    return None if type(value) is bool else to_string(value)


def to_birthday(value: Any) -> str | None:
    """A birthday is the day that was written. A time in MoEngage's own spelling was meant as one: it stays."""
    if written := written_date(value):
        return written
    moment = parse_time(value)
    return value if moment and stamp(moment) == value else to_date(value)


def to_birthday_with_time(value: Any) -> str | None:
    birthday = to_birthday(value)
    return f"{birthday}T00:00:00Z" if birthday and is_date(birthday) else birthday


def to_epoch_milliseconds(value: Any) -> int | None:
    moment = parse_time(value)
    return (moment - _EPOCH) // timedelta(milliseconds=1) if moment else None


def to_email_opt_in(value: Any) -> str | None:
    status = _NOT_A_WORD.sub("_", value.strip()).upper() if type(value) is str else ""
    return status if status in EMAIL_OPT_IN_STATUSES else None
