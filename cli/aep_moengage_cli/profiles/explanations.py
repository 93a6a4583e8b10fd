"""Explanations: where each attribute of a profile came from, what was changed on its way to MoEngage, and why. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.profiles import SDK_ATTRIBUTES, profile_values
from aep_moengage.aep.sources import compile_source
from aep_moengage.document.destination import AttributeSource, Destination
from aep_moengage.mapping.attributes import leaves
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.standard_attributes import STANDARD_TYPES
from aep_moengage.outcomes import MappingWarning

_ABSENT = "not in the profile"


@dataclass(frozen=True, slots=True)
class ExplainedAttribute:
    """An attribute: its source, the value that was read there, the value that is sent, and why they differ.

    `read` and `sent` are None if absent.
    """

    name: str
    source: str
    read: Any
    sent: Any
    why: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether something else is sent than what was read."""
        return self.read != self.sent or type(self.read) is not type(self.sent)


def explain(destination: Destination, profile: Any, decision: Decision) -> list[ExplainedAttribute]:
    """Returns the mapped attributes of a profile that is delivered; none of any other."""
    if decision.action is not Action.DELIVER or not isinstance(profile, dict):
        return []
    sent = json.loads(decision.attributes or b"{}")
    values = profile_values(profile) if SDK_ATTRIBUTES in profile else profile
    warnings = _by_field(decision.warnings)
    if destination.attributes == "all":
        return list(_all(values, sent, warnings))
    return [
        _explained(name, options, values, sent.get(name), warnings.get(name, []))
        for name, options in destination.attributes.items()
    ]


def _explained(
    name: str, options: AttributeSource, values: Mapping[str, Any], sent: Any, warnings: Sequence[str]
) -> ExplainedAttribute:
    source = options.source or f"identity {options.identity}"
    compiled = compile_source(options.source) if options.source else compile_identity(str(options.identity))
    read = compiled(dict(values))
    return ExplainedAttribute(name, source, read, sent, tuple(_why(name, options, read, sent, warnings)))


def _why(name: str, options: AttributeSource, read: Any, sent: Any, warnings: Sequence[str]) -> Iterator[str]:
    blank = isinstance(read, str) and not read.strip() and not options.keep_blank
    if read is None or blank:
        state = "blank" if blank else _ABSENT
        yield f"{state}: left out" if options.default is None else f"{state}: the default stands in"
    else:
        yield from (f"transform: {step}" for step in options.transform)
        if options.type:
            yield f"type: {options.type}{f' from {options.unit}' if options.unit else ''}"
        elif name in STANDARD_TYPES and read != sent:
            yield f"MoEngage's standard attribute: {STANDARD_TYPES[name].value}"
    yield from warnings
    if sent is not None and read is not None and not (options.transform or options.type or warnings) and read != sent:
        yield "written as MoEngage takes it"


def _all(
    values: Mapping[str, Any], sent: Mapping[str, Any], warnings: Mapping[str, list[str]]
) -> Iterator[ExplainedAttribute]:
    for name, path, value in sorted(leaves(dict(values)), key=lambda found: found[:2]):
        yield ExplainedAttribute(name, ".".join(path), value, sent.get(name), tuple(warnings.get(name, ())))


def _by_field(warnings: Sequence[MappingWarning]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for warning in warnings:
        found[warning.field].append(warning.message)
    return found
