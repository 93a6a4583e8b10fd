"""Attributes of events: those of the destination file, every one of an event, or those of Adobe's field groups."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aep_moengage.aep.events import EVENT_ID, EVENT_TIME, EVENT_TYPE
from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.sources import Source, compile_source
from aep_moengage.document.destination import Attributes, AttributeSource
from aep_moengage.document.event_defaults import ITEM, default_attributes
from aep_moengage.mapping.attributes import leaves
from aep_moengage.mapping.conversions import compile_conversion, compile_default
from aep_moengage.moengage.limits import Fit, fit, is_absent, is_ordinary
from aep_moengage.moengage.records import name_fault
from aep_moengage.outcomes import MappingWarning, WarningCode

# What has a place of its own in a MoEngage event, and what describes the collection of the event rather than the event
_NOT_ATTRIBUTES = frozenset({EVENT_TYPE, EVENT_ID, EVENT_TIME, ITEM, "producedBy", "eventMergeId", "receivedTimestamp"})
_USERS_TYPES = ""  # no standard attribute: the types of a user's attributes do not hold for those of an event

type ReadAttributes = Callable[[dict[str, Any], list[MappingWarning]], dict[str, Any]]


def compile_event_attributes(attributes: Attributes | None, *, of_items: bool) -> ReadAttributes:
    """Returns a function from an event's values to its attributes; those that are absent are left out.

    `attributes` are the file's; without them those of Adobe's field groups are taken. `of_items`: the event is about
    one entry of a list, which is `item` in its values.
    """
    if attributes == "all":
        return _read_all
    if attributes is None:
        attributes = default_attributes(of_items=of_items)
    return _compile(attributes)


def _compile(attributes: Mapping[str, AttributeSource]) -> ReadAttributes:
    plan = [(name, *_compiled(options)) for name, options in attributes.items()]

    def read(values: dict[str, Any], warnings: list[MappingWarning]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, source, plain, is_missing, convert, default in plan:
            value = source(values)
            if type(value) is not str or not plain or not is_ordinary(value):  # nearly every value is such a text
                value = default(name, warnings) if is_missing(value) else convert(value, name, warnings)
            if value is not None:
                found[name] = value
        return found

    return read


type _Default = Callable[[str, list[MappingWarning]], Any]


def _compiled(options: AttributeSource) -> tuple[Source, bool, Callable[[Any], bool], Fit, _Default]:
    source = compile_source(options.source) if options.source else compile_identity(str(options.identity))
    is_missing = _is_null if options.keep_blank else _is_empty
    plain = not options.type and not options.transform
    return source, plain, is_missing, compile_conversion(_USERS_TYPES, options), _default(options)


def _default(options: AttributeSource) -> _Default:
    if options.default is None:
        return lambda *_: None
    convert = compile_default(_USERS_TYPES, options)
    return lambda name, warnings: convert(options.default, name, warnings)


def _is_empty(value: Any) -> bool:
    """Whether an event has no such attribute: MoEngage documents no meaning of an empty array in an event."""
    return is_absent(value) or value == []


def _is_null(value: Any) -> bool:
    return value is None


def _read_all(values: dict[str, Any], warnings: list[MappingWarning]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, leaf in _named(values):
        if fault := name_fault(name):
            warnings.append(fault.about(name))
        elif (value := fit(leaf, name, warnings)) is not None and found.setdefault(name, value) != value:
            warnings.append(WarningCode.NAME_COLLISION.about(name))
    return found


def _named(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The leaves in the order of names; those of an item under `item_`."""
    own = {name: value for name, value in values.items() if name not in _NOT_ATTRIBUTES}
    item = values.get(ITEM)
    found = [*leaves(own), *leaves({ITEM: item} if isinstance(item, dict) else {})]
    for name, _, leaf in sorted(found, key=lambda each: each[:2]):
        yield name, leaf
