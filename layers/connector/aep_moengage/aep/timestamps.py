"""Timestamps, in the formats in which AEP writes them."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

_MILLISECONDS = 10**11  # from here on a number is milliseconds since 1970: as seconds it is beyond the year 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(value: Any) -> datetime | None:
    """Returns a time as AEP writes it, in UTC: ISO 8601 with Z, +0000 or +00:00, or epoch milliseconds (or seconds).

    What has no offset is UTC, as XDM has it. None for what is no time; never raises.
    """
    try:
        if type(value) is str:
            if not value.isdecimal() or len(value) < 10:
                return _utc(datetime.fromisoformat(value.strip()))
            value = int(value)
        if type(value) not in {int, float} or not math.isfinite(value):
            return None
        seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_date(value: str) -> bool:
    """Whether a text is a date of the calendar, as `YYYY-MM-DD`."""
    try:
        return len(value) == 10 and value[4] == value[7] == "-" and bool(date.fromisoformat(value))
    except ValueError:
        return False
