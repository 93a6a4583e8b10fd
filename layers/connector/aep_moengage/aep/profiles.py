"""Profiles: AEP sends two shapes, which are read as one.

XDM profiles come from the HTTP API, Kinesis and Event Hubs destinations. Destination SDK profiles have `attributes`
that are freeform (`{"value": …}`, `{}` when unset) or predefined (plain). A profile stays the JSON that it was; values
are looked up when they are needed.
"""

from collections.abc import Iterator
from typing import Any

IDENTITIES, AUDIENCES, SDK_ATTRIBUTES = "identityMap", "segmentMembership", "attributes"


def is_profile(element: Any) -> bool:
    """Whether an element has what AEP puts into every profile that it exports: identities, audiences, attributes."""
    return isinstance(element, dict) and not {IDENTITIES, AUDIENCES, SDK_ATTRIBUTES}.isdisjoint(element)


def profile_values(profile: dict[str, Any]) -> dict[str, Any]:
    """Returns the values that sources read: the profile, with a Destination SDK profile's attributes at the top level.

    A dotted key such as "person.name.firstName" also becomes the path that it spells, unless that path has a value.
    """
    attributes = profile.get(SDK_ATTRIBUTES)
    if type(attributes) is not dict:
        return profile
    plain = dict(_unwrapped(attributes))
    values = profile | plain
    own = {id(values)}
    for key in sorted(key for key in plain if "." in key):
        _graft(values, key.split("."), plain[key], own)
    return values | {key: profile[key] for key in (IDENTITIES, AUDIENCES) if key in profile}


def _unwrapped(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in attributes.items():
        if type(value) is not dict:
            yield key, value
        elif value.keys() == {"value"}:
            yield key, value["value"]
        elif value:
            yield key, value


def _graft(branch: dict[str, Any], path: list[str], leaf: Any, own: set[int]) -> None:
    """Puts a leaf at the end of a path unless another value is in its way.

    A branch that belongs to the profile is copied before it changes, and only once: `own` has the ids of the copies,
    which all live as long as `branch` does.
    """
    *parents, last = path
    for parent in parents:
        below = branch.get(parent)
        if below is None:
            below = {}
        if type(below) is not dict:
            return
        if id(below) not in own:
            below = branch[parent] = dict(below)
            own.add(id(below))
        branch = below
    if branch.get(last) is None:
        branch[last] = leaf
