"""The comparison of a user's export: the attributes that would be sent beside those that MoEngage holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aep_moengage.aep.timestamps import parse_time
from aep_moengage.document.destination import Destination
from aep_moengage.moengage.records import REMOVE_FROM_ARRAY

# The names of MoEngage's standard attributes in its answers (moengage.com/docs: Track User)
_STANDARD = {
    "name": "u_n",
    "first_name": "u_fn",
    "last_name": "u_ln",
    "email": "u_em",
    "mobile": "u_mb",
    "gender": "u_gd",
    "birthday": "u_bd",
}


class State(StrEnum):
    """How the value to send compares with the value that MoEngage holds."""

    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"  # would be sent, but MoEngage does not hold it
    ONLY_HELD = "only_in_moengage"  # is mapped and held, but would not be sent
    NOT_COMPARED = "held"  # there is nothing to compare with


@dataclass(frozen=True, slots=True)
class ComparedAttribute:
    """One attribute; `sent` and `held` are None if absent. `without`: names that would be removed from an array."""

    attribute: str
    state: State
    sent: Any = None
    held: Any = None
    without: tuple[str, ...] = ()


def asked_attributes(destination: Destination) -> list[str] | None:
    """Returns the attributes to read from MoEngage, the audience attribute first; None for all."""
    if destination.attributes == "all":
        return None
    names = [destination.audience_attribute, *destination.attributes]
    return list(dict.fromkeys([*names, *(_STANDARD[name] for name in names if name in _STANDARD)]))


def compare(
    destination: Destination, attributes: Mapping[str, Any] | None, held: Mapping[str, Any]
) -> list[ComparedAttribute]:
    """Returns each attribute that would be sent or is held, the audience attribute first.

    `attributes` are those of the record that would be sent; None if there is no record to compare with.
    """
    sent = dict(attributes or {})
    without: dict[str, list[str]] = sent.pop(REMOVE_FROM_ARRAY, {})
    mapped = asked_attributes(destination) or held
    names = dict.fromkeys([destination.audience_attribute, *without, *sent, *mapped])
    standard = {spelled for name, spelled in _STANDARD.items() if name in names}
    rows = (
        _row(name, sent.get(name), _held(name, held), tuple(without.get(name, ())), compared=attributes is not None)
        for name in names
        if name not in standard and name != "customer_id"
    )
    return [row for row in rows if row is not None]


def _held(name: str, held: Mapping[str, Any]) -> Any:
    return held.get(name, held.get(_STANDARD.get(name, name)))


def _row(name: str, sent: Any, held: Any, without: tuple[str, ...], *, compared: bool) -> ComparedAttribute | None:
    if not compared:
        return None if held is None else ComparedAttribute(name, State.NOT_COMPARED, held=held)
    if without:
        left = isinstance(held, list) and not set(without).isdisjoint(held)
        return ComparedAttribute(name, State.DIFFERS if left else State.SAME, held=held, without=without)
    if sent is None:
        return None if held is None else ComparedAttribute(name, State.ONLY_HELD, held=held)
    if held is None:
        return ComparedAttribute(name, State.MISSING, sent=sent)
    return ComparedAttribute(name, State.SAME if _alike(sent, held) else State.DIFFERS, sent, held)


def _alike(sent: Any, held: Any) -> bool:
    """Whether two values mean the same: arrays in any order, times in any format."""
    if sent == held and isinstance(sent, bool) == isinstance(held, bool):
        return True
    if isinstance(sent, list) and isinstance(held, list):
        return _sorted(sent) == _sorted(held)
    times = parse_time(sent), parse_time(held)
    return isinstance(sent, str) and None not in times and times[0] == times[1]


def _sorted(values: Iterable[Any]) -> list[str]:
    return sorted(map(repr, values))
