"""Timestamps as an operator writes and reads them."""

import re
from datetime import UTC, datetime, timedelta

from aep_moengage_cli.errors import CommandError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(rf"(\d{{1,6}})([{''.join(_UNITS)}])")


def parse_timestamp(text: str, now: datetime) -> datetime:
    """Returns the time that `2h` (ago) or `2026-11-24T12:00:00Z` stands for; without a time zone it is UTC.

    Raises:
        CommandError: for any other text.
    """
    try:
        if duration := _DURATION.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        timestamp = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise CommandError(
            f"{text!r} is not a time: write a duration such as 30m, 2h or 3d, or an ISO time such as "
            "2026-11-24T12:00:00Z."
        ) from None
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)


def iso(epoch_ms: int) -> str:
    """Returns epoch milliseconds as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(epoch_ms: int, now: datetime) -> str:
    """Returns roughly how long ago a time was: `3 h ago`."""
    seconds = max(0, int(now.timestamp() - epoch_ms / 1000))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
