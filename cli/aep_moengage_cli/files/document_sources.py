"""The sources of a document: where it reads attributes, identities and consents."""

from collections.abc import Iterator

from aep_moengage.document.destination import AttributeSource, Destination, IdentitySource


def mapped_attributes(destination: Destination) -> dict[str, AttributeSource]:
    """Returns the mapped attributes by name; none if all are mapped."""
    return {} if destination.attributes == "all" else destination.attributes


def expressions(destination: Destination) -> Iterator[tuple[str, str]]:
    """Yields every expression with its place in the document, as errors have it."""
    for name, options in mapped_attributes(destination).items():
        if options.source is not None:
            yield f"attributes.{name}.source", options.source
    for place, rule in enumerate(destination.consent):
        yield f"consent[{place}].path", rule.path
    for where, source in identity_sources(destination):
        if source.attribute is not None:
            yield f"{where}.attribute", source.attribute


def namespaces(destination: Destination) -> Iterator[tuple[str, str]]:
    """Yields every identity namespace with its place in the document."""
    for where, source in identity_sources(destination):
        if source.namespace is not None:
            yield where, source.namespace
    for name, options in mapped_attributes(destination).items():
        if options.identity is not None:
            yield f"attributes.{name}.identity", options.identity


def identity_sources(destination: Destination) -> Iterator[tuple[str, IdentitySource]]:
    """Yields every source of an identity with its place in the document."""
    identities = destination.identities
    for name, sources in (("user_id", identities.user_id), ("anonymous_id", identities.anonymous_id)):
        yield from ((f"identities.{name}[{place}]", source) for place, source in enumerate(sources))
