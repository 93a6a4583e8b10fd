"""What two destinations of one MoEngage workspace share: attributes that both map, audiences that both name.

Each overwrites the other's values of a shared attribute. Of two names of an audience MoEngage shows one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.audiences import Activation
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.caution import Caution, CautionCode

EVERYTHING = "all"


class SharedAttribute(NamedTuple):
    """An attribute that another destination maps as well; `all` if both send every attribute."""

    attribute: str
    destination: str


class SharedAttributes(CommandError):
    """A document maps attributes that another destination of its workspace maps already."""

    def __init__(self, destination: str, shared: Sequence[SharedAttribute]) -> None:
        super().__init__(
            f"Nothing was published: {destination} and other destinations of its MoEngage workspace map the same "
            "attributes, so each would overwrite the other's values.",
            *(f"attributes.{each.attribute}: {each.destination} maps it too" for each in shared),
            "Map each attribute in one destination only, or use --share-attributes.",
        )


def shared_attributes(destination: Destination, others: Iterable[Destination]) -> list[SharedAttribute]:
    """Returns the attributes that other destinations of the same workspace map as well."""
    return [
        SharedAttribute(attribute, other.id)
        for other in _of_the_workspace(destination, others)
        for attribute in _common(destination, other)
    ]


def _of_the_workspace(destination: Destination, others: Iterable[Destination]) -> Iterator[Destination]:
    workspace = destination.region, destination.username
    return (other for other in others if other.id != destination.id and (other.region, other.username) == workspace)


def _common(one: Destination, other: Destination) -> list[str]:
    if one.attributes == EVERYTHING and other.attributes == EVERYTHING:
        return [EVERYTHING]
    if one.attributes == EVERYTHING:
        return sorted(other.attributes)
    if other.attributes == EVERYTHING:
        return sorted(one.attributes)
    return sorted(set(one.attributes) & set(other.attributes))


def refuse_shared_attributes(publishing: Publishing, before: Destination | None, after: Destination) -> None:
    """Raises `SharedAttributes` if a change makes two destinations of a workspace map the same attribute.

    What the active version shares already was asked for when it was published.
    """
    others = _usable(publishing.all_active())
    known = set(shared_attributes(before, others)) if before else set[SharedAttribute]()
    if shared := [each for each in shared_attributes(after, others) if each not in known]:
        raise SharedAttributes(after.id, shared)


def _usable(versions: Iterable[Version]) -> list[Destination]:
    """Returns the destinations of versions; one whose document today's rules refuse sends nothing, and is left out."""
    found = []
    for version in versions:
        with suppress(DestinationFaults):
            found.append(parse_destination(version.document))
    return found


def sharing_cautions(publishing: Publishing, destination: Destination) -> list[Caution]:
    """Returns a caution for every attribute that another destination of the workspace maps, or audience it names."""
    others = _usable(publishing.all_active())
    shared = [
        Caution(
            CautionCode.ATTRIBUTE_SHARED,
            f"attributes.{each.attribute}",
            f"{each.destination}, of the same workspace, maps it too: each update overwrites the other's value",
        )
        for each in shared_attributes(destination, others)
    ]
    return [*shared, *_naming_cautions(destination, others)]


def _naming_cautions(destination: Destination, others: Iterable[Destination]) -> Iterator[Caution]:
    own = Activation(destination.audiences)
    for other in _of_the_workspace(destination, others):
        theirs = Activation(other.audiences)
        for key in own:
            name, another = own.name(key), theirs.name(key)
            if name and another and name != another:
                yield Caution(
                    CautionCode.AUDIENCE_NAMED_TWICE,
                    f"audiences.{key[1]}",
                    f"{other.id}, of the same workspace, names it {another}: MoEngage shows the name that "
                    f"{min(destination.id, other.id)} gives, for users whom that one has updated",
                )
