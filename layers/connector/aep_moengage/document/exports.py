"""Exports: what a destination sends to MoEngage, and which fields of a profile it is made from."""

from collections.abc import Iterator
from typing import NamedTuple

from aep_moengage.aep.field_paths import EVERYTHING, FieldPath, field_paths
from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES
from aep_moengage.document.model import AttributeSource, Destination, IdentitySource


class Export(NamedTuple):
    """An attribute, an identity or an audience that is sent: its name in the document and the fields that it reads."""

    name: str
    fields: frozenset[FieldPath]
    audience: str | None = None


def exports(destination: Destination) -> Iterator[Export]:
    """Yields all that is exported. Consent is read but not exported."""
    yield from _identities(destination)
    if destination.attributes == "all":
        yield Export("attributes: all", frozenset({EVERYTHING}))
    else:
        for name, attribute in destination.attributes.items():
            yield Export(f"attributes.{name}", _fields(attribute))
    yield from _audiences(destination)


def identity_field(namespace: str) -> FieldPath:
    """Returns the field that holds the ids of an identity namespace; namespaces compare without case."""
    return (IDENTITIES, namespace.lower())


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
