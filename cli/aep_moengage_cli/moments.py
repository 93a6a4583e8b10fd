"""Moments as an operator gives them and reads them."""

import re
from datetime import UTC, datetime, timedelta

from aep_moengage_cli.complaints import Complaint

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(rf"(\d{{1,6}})([{''.join(_UNITS)}])")


def read_moment(text: str, now: datetime) -> datetime:
    """Returns the moment that `2h` (ago) or `2026-11-24T12:00:00Z` says; without a zone it is UTC.

    Raises:
        Complaint: if it says none.
    """
    try:
        if duration := _DURATION.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        example = "30m, 2h, 3d, or a time such as 2026-11-24T12:00:00Z"
        raise Complaint(f"{text!r} is no moment: give a duration or an ISO time, as {example}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(epoch_ms: int) -> str:
    """Returns a moment as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(epoch_ms: int, now: datetime) -> str:
    """Returns roughly how long ago a moment was: `3 h ago`."""
    seconds = max(0, int(now.timestamp() - epoch_ms / 1000))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
