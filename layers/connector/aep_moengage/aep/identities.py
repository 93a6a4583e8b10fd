"""Identities: the ids of a profile's identity map, by namespace."""

from collections.abc import Callable
from typing import Any

from aep_moengage.aep.profiles import IDENTITIES

_LARGEST_NUMERIC_ID = 10**100


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
