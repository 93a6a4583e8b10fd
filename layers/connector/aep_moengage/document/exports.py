"""Exports: what a destination sends to MoEngage, and which fields of a profile it is made from."""

from collections.abc import Iterator
from typing import NamedTuple

from aep_moengage.aep.field_paths import EVERYTHING, FieldPath, field_paths
from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES
from aep_moengage.document.destination import (
    Attributes,
    AttributeSource,
    Destination,
    EventRule,
    Identities,
    IdentitySource,
    NameSource,
)
from aep_moengage.document.event_defaults import ITEM, default_attributes


class Export(NamedTuple):
    """An attribute, an identity or an audience that is sent: its name in the document and the fields that it reads."""

    name: str
    fields: frozenset[FieldPath]
    audience: str | None = None


def exports(destination: Destination) -> Iterator[Export]:
    """Yields all that is exported. Consent is read but not exported."""
    yield from _identities(destination.identities, "identities")
    yield from _attributes(destination.attributes, "attributes")
    yield from _audiences(destination)
    rules = [EventRule()] if destination.events == "all" else destination.events
    for place, rule in enumerate(rules):
        yield from _event(rule, f"events[{place}]")


def identity_field(namespace: str) -> FieldPath:
    """Returns the field that holds the ids of an identity namespace; namespaces compare without case."""
    return (IDENTITIES, namespace.lower())


def _event(rule: EventRule, where: str) -> Iterator[Export]:
    if rule.identities is not None:
        yield from _identities(rule.identities, f"{where}.identities")
    if isinstance(rule.action, NameSource):
        yield Export(f"{where}.action", field_paths(rule.action.source))
    items = field_paths(rule.for_each) if rule.for_each else frozenset[FieldPath]()
    attributes = default_attributes(of_items=rule.for_each is not None) if rule.attributes is None else rule.attributes
    for export in _attributes(attributes, f"{where}.attributes"):
        of_items = any(path[:1] == (ITEM,) for path in export.fields)
        yield export._replace(fields=export.fields | items) if of_items else export


def _attributes(attributes: Attributes, where: str) -> Iterator[Export]:
    if attributes == "all":
        yield Export(f"{where}: all", frozenset({EVERYTHING}))
        return
    for name, attribute in attributes.items():
        yield Export(f"{where}.{name}", _fields(attribute))


def _identities(identities: Identities, where: str) -> Iterator[Export]:
    for name, sources in (("user_id", identities.user_id), ("anonymous_id", identities.anonymous_id)):
        for source in sources:
            yield Export(f"{where}.{name}", _identity_fields(source))


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
        for audience in destination.governance.get("labels", {}).get("audiences", ()):
            yield Export(f"audience {audience}", frozenset(), audience)
        return
    for activated in destination.audiences:
        field = (AUDIENCES, activated.namespace, activated.id)
        yield Export(f"audience {activated.id}", frozenset({field}), activated.id)
