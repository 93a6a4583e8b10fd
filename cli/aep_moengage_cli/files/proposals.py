"""Proposals: the identity namespaces and attributes to map, from sample profiles."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.nobody import compile_screen
from aep_moengage.aep.timestamps import is_date, parse_time
from aep_moengage.document.destination import DEFAULT_AUDIENCE_ATTRIBUTE, ValueType
from aep_moengage.moengage.records import FORBIDDEN_CUSTOMER_IDS, customer_id_fault
from aep_moengage_cli.files.dynamic_maps import dynamic_maps
from aep_moengage_cli.files.naming import Names
from aep_moengage_cli.files.survey import Survey, spelled, writable

# Identity namespaces, Adobe's own and common custom ones, the best first. Those of a person identify the user. Those of
# a device or a browser, and hashes, which nobody can log in with, identify an anonymous user.
HASHES = ("email_lc_sha256", "phone_sha256_e164", "phone_sha256")
PERSONS = ("crmid", "customerid", "customer_id", "userid", "user_id", "loyaltyid", "email", "phone_e164", "phone")
DEVICES = ("ecid", "gaid", "idfa", "waid", "aaid", "fpid", "adcloud", "mobileids", *HASHES)
_CONTACTS = {"email": ("email",), "mobile": ("phone_e164", "phone")}  # MoEngage attribute -> namespaces, the best first
_ADDRESSES = frozenset(namespace for namespaces in _CONTACTS.values() for namespace in namespaces)
_LIKE_A_PERSON = re.compile("crm|customer|member|user|account|client|person|loyalty")
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
_DYNAMIC = "its keys look like ids: each would become an attribute of its own"


@dataclass(frozen=True, slots=True)
class ProposedIdentities:
    """Namespaces as the samples spell them. `others` may identify users too; MoEngage forbids the ids of `unusable`."""

    user_id: tuple[str, ...] = ()
    anonymous_id: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedAttribute:
    """An attribute, `seen` in so many profiles with values of these `kinds`, read from a `source` or an `identity`.

    A `remark` says why it is not mapped.
    """

    name: str
    kinds: tuple[str, ...]
    seen: int
    source: str = ""
    identity: str = ""
    type: ValueType | None = None
    remark: str = ""


def propose_identities(sample: Survey) -> ProposedIdentities:
    """Returns the best namespace of a person, and those of devices.

    A second namespace of a person is not proposed: a profile that lacks the first would become another user.
    """
    usable, unusable = _namespaces(sample)
    devices = [usable[folded] for folded in DEVICES if folded in usable]
    persons = sorted((each for each in usable if each not in DEVICES), key=lambda each: _rank(each, sample))
    candidates = [each for each in persons if not devices or _rank(each, sample) < _UNKNOWN]
    chosen = candidates[:1]
    others = tuple(usable[each] for each in persons if each not in chosen)
    return ProposedIdentities(tuple(usable[each] for each in chosen), tuple(devices), others, tuple(unusable))


def _namespaces(sample: Survey) -> tuple[dict[str, str], list[str]]:
    """Returns the namespaces with usable ids, by their names in lower case, and the others."""
    spellings: dict[str, str] = {}
    for namespace in sample.identities:
        if 0 < len(namespace) <= _LONGEST_TEXT and writable(namespace):
            spellings.setdefault(namespace.lower(), namespace)
    usable = {folded: namespace for folded, namespace in spellings.items() if _identifies(namespace, sample)}
    return usable, [namespace for folded, namespace in spellings.items() if folded not in usable]


_UNKNOWN = (3, 0)


def _rank(folded: str, sample: Survey) -> tuple[int, int]:
    """How well a namespace identifies a person, the best first: a known one, a marked one, an address, any other."""
    if folded in PERSONS and folded not in _ADDRESSES:
        return 0, PERSONS.index(folded)
    if folded in _ADDRESSES:
        return 2, PERSONS.index(folded)
    if _is_marked(folded, sample) or _LIKE_A_PERSON.search(folded):
        return 1, 0
    return _UNKNOWN


def _is_marked(folded: str, sample: Survey) -> bool:
    """Whether AEP marks any of a namespace's ids as primary, or as authenticated."""
    lists = (entries for namespace, entries in sample.identities.items() if namespace.lower() == folded)
    marked = (entry for entries in lists for each in entries for entry in each if isinstance(entry, dict))
    return any(
        str(entry.get("primary")).lower() == "true" or entry.get("authenticatedState") == "authenticated"
        for entry in marked
    )


def _identifies(namespace: str, sample: Survey) -> bool:
    """Whether any sample has an id of this namespace that MoEngage accepts."""
    identify = compile_identity(namespace, compile_screen(FORBIDDEN_CUSTOMER_IDS))
    return any(found is not None and customer_id_fault(found) is None for found in map(identify, sample.records))


def propose_attributes(sample: Survey) -> list[ProposedAttribute]:
    """Returns an attribute for each path that a destination file can hold, and for addresses among the identities."""
    return list(_attributes(sample, Names(DEFAULT_AUDIENCE_ATTRIBUTE)))


def _attributes(sample: Survey, names: Names) -> Iterator[ProposedAttribute]:
    dynamic = dict.fromkeys(dynamic_maps(sample.records), False)  # -> whether it was proposed
    for path, values in sample.values.items():
        above = next((path[:length] for length in range(1, len(path)) if path[:length] in dynamic), None)
        if above and dynamic[above]:
            continue
        if source := spelled(above or path):
            yield _dynamic(names.give(above), source) if above else _attribute(names.give(path), source, values)
        if above:
            dynamic[above] = True
    usable, _ = _namespaces(sample)
    for name, namespaces in _CONTACTS.items():
        found = next((usable[folded] for folded in namespaces if folded in usable), None)
        if found and names.take(name):
            yield ProposedAttribute(name, ("identity",), sum(map(bool, sample.identities[found])), identity=found)


def _dynamic(name: str, source: str) -> ProposedAttribute:
    return ProposedAttribute(name, ("objects",), 0, source, type=ValueType.OBJECT, remark=_DYNAMIC)


def _attribute(name: str, source: str, values: list[Any]) -> ProposedAttribute:
    kinds = frozenset(map(_kind, values)) - {"empty array"}
    remark = next((remark for kind, remark in _REMARKS.items() if kind in kinds), "")
    declared = _TYPES.get(kinds or frozenset({"array"}), ValueType.STRING)
    if "objects" in kinds:
        declared = ValueType.OBJECT
    return ProposedAttribute(name, tuple(sorted(kinds)), len(values), source, type=declared, remark=remark)


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
