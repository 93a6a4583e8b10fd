"""Profiles: AEP sends two shapes, which are read as one.

XDM profiles come from the HTTP API, Kinesis and Event Hubs destinations. Destination SDK profiles have `attributes`
that are freeform (`{"value": …}`, `{}` when unset) or predefined (plain). A profile stays the JSON that it was; values
are looked up when they are needed.
"""

from collections.abc import Iterator
from typing import Any

IDENTITIES, AUDIENCES, SDK_ATTRIBUTES = "identityMap", "segmentMembership", "attributes"


def profile_values(profile: dict[str, Any]) -> dict[str, Any]:
    """Returns the values that sources read: the profile, with a Destination SDK profile's attributes at the top level.

    A dotted key such as "person.name.firstName" also becomes the path that it spells, unless that path has a value.
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
    """Adds a leaf at the end of a path that has no value. The profile's own objects are copied, not changed."""
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
