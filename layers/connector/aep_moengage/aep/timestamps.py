"""Timestamps and days, in the spellings in which senders write them.

A text is ISO 8601, whatever the offset's spelling; one without an offset is UTC, as XDM has it. Digits, as a number or
as a text, are a date (`YYYYMMDD`), a date and a time (`YYYYMMDDHHMMSS`), or a count since 1970. A count whose unit is
not declared is read only where it can mean one thing. Whatever is not between 1900 and 2200 is no time.
"""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any


class EpochUnit(StrEnum):
    """The unit in which a number counts from 1970."""

    SECONDS = "epoch_s"
    MILLISECONDS = "epoch_ms"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _END_YEAR = "1900", "2201"
_EARLIEST, _END = datetime(int(_FIRST_YEAR), 1, 1, tzinfo=UTC), datetime(int(_END_YEAR), 1, 1, tzinfo=UTC)
_EARLIEST_SECOND, _END_SECOND = _EARLIEST.timestamp(), _END.timestamp()
# A smaller number may be a year, a number of days or anything else: as seconds it is within three years of 1970, as
# milliseconds within 28 hours.
_SMALLEST_COUNT = 100_000_000
# In milliseconds. Midnight is a multiple of it in every time zone, so birthdays are.
_QUARTER_OF_AN_HOUR = 900_000

# Compact times, by their length. With minutes they are left out: they may as well be milliseconds of 1976.
_DAYS, _MINUTES, _SECONDS = len("YYYYMMDD"), len("YYYYMMDDHHMM"), len("YYYYMMDDHHMMSS")
_BEYOND_COMPACT = 10**_SECONDS

_NUMERAL = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)(?!\d)", re.ASCII)
# Spellings of ISO 8601 that `fromisoformat` refuses -> the nearest that it reads, and the difference
_UNUSUAL = (
    (re.compile(r"(?<=[T ])24(?=:?00(:?00([.,]0+)?)?(?![:.,\d]))"), "00", timedelta(days=1)),
    (re.compile(r"(?<=:(?:59|29|44|14):)60(?!\d)"), "59", timedelta(seconds=1)),  # a leap second, in any time zone
)


def parse_time(value: Any, unit: EpochUnit | None = None) -> datetime | None:
    """Returns the time that a value means, in UTC, or None. Never raises.

    `unit` is that of numbers and of texts of digits: declared, it is the only meaning that they have.
    """
    try:
        if type(value) is str and value[10:11] == "T":  # nearly every time
            moment: datetime | None = _from_iso(value)
        else:
            plain = _plain(value)
            moment = _from_iso(plain) if isinstance(plain, str) else _from_number(plain, unit)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and _EARLIEST <= moment < _END else None


def parse_day(value: Any, unit: EpochUnit | None = None) -> date | None:
    """Returns the day that is written, whatever the offset: a birthday at local midnight stays on its day.

    A count since 1970 has no other day than that in UTC. None where `parse_time` gives None.
    """
    moment = parse_time(value, unit)
    if moment is None:
        return None
    text = value.strip() if type(value) is str else ""
    written = None if _NUMERAL.fullmatch(text) else _ISO_DAY.match(text)
    return date(int(written[1]), int(written[3]), int(written[4])) if written else moment.date()


def written_date(value: Any, unit: EpochUnit | None = None) -> str | None:
    """Returns the date of a value without a time, `YYYY-MM-DD` or `YYYYMMDD`, as `YYYY-MM-DD`; else None. Never raises.

    With a `unit` digits are no date.
    """
    text = value.strip() if type(value) is str else _digits(value)
    if len(text) == _DAYS and text.isdecimal() and not unit:
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return text if _FIRST_YEAR <= text < _END_YEAR and is_date(text) else None


def parse_iso(text: str) -> datetime | None:
    """Returns the time of an ISO 8601 text, of whatever year, in UTC; None for any other text. Never raises."""
    try:
        return _from_iso(text)
    except (ValueError, OverflowError):
        return None


def is_iso(text: str) -> bool:
    """Whether a text is a date or time in a usual spelling of ISO 8601."""
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def is_date(value: str) -> bool:
    """Whether a text is a date of the calendar, as `YYYY-MM-DD`."""
    try:
        return len(value) == 10 and value[4] == value[7] == "-" and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _plain(value: Any) -> str | float:
    """Returns a number for whatever spells one, else the text; raises ValueError for any other value."""
    if isinstance(value, str):
        text = value.strip()
        if not _NUMERAL.fullmatch(text):
            return text
        return float(text) if "." in text else int(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("neither a text nor a number")


def _from_iso(text: str) -> datetime:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return _utc(_from_unusual_iso(text.strip().upper()))


def _from_unusual_iso(text: str) -> datetime:
    later = timedelta()
    for unusual, usual, difference in _UNUSUAL:
        text, found = unusual.subn(usual, text, count=1)
        later += found * difference
    return datetime.fromisoformat(text) + later


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_number(number: float, unit: EpochUnit | None) -> datetime | None:
    if unit:
        return _since_epoch(number, unit)
    digits = _digits(number)
    compact = _from_compact(digits)
    if compact and len(digits) != _MINUTES:
        return compact
    unit = _only_unit(number)
    return _since_epoch(number, unit) if unit and not compact else None


def _digits(number: Any) -> str:
    """Returns the digits of a whole number that can be a date or a time, else an empty text."""
    whole = type(number) is int or (type(number) is float and number.is_integer())
    return str(int(number)) if whole and 0 < number < _BEYOND_COMPACT else ""


def _from_compact(digits: str) -> datetime | None:
    """Returns the time of `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`; None where the digits spell none."""
    if len(digits) not in {_DAYS, _MINUTES, _SECONDS}:
        return None
    moment = parse_iso(f"{digits[:_DAYS]}T{digits[_DAYS:]:0<6}")
    return moment if moment and _EARLIEST <= moment < _END else None


def _only_unit(number: float) -> EpochUnit | None:
    """Returns the one unit that a count since 1970 can have; None where it can have either, or is no count.

    What would be beyond 1900 to 2200 in seconds is milliseconds. Any other is within three months of 1970 in
    milliseconds, so it is seconds, unless it may be a birthday of these months.
    """
    if abs(number) < _SMALLEST_COUNT:
        return None
    if not _EARLIEST_SECOND <= number < _END_SECOND:
        return EpochUnit.MILLISECONDS
    return EpochUnit.SECONDS if number % _QUARTER_OF_AN_HOUR else None


def _since_epoch(number: float, unit: EpochUnit) -> datetime:
    in_seconds = unit is EpochUnit.SECONDS
    return _EPOCH + (timedelta(seconds=number) if in_seconds else timedelta(milliseconds=number))
