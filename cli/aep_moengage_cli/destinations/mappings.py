"""Mappings: which attributes and identities a document maps, changed as the command line says it. Pure."""

from collections.abc import Sequence
from typing import Any

from aep_moengage_cli.complaints import Complaint

ALL = "all"
_ATTRIBUTE = "attribute:"  # before an identity's source: a path rather than an identity namespace

type Attributes = dict[str, Any]


def map_attributes(
    attributes: Attributes | str, *, add: Sequence[str], remove: Sequence[str], options: dict[str, Any]
) -> Attributes | str:
    """Returns the mapped attributes without those removed and with those added, each with the options.

    `add`: `NAME=SOURCE`; `remove`: a name. Either may be `all`.

    Raises:
        Complaint: for one that cannot be added to what there is, or is not there to be removed.
    """
    if ALL in add:
        return ALL
    added = {name: {"source": source, **options} if options else source for name, source in map(_mapping, add)}
    if ALL in remove:
        return added
    if isinstance(attributes, str):
        raise Complaint(
            "All attributes are mapped, by their own names: --remove all, and --add those that are to stay."
        )
    for name in remove:
        if name not in attributes:
            raise Complaint(f"The attribute {name} is not mapped. Mapped are: {', '.join(attributes) or 'none'}.")
    return {name: source for name, source in attributes.items() if name not in remove} | added


def map_identities(identities: dict[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Returns the identities with those given, each `NAME=NAMESPACE`, `NAME=attribute:PATH`, or `NAME=` to remove it.

    Several of one name are tried in their order.
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
        raise Complaint(f"{text}: write a mapping as NAME=SOURCE, such as city=homeAddress.city.")
    return name.strip(), source.strip()
