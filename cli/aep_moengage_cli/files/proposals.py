"""Proposals: the identity namespaces and attributes to map, from sample profiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.nobody import compile_screen
from aep_moengage.aep.timestamps import is_date, parse_time
from aep_moengage.document.model import DEFAULT_AUDIENCE_ATTRIBUTE, ValueType
from aep_moengage.moengage.records import FORBIDDEN_CUSTOMER_IDS, customer_id_fault
from aep_moengage_cli.files.naming import Names
from aep_moengage_cli.files.survey import Survey, spelled, writable

# Identity namespaces, Adobe's own and common custom ones, the best first. Those of a person identify the user. Those of
# a device or a browser, and hashes, which nobody can log in with, identify an anonymous user.
HASHES = ("email_lc_sha256", "phone_sha256_e164", "phone_sha256")
PERSONS = ("crmid", "customerid", "customer_id", "userid", "user_id", "loyaltyid", "email", "phone_e164", "phone")
DEVICES = ("ecid", "gaid", "idfa", "waid", "aaid", "fpid", "adcloud", "mobileids", *HASHES)
_LONGEST_TEXT = 512  # characters, the limit of a destination file

# kinds of values at one path -> the type to declare; any other mixture is declared as a string
_TYPES: dict[frozenset[str], ValueType | None] = {
    frozenset({"text"}): None,
    frozenset({"number"}): None,
    frozenset({"boolean"}): None,
    frozenset({"date"}): ValueType.DATETIME,
    frozenset({"date-time"}): ValueType.DATETIME,
    frozenset({"date", "date-time"}): ValueType.DATETIME,
    frozenset({"array"}): None,
    frozenset({"array", "text"}): ValueType.ARRAY,
    frozenset({"array", "number"}): ValueType.ARRAY,
    frozenset({"objects"}): ValueType.OBJECT,
}
_REMARKS = {
    "objects": "needs a workspace with objects enabled; or map a part of it",
    "mixed array": "MoEngage accepts only strings or only numbers in an array",
}


@dataclass(frozen=True, slots=True)
class ProposedIdentities:
    """Namespaces as the samples spell them. `others` may identify users too; MoEngage forbids the ids of `unusable`."""

    user_id: tuple[str, ...] = ()
    anonymous_id: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedAttribute:
    """An attribute, `seen` in so many profiles with values of these `kinds`. A `remark` says why it is not mapped."""

    name: str
    source: str
    kinds: tuple[str, ...]
    seen: int
    type: ValueType | None = None
    remark: str = ""


def propose_identities(sample: Survey) -> ProposedIdentities:
    """Returns the best namespace of a person, and those of devices.

    A second namespace of a person is not proposed: a profile that lacks the first would become another user.
    """
    there: dict[str, str] = {}
    for namespace in sample.identities:
        if 0 < len(namespace) <= _LONGEST_TEXT and writable(namespace):
            there.setdefault(namespace.lower(), namespace)
    unusable = {folded: namespace for folded, namespace in there.items() if not _identifies(namespace, sample)}
    usable = {folded: namespace for folded, namespace in there.items() if folded not in unusable}
    persons = [usable[folded] for folded in PERSONS if folded in usable]
    devices = [usable[folded] for folded in DEVICES if folded in usable]
    unknown = [namespace for folded, namespace in usable.items() if folded not in {*PERSONS, *DEVICES}]
    candidates = persons + unknown if persons or not devices else []
    others = [each for each in persons + unknown if each not in candidates[:1]]
    return ProposedIdentities(tuple(candidates[:1]), tuple(devices), tuple(others), tuple(unusable.values()))


def _identifies(namespace: str, sample: Survey) -> bool:
    """Whether any sample has an id of this namespace that MoEngage accepts."""
    identify = compile_identity(namespace, compile_screen(FORBIDDEN_CUSTOMER_IDS))
    ids = (identify(profile) for profile in sample.profiles if isinstance(profile, dict))
    return any(found is not None and customer_id_fault(found) is None for found in ids)


def propose_attributes(sample: Survey) -> list[ProposedAttribute]:
    """Returns an attribute for each path that a destination file can hold."""
    names = Names(DEFAULT_AUDIENCE_ATTRIBUTE)
    paths = ((path, spelled(path), values) for path, values in sample.values.items())
    return [_attribute(names.give(path), source, values) for path, source, values in paths if source is not None]


def _attribute(name: str, source: str, values: list[Any]) -> ProposedAttribute:
    kinds = frozenset(map(_kind, values)) - {"empty array"}
    remark = next((remark for kind, remark in _REMARKS.items() if kind in kinds), "")
    declared = _TYPES.get(kinds or frozenset({"array"}), ValueType.STRING)
    if "objects" in kinds:
        declared = ValueType.OBJECT
    return ProposedAttribute(name, source, tuple(sorted(kinds)), len(values), declared, remark)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return _kind_of_text(value)
        case []:
            return "empty array"
        case list():
            return _kind_of_array(value)
    return "objects"


def _kind_of_text(text: str) -> str:
    if is_date(text):
        return "date"
    return "date-time" if "T" in text and parse_time(text) else "text"


def _kind_of_array(values: Iterable[Any]) -> str:
    kinds = {"text" if isinstance(value, str) else _kind(value) for value in values if value is not None}
    if kinds <= {"text"} or kinds <= {"number"}:
        return "array"
    return "objects" if kinds == {"objects"} else "mixed array"
