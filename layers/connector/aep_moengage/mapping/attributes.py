"""Attributes: those of the destination file, compiled; or every one of a profile, under its own name."""

from collections.abc import Callable, Iterator
from typing import Any

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES, SDK_ATTRIBUTES
from aep_moengage.aep.sources import Source, compile_source
from aep_moengage.document.destination import AttributeSource
from aep_moengage.mapping.conversions import STANDARD_FITS, compile_conversion, compile_default
from aep_moengage.moengage.limits import SHORTEST_TIME, TIME_MARKS, Fit, fit, is_absent
from aep_moengage.moengage.records import ATTRIBUTE_NAME_LENGTH, STRING_LENGTH, name_fault
from aep_moengage.moengage.standard_attributes import STANDARD_TYPES, StandardType
from aep_moengage.outcomes import MappingWarning, WarningCode

type Attributes = Callable[[dict[str, Any], list[MappingWarning]], dict[str, Any]]

# Fields that describe no user: identities, audiences and consents have their own place, the rest is AEP's own
NOT_ATTRIBUTES = frozenset(
    {IDENTITIES, AUDIENCES, SDK_ATTRIBUTES, "consents", "_id", "_repo", "extSourceSystemAudit"}
    | {"createdByBatchID", "modifiedByBatchID", "repositoryCreatedBy", "repositoryLastModifiedBy"}
)


# name, where it is read, whether blank text is a value, whether an ordinary text is sent as it is, what fits any other
# value, what stands in for an absent one. A bare tuple: it is unpacked in the innermost loop.
type _Attribute = tuple[str, Source, bool, bool, Fit, Callable[[list[MappingWarning]], Any]]


def compile_attributes(sources: dict[str, AttributeSource], taken: str) -> Attributes:
    """Returns a function from a profile's values to its attributes, in the order of `sources`.

    An absent one without a default is left out. The name `taken` is not available.
    """
    standing = [WarningCode.AUDIENCE_ATTRIBUTE_TAKEN.about(taken)] if taken in sources else []
    plan = [_compile(name, options) for name, options in sources.items() if name != taken]

    def read(values: dict[str, Any], warnings: list[MappingWarning]) -> dict[str, Any]:
        warnings += standing
        attributes: dict[str, Any] = {}
        for name, source, keeps_blank, plain, convert, default in plan:
            value = source(values)
            if type(value) is not str:
                value = default(warnings) if value is None else convert(value, name, warnings)
            elif not keeps_blank and (not value or value.isspace()):
                value = default(warnings)
            # nearly every value is a text that is neither long nor a time, so no call is spent on it
            elif (
                not plain or (size := len(value)) > STRING_LENGTH or (size >= SHORTEST_TIME and value[10] in TIME_MARKS)
            ):
                value = convert(value, name, warnings)
            if value is not None:
                attributes[name] = value
        return attributes

    return read


def _compile(name: str, options: AttributeSource) -> _Attribute:
    read = compile_source(options.source) if options.source else compile_identity(str(options.identity))
    plain = not options.type and not options.transform and STANDARD_TYPES.get(name) in {None, StandardType.TEXT}
    return name, read, options.keep_blank, plain, compile_conversion(name, options), _default(name, options)


def _default(name: str, options: AttributeSource) -> Callable[[list[MappingWarning]], Any]:
    if options.default is None:
        return lambda _: None
    found: list[MappingWarning] = []
    value = compile_default(name, options)(options.default, name, found)

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
            elif (value := _fit_leaf(leaf, name, warnings)) is not None and attributes.setdefault(name, value) != value:
                warnings.append(WarningCode.NAME_COLLISION.about(name))
        return attributes

    return read


def _fit_leaf(leaf: Any, name: str, warnings: list[MappingWarning]) -> Any:
    return STANDARD_FITS.get(name, fit)(leaf, name, warnings)


def leaves(values: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Yields name, path and value of each leaf that is not absent, down to the depth of the longest possible name."""
    branches: list[tuple[tuple[str, ...], Any]] = [
        ((key,), value) for key, value in values.items() if key not in NOT_ATTRIBUTES
    ]
    while branches:
        path, value = branches.pop()
        if type(value) is dict and len(path) <= ATTRIBUTE_NAME_LENGTH:
            branches += [((*path, key), part) for key, part in value.items()]
        elif not is_absent(value):
            yield "_".join(path).replace(".", "_"), path, value
