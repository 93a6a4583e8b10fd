"""Times and places of events: when an event happened, in which time zone, on which platform."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aep_moengage.aep.sources import compile_source
from aep_moengage.aep.timestamps import parse_time
from aep_moengage.mapping.mapping import TIME_ZONE
from aep_moengage.outcomes import MappingWarning, WarningCode

_LARGEST_OFFSET = 54_000  # seconds; Create Event
_MOST_TEXT = 64  # characters of a time zone or version; any longer one is none

_local_time = compile_source("placeContext.localTime")
_zone_names = compile_source("placeContext.ianaTimezone"), compile_source(TIME_ZONE)
_system = compile_source("environment.operatingSystem")
_environment = compile_source("environment.type")
_version = compile_source("application.version")

# XDM's `environment`: an operating system by its name, the type `browser` wherever it runs
_PLATFORMS_OF_SYSTEMS = {"ios": "iOS", "ipados": "iOS", "iphone os": "iOS", "android": "ANDROID"}
_BROWSER = "browser"

type ReadTime = Callable[[dict[str, Any], datetime, list[MappingWarning]], datetime]


def compile_time(expression: str) -> ReadTime:
    """Returns a function from an event's values, and when it was received, to when it happened: never later than that.

    A missing time is that of receipt; so is one that is no time or in the future, with a warning about `expression`.
    """
    source = compile_source(expression)

    def read(values: dict[str, Any], received: datetime, warnings: list[MappingWarning]) -> datetime:
        found = source(values)
        if found is None or found == "":
            return received
        moment = parse_time(found)
        if moment is None:
            warnings.append(WarningCode.EVENT_TIME_UNUSABLE.about(expression))
            return received
        if moment > received:
            warnings.append(WarningCode.EVENT_TIME_FUTURE.about(expression))
            return received
        return moment

    return read


def utc_offset(values: dict[str, Any], moment: datetime) -> int | None:
    """Returns the user's offset from UTC in seconds, where the event says it: by a local time, or a zone's name."""
    offset = _written_offset(_local_time(values))
    if offset is not None:
        return offset
    zone = next((name for name in (read(values) for read in _zone_names) if isinstance(name, str) and name), None)
    return zone_offset(zone, moment) if zone else None


def zone_offset(zone: str, moment: datetime) -> int | None:
    """Returns the offset from UTC in seconds that a time zone has at some time; None where there is no such zone."""
    try:
        offset = moment.astimezone(ZoneInfo(zone)).utcoffset() if len(zone) <= _MOST_TEXT else None
    except (KeyError, ValueError, OSError, OverflowError):  # no such zone, or the system knows none
        return None
    return None if offset is None else int(offset.total_seconds())


def platform_of(values: dict[str, Any]) -> dict[str, str]:
    """Returns the fields of a MoEngage event that name its platform and the version of the app."""
    found = {}
    system, version = _system(values), _version(values)
    if _environment(values) == _BROWSER:
        found["platform"] = "web"
    elif isinstance(system, str) and (platform := _PLATFORMS_OF_SYSTEMS.get(system.strip().lower())):
        found["platform"] = platform
    if isinstance(version, str) and 0 < len(version) <= _MOST_TEXT:
        found["app_version"] = version
    return found


def _written_offset(local_time: Any) -> int | None:
    if not isinstance(local_time, str) or local_time.endswith(("Z", "z")):
        return None
    try:
        offset = datetime.fromisoformat(local_time).utcoffset()
    except ValueError:
        return None
    seconds = None if offset is None else int(offset.total_seconds())
    return seconds if seconds is not None and abs(seconds) <= _LARGEST_OFFSET else None


def from_epoch_ms(milliseconds: int) -> datetime:
    """Returns a time in UTC, given in epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
