"""Cautions that need no sample: what a document says itself."""

from collections.abc import Iterator

from aep_moengage.aep.texts import Transform
from aep_moengage.document.destination import AttributeSource, Destination
from aep_moengage.mapping.conversions import compile_default
from aep_moengage.moengage.records import ATTRIBUTES
from aep_moengage.moengage.standard_attributes import CREATE_ONLY_NAMES
from aep_moengage.outcomes import MappingWarning
from aep_moengage_cli.files.caution import Caution, CautionCode
from aep_moengage_cli.files.document_sources import mapped_attributes


def document_cautions(destination: Destination) -> Iterator[Caution]:
    """Yields the cautions about a document alone."""
    if not destination.identities.user_id:
        message = "has no user_id: MoEngage gets anonymous users only, which are never merged into known ones"
        yield Caution(CautionCode.NO_USER_ID, "identities", message)
    attributes = mapped_attributes(destination)
    if destination.audience_attribute in attributes:
        message = "is not sent, because this attribute holds the audiences; rename it or `audience_attribute`"
        yield Caution(CautionCode.AUDIENCE_ATTRIBUTE_MAPPED, f"attributes.{destination.audience_attribute}", message)
    if len(attributes) > ATTRIBUTES:
        message = f"has {len(attributes)} attributes; MoEngage keeps {ATTRIBUTES} unless it raised the limit"
        yield Caution(CautionCode.TOO_MANY_ATTRIBUTES, "attributes", message)
    for name, options in attributes.items():
        if name in CREATE_ONLY_NAMES:
            message = "MoEngage sets it when it creates a user and ignores it later; give it another name"
            yield Caution(CautionCode.ATTRIBUTE_CREATE_ONLY, f"attributes.{name}", message)
        yield from _of_the_default(name, options)
        yield from _of_the_transform(name, options)


def _of_the_default(name: str, options: AttributeSource) -> Iterator[Caution]:
    if options.default is not None:
        warnings: list[MappingWarning] = []
        compile_default(name, options)(options.default, name, warnings)
        for warning in warnings:
            yield Caution(CautionCode.DEFAULT_NOT_SENT, f"attributes.{name}.default", warning.message)


def _of_the_transform(name: str, options: AttributeSource) -> Iterator[Caution]:
    steps = options.transform
    if Transform.SHA256 in steps and Transform.UPPERCASE in steps[: steps.index(Transform.SHA256)]:
        message = "uppercase has no effect: sha256 hashes the trimmed, lowercased value"
        yield Caution(CautionCode.TRANSFORM_WITHOUT_EFFECT, f"attributes.{name}.transform", message)
