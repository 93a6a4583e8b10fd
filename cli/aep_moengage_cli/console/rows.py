"""The form's rows: the attributes and audiences of a file as fields, and the edits that their fields mean. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aep_moengage_cli.files.document_edits import Attribute
from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.files.documents import read_value

SHOWN = 50  # rows at once; a filter finds others
IDENTITY = "identity:"  # before a source that is an identity namespace
_FIELDS = ("type", "default", "transform")


@dataclass(frozen=True, slots=True)
class Row:
    """An attribute as fields. `options` are those without a field of their own; they stay as they are."""

    name: str
    source: str
    type: str
    transform: str
    default: str
    options: Mapping[str, Any]


class Named(Protocol):
    """What can be found by its name or its source."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that match a filter, as many as are shown at once; `matching` of `total` match."""

    shown: Sequence[Row]
    matching: int
    total: int
    all_mapped: bool


def rows(content: Mapping[str, Any], wanted: str = "", page: int = 0) -> Rows:
    """Returns the attributes of a file whose name or source contains a text."""
    attributes = content.get("attributes", {})
    if not isinstance(attributes, dict):
        return Rows([], 0, 0, all_mapped=attributes == "all")
    found = [_row(name, attribute) for name, attribute in attributes.items()]
    matching = matching_rows(found, wanted)
    return Rows(matching[page * SHOWN : (page + 1) * SHOWN], len(matching), len(found), all_mapped=False)


def matching_rows[T: Named](found: Sequence[T], wanted: str) -> list[T]:
    """Returns those whose name or source contains a text."""
    text = wanted.lower()
    return [each for each in found if text in each.name.lower() or text in each.source.lower()]


def audience_rows(content: Mapping[str, Any]) -> list[dict[str, str]] | str:
    """Returns the audiences of a file, each with `id`, `name` and `namespace`; or `all`."""
    audiences = content.get("audiences", [])
    if not isinstance(audiences, list):
        return str(audiences)
    names = ("id", "name", "namespace")
    return [{name: str(each.get(name, "")) for name in names} for each in audiences if isinstance(each, dict)]


def attribute_of(fields: Mapping[str, str], options: Mapping[str, Any]) -> Attribute:
    """Returns the attribute that a row's fields mean: a source alone, or with options.

    Raises:
        CommandError: if the default is not a YAML value.
    """
    source = fields.get("source", "").strip()
    where = {"identity": source.removeprefix(IDENTITY)} if source.startswith(IDENTITY) else {"source": source}
    given: dict[str, Any] = dict(where)
    if chosen := fields.get("type", ""):
        given["type"] = chosen
    if steps := fields.get("transform", "").replace(",", " ").split():
        given["transform"] = steps[0] if len(steps) == 1 else steps
    if (default := fields.get("default", "")) != "":
        given["default"] = read_value(default)
    given |= options
    return source if given == {"source": source} else given


def options_of(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns the options of an attribute that have no field in the form."""
    attributes = content.get("attributes", {})
    attribute = attributes.get(name) if isinstance(attributes, dict) else None
    return _other_options(attribute) if isinstance(attribute, dict) else {}


def _row(name: str, attribute: Any) -> Row:
    given = attribute if isinstance(attribute, dict) else {"source": attribute}
    source = f"{IDENTITY}{given['identity']}" if "identity" in given else str(given.get("source") or "")
    steps = given.get("transform", [])
    transform = ", ".join(map(str, steps)) if isinstance(steps, list) else str(steps)
    default = "" if given.get("default") is None else to_yaml({"": given["default"]}).partition(": ")[2].strip()
    return Row(str(name), source, str(given.get("type", "")), transform, default, _other_options(given))


def _other_options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in {"source", "identity", *_FIELDS}}
