"""Exports: what a destination hands over to MoEngage, and of which fields of a profile it tells something."""

from collections.abc import Iterator

from aep_moengage.aep.field_paths import EVERYTHING, FieldPath, field_paths
from aep_moengage.aep.profiles import AUDIENCES
from aep_moengage.document.governance import Export, identity_field
from aep_moengage.document.model import AttributeSource, Destination, IdentitySource


def exports(destination: Destination) -> Iterator[Export]:
    """Returns all that is exported. Consent is read but not exported."""
    yield from _identities(destination)
    if destination.attributes == "all":
        yield Export("attributes: all", frozenset({EVERYTHING}))
    else:
        for name, attribute in destination.attributes.items():
            yield Export(f"attributes.{name}", _fields(attribute))
    yield from _audiences(destination)


def _identities(destination: Destination) -> Iterator[Export]:
    identities = destination.identities
    for name, sources in (("user_id", identities.user_id), ("anonymous_id", identities.anonymous_id)):
        for source in sources:
            yield Export(f"identities.{name}", _identity_fields(source))


def _identity_fields(source: IdentitySource) -> frozenset[FieldPath]:
    if source.namespace is not None:
        return frozenset({identity_field(source.namespace)})
    return field_paths(source.attribute or "")


def _fields(attribute: AttributeSource) -> frozenset[FieldPath]:
    if attribute.source is None:
        return frozenset({identity_field(str(attribute.identity))})
    return field_paths(attribute.source)


def _audiences(destination: Destination) -> Iterator[Export]:
    if destination.audiences == "all":
        yield Export("audiences: all", frozenset({(AUDIENCES,)}))
        for audience in destination.governance.labels.audiences:
            yield Export(f"audience {audience}", frozenset(), audience)
        return
    for activated in destination.audiences:
        field = (AUDIENCES, activated.namespace, activated.id)
        yield Export(f"audience {activated.id}", frozenset({field}), activated.id)
