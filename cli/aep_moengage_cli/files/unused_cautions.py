"""Cautions about what the samples have and a document does not use."""

from collections.abc import Iterator

from aep_moengage.aep.field_paths import FieldPath, field_paths
from aep_moengage.document.destination import Destination
from aep_moengage.moengage.records import ATTRIBUTES
from aep_moengage_cli.files.caution import Caution, CautionCode, counted, listed
from aep_moengage_cli.files.document_sources import expressions, namespaces
from aep_moengage_cli.files.dynamic_maps import dynamic_maps
from aep_moengage_cli.files.survey import Survey, spelled

_CONSENT = "y"  # XDM's value for yes


def unused_cautions(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """Yields cautions about fields, namespaces, audiences and consents that the document does not use."""
    read = frozenset[FieldPath]().union(*(field_paths(expression) for _, expression in expressions(destination)))
    yield from _dynamic_keys(sample) if destination.attributes == "all" else _fields(sample, read)
    yield from _namespaces(destination, sample)
    yield from _audiences(destination, sample)
    yield from _consents(destination, sample)


def _dynamic_keys(sample: Survey) -> Iterator[Caution]:
    for path in dynamic_maps(sample.records):
        message = (
            f"the keys of {spelled(path)} look like ids; each becomes an attribute of its own, and MoEngage keeps "
            f"{ATTRIBUTES} in a workspace. Map the fields that you need instead of `all`"
        )
        yield Caution(CautionCode.DYNAMIC_KEYS, "attributes", message)


def _fields(sample: Survey, read: frozenset[FieldPath]) -> Iterator[Caution]:
    begun = {path[:length] for path in read for length in range(len(path) + 1)}
    unread = (
        path
        for path in sample.values
        if path not in begun and not any(path[:length] in read for length in range(len(path)))
    )
    if names := [name for name in map(spelled, unread) if name is not None]:
        message = f"{len(names)} of the samples' fields {_is_or_are(names)} not mapped: {listed(names)}"
        yield Caution(CautionCode.FIELDS_NOT_MAPPED, "attributes", message)


def _namespaces(destination: Destination, sample: Survey) -> Iterator[Caution]:
    mapped = {namespace.lower() for _, namespace in namespaces(destination)}
    if names := [namespace for namespace in sample.identities if namespace.lower() not in mapped]:
        message = f"{len(names)} of the samples' namespaces {_is_or_are(names)} not mapped: {listed(names)}"
        yield Caution(CautionCode.NAMESPACES_NOT_MAPPED, "identities", message)


def _audiences(destination: Destination, sample: Survey) -> Iterator[Caution]:
    if destination.audiences == "all":
        return
    activated = {(audience.namespace.lower(), audience.id) for audience in destination.audiences}
    others = [
        name or audience
        for (namespace, audience), name in sample.audiences.items()
        if (namespace.lower(), audience) not in activated
    ]
    if others:
        message = f"{len(others)} of the samples' audiences {_is_or_are(others)} not activated: {listed(others)}"
        yield Caution(CautionCode.AUDIENCES_NOT_ACTIVATED, "audiences", message)


def _consents(destination: Destination, sample: Survey) -> Iterator[Caution]:
    if destination.consent or not sample.consents:
        return
    others = {spelled(path): sum(value != _CONSENT for value in found) for path, found in sample.consents.items()}
    names = [f"{name} (not `{_CONSENT}` in {counted(count)})" for name, count in others.items()]
    message = f"is empty, so profiles are sent whatever their consents; the samples have {listed(names)}"
    yield Caution(CautionCode.CONSENT_NOT_REQUIRED, "consent", message)


def _is_or_are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
