"""Attributes: those of the destination file, compiled; or every one of a profile, under its own name."""

from collections.abc import Callable, Iterator
from typing import Any

from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES, SDK_ATTRIBUTES
from aep_moengage.aep.sources import compile_source
from aep_moengage.document.model import AttributeSource
from aep_moengage.mapping.conversions import compile_default, compile_options
from aep_moengage.moengage.limits import SHORTEST_TIME, fit
from aep_moengage.moengage.records import ATTRIBUTE_NAME_LENGTH, STRING_LENGTH, name_fault
from aep_moengage.outcomes import MappingWarning, WarningCode

type Attributes = Callable[[dict[str, Any], list[MappingWarning]], dict[str, Any]]

# What of a profile describes no user: identities, audiences and consents have their own place, the rest is AEP's own
NOT_ATTRIBUTES = frozenset(
    {IDENTITIES, AUDIENCES, SDK_ATTRIBUTES, "consents", "_id", "_repo", "extSourceSystemAudit"}
    | {"createdByBatchID", "modifiedByBatchID", "repositoryCreatedBy", "repositoryLastModifiedBy"}
)


def compile_attributes(sources: dict[str, AttributeSource], taken: str) -> Attributes:
    """Returns a function from a profile's values to its attributes, in the order of `sources`.

    An absent one without a default is left out. The name `taken` is not available.
    """
    standing = [WarningCode.AUDIENCE_ATTRIBUTE_TAKEN.about(taken)] if taken in sources else []
    plan = [
        (name, compile_source(options.source), compile_options(options), _default(name, options))
        for name, options in sources.items()
        if name != taken
    ]

    def read(values: dict[str, Any], warnings: list[MappingWarning]) -> dict[str, Any]:
        warnings += standing
        attributes: dict[str, Any] = {}
        for name, source, convert, default in plan:
            value = source(values)
            if value is None:
                if default is not None:
                    value = default(warnings)
            elif convert is not None:
                value = convert(value, name, warnings)
            elif type(value) is not str or not (
                # a text that is neither too long nor a date-time: nearly every one, so no call is spent on it
                (size := len(value)) < SHORTEST_TIME or (size <= STRING_LENGTH and value[10] != "T")
            ):
                value = fit(value, name, warnings)
            if value is not None:
                attributes[name] = value
        return attributes

    return read


def _default(name: str, options: AttributeSource) -> Callable[[list[MappingWarning]], Any] | None:
    if options.default is None:
        return None
    found: list[MappingWarning] = []
    value = compile_default(options)(options.default, name, found)

    def default(warnings: list[MappingWarning]) -> Any:
        warnings += found
        return value

    return default


def compile_all(taken: str) -> Attributes:
    """Returns a function from a profile's values to all of their leaves, in the order of names.

    `person.name.firstName` becomes `person_name_firstName`, for MoEngage alters dots. The name `taken` is not
    available.
    """

    def read(values: dict[str, Any], warnings: list[MappingWarning]) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        for name, _, leaf in sorted(leaves(values), key=lambda found: found[:2]):
            if fault := WarningCode.AUDIENCE_ATTRIBUTE_TAKEN if name == taken else name_fault(name):
                warnings.append(fault.about(name))
            elif (value := fit(leaf, name, warnings)) is not None and attributes.setdefault(name, value) != value:
                warnings.append(WarningCode.NAME_COLLISION.about(name))
        return attributes

    return read


def leaves(values: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Yields name, path and value of each leaf. What lies deeper than a name can be long is not gone into."""
    branches: list[tuple[tuple[str, ...], Any]] = [
        ((key,), value) for key, value in values.items() if key not in NOT_ATTRIBUTES
    ]
    while branches:
        path, value = branches.pop()
        if type(value) is dict and len(path) <= ATTRIBUTE_NAME_LENGTH:
            branches += [((*path, key), part) for key, part in value.items()]
        elif value is not None:
            yield "_".join(path).replace(".", "_"), path, value
