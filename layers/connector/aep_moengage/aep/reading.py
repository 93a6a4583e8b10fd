"""Reading what AEP sends: a body into profiles, and of one profile its values, identities and times.

A profile stays the JSON that it was: what is read is looked up when it is needed. Shapes: XDM profiles as the HTTP
API, Kinesis and Event Hubs destinations send them, and Destination SDK profiles, whose `attributes` are freeform
(`{"value": …}`, `{}` when unset) or predefined (plain).
"""

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

DEPTH = 200  # levels of nesting; XDM has about ten, and what reads JSON by recursion breaks at a thousand
IDENTITIES, AUDIENCES, SDK_ATTRIBUTES = "identityMap", "segmentMembership", "attributes"

_SHAPES = 'a profile, an array of profiles, or {"profiles": [...]} is expected'
_LARGEST_NUMERIC_ID = 10**100
_MILLISECONDS = 10**11  # from here on a number is milliseconds since 1970: as seconds it is beyond the year 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedBody(ValueError):  # the reader's word for it
    """A body that holds no profiles. The message says what is wrong and what is allowed, never what was in it."""


def read_body(body: str | bytes) -> list[Any]:
    """Returns the profiles of a body. An element that is no object stays in: it spoils only itself.

    Raises:
        MalformedBody: for what is not JSON, NaN and Infinity included, or not one of the three shapes.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except MalformedBody:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise MalformedBody(f"the body is not JSON ({error.msg}, {where}); {_SHAPES}") from None
    except UnicodeDecodeError:
        raise MalformedBody("the body is not UTF-8") from None
    except ValueError:
        raise MalformedBody("the body has a number with too many digits") from None
    except RecursionError:
        raise MalformedBody(f"the body is nested deeper than {DEPTH} levels") from None
    if _may_be_deep(body) and _is_deep(content):
        raise MalformedBody(f"the body is nested deeper than {DEPTH} levels")
    return _profiles(content)


def _refuse_constant(constant: str) -> NoReturn:
    raise MalformedBody(f"the body is not JSON: {constant} is not a JSON value")


def _may_be_deep(body: str | bytes) -> bool:
    """Whether a body has enough brackets to be deep at all; most have not, and need no walk."""
    if isinstance(body, str):
        return body.count("[") + body.count("{") > DEPTH
    return body.count(b"[") + body.count(b"{") > DEPTH


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(DEPTH):
        level = [part for outer in level for part in _parts(outer)]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)


def _parts(outer: Any) -> Any:
    if type(outer) is dict:
        return outer.values()
    return outer if type(outer) is list else ()


def _profiles(content: Any) -> list[Any]:
    match content:
        case list():
            return content
        case {"profiles": list() as profiles}:
            return profiles
        case {"profiles": _}:
            raise MalformedBody(f"`profiles` is not an array; {_SHAPES}")
        case dict():
            return [content]
    raise MalformedBody(f"the body is neither an object nor an array; {_SHAPES}")


def profile_values(profile: dict[str, Any]) -> dict[str, Any]:
    """Returns what sources read: the profile, with a Destination SDK profile's unwrapped attributes at the top.

    A dotted key ("person.name.firstName") is also read as the path that it spells, unless something plain is there.
    """
    attributes = profile.get(SDK_ATTRIBUTES)
    if type(attributes) is not dict:
        return profile
    plain = dict(_unwrapped(attributes))
    values = profile | plain
    for key in sorted(key for key in plain if "." in key):
        _graft(values, key.split("."), plain[key])
    return values | {key: profile[key] for key in (IDENTITIES, AUDIENCES) if key in profile}


def _unwrapped(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in attributes.items():
        if type(value) is not dict:
            yield key, value
        elif value.keys() == {"value"}:
            yield key, value["value"]
        elif value:
            yield key, value


def _graft(values: dict[str, Any], path: list[str], leaf: Any) -> None:
    """Puts a leaf at the end of a path unless something is in its way. What the profile owns is copied, not changed."""
    *parents, last = path
    for parent in parents:
        branch = values.get(parent)
        if branch is None:
            branch = {}
        if type(branch) is not dict:
            return
        values[parent] = values = dict(branch)
    if values.get(last) is None:
        values[last] = leaf


def compile_identity(namespace: str) -> Callable[[dict[str, Any]], str | None]:
    """Returns a function from a profile to its identity of a namespace, whatever the case of the namespace's name."""
    wanted = namespace.lower()

    def read(profile: dict[str, Any]) -> str | None:
        identities = profile.get(IDENTITIES)
        if type(identities) is not dict:
            return None
        if (found := first_id(identities.get(namespace))) is not None:
            return found
        for key in sorted(key for key in identities if key.lower() == wanted):
            if (found := first_id(identities[key])) is not None:
                return found
        return None

    return read


def first_id(entries: Any) -> str | None:
    """Returns the id of the entry that is marked as primary, else of the first that has one, else None.

    `entries` is as in identityMap, `[{"id": …, "primary": …}, …]`; a bare entry and a bare id are understood too.
    """
    if type(entries) is not list:
        return _id(entries)
    first = None
    for entry in entries:
        found = _id(entry)
        if found is None:
            continue
        if type(entry) is dict and entry.get("primary") is True:
            return found
        first = found if first is None else first
    return first


def _id(entry: Any) -> str | None:
    value = entry.get("id") if type(entry) is dict else entry
    if type(value) is str:
        return value if value and not value.isspace() else None
    if type(value) is float and value.is_integer():
        value = int(value)
    return str(value) if type(value) is int and abs(value) < _LARGEST_NUMERIC_ID else None


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
