"""Mappings: adds attributes and identities to a document and removes them, as the command line asks. Pure."""

from collections.abc import Sequence
from typing import Any

from aep_moengage_cli.errors import CommandError

ALL = "all"
_ATTRIBUTE = "attribute:"  # before the source of an identity that is a path, not an identity namespace

type Attributes = dict[str, Any]


def map_attributes(
    attributes: Attributes | str, *, add: Sequence[str], remove: Sequence[str], options: dict[str, Any]
) -> Attributes | str:
    """Returns the mapped attributes without the removed ones and with the added ones, each with the options.

    `add`: `NAME=SOURCE`; `remove`: a name. Either may be `all`.

    Raises:
        CommandError: for an attribute that can't be added or removed.
    """
    if ALL in add:
        return ALL
    added = {name: {"source": source, **options} if options else source for name, source in map(_mapping, add)}
    if ALL in remove:
        return added
    if isinstance(attributes, str):
        raise CommandError(
            "All attributes are mapped under their own names: use --remove all, and --add each attribute to keep."
        )
    for name in remove:
        if name not in attributes:
            raise CommandError(
                f"The attribute {name} is not mapped. Mapped attributes: {', '.join(attributes) or 'none'}."
            )
    return {name: source for name, source in attributes.items() if name not in remove} | added


def map_identities(identities: dict[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Returns the identities with the given ones: `NAME=NAMESPACE`, `NAME=attribute:PATH`, or `NAME=` to remove one.

    Several sources of one name are tried in their order.
    """
    sources: dict[str, list[Any]] = {}
    for name, source in map(_mapping, given):
        sources.setdefault(name, []).extend([_identity(source)] if source else [])
    named = {name: found[0] if len(found) == 1 else found for name, found in sources.items()}
    return {name: source for name, source in (identities | named).items() if source != []}


def _identity(source: str) -> Any:
    path = source.removeprefix(_ATTRIBUTE)
    return source if path == source else {"attribute": path}


def _mapping(text: str) -> tuple[str, str]:
    name, equals, source = text.partition("=")
    if not name or not equals:
        raise CommandError(f"{text}: write a mapping as NAME=SOURCE, such as points=_tenant.loyaltyPoints.")
    return name.strip(), source.strip()
