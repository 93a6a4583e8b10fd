"""Edits of a destination file's text: one attribute or audience at a time; everything else, comments too, stays. Pure.

A part is found by its place in the text. Where it has no lines of its own, as in `attributes: {a: b}`, its field is
rewritten; where that has none either, as in JSON, the file, as YAML without comments.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml

from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.files.yaml12 import parse, to_json

type Attribute = str | dict[str, Any]
type Attributes = dict[str, Any]
type Change = Callable[[Attributes], Attributes]

_INDENT = "  "
_COMMENT = re.compile(r"\s+#.*")


def set_attribute(text: str, name: str, value: Attribute, before: str | None = None) -> str:
    """Returns a file with an attribute set: a source, or its options. `before` is the name that it had.

    An attribute that takes another's name replaces it.

    Raises:
        yaml.YAMLError: if the text is not YAML.
    """
    old = before or name

    def change(attributes: Attributes) -> Attributes:
        kept = {each: part for each, part in attributes.items() if each == old or each != name}
        return {name if each == old else each: value if each == old else part for each, part in kept.items()} | {
            name: value
        }

    names, lines = _names(text), to_yaml({"attributes": {name: value}}).partition("\n")[2]
    if name != old and name in names:
        return _checked(text, None, change)
    return _checked(text, _replaced(text, old, lines) if old in names else _appended(text, lines), change)


def remove_attribute(text: str, name: str) -> str:
    """Returns a file without an attribute; raises `yaml.YAMLError` if the text is not YAML."""

    def change(attributes: Attributes) -> Attributes:
        return {each: part for each, part in attributes.items() if each != name}

    return _checked(text, _replaced(text, name, ""), change)


def set_field(text: str, field: str, value: Any) -> str:
    """Returns a file with a top-level field set, in its place or at the end."""
    return _first_that_means(_document(text) | {field: value}, _with_field(text, field, value))


def _with_field(text: str, field: str, value: Any) -> str:
    block = to_yaml({field: value})
    found = _field(text, field)
    if found is None:
        return f"{text.rstrip()}\n{block}" if text.strip() else block
    name, part = found
    return _with_lines(text, name.start_mark.line, _last_line(part), block)


def set_list(text: str, field: str, items: Sequence[Any]) -> str:
    """Returns a file with other items in a list; items that stay the same keep their lines, and what is between them.

    Raises:
        yaml.YAMLError: if the text is not YAML.
    """
    found = _field(text, field)
    node = found[1] if found else None
    edited = None
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and items:
        edited = _with_items(text, node.value, _document(text)[field], items)
    meant = _document(text) | {field: list(items)}
    return _first_that_means(meant, edited, _with_field(text, field, list(items)))


def _with_items(text: str, nodes: Sequence[yaml.Node], before: Sequence[Any], after: Sequence[Any]) -> str:
    """Returns a text with other items in a block list, changed from its end on, so that places before stay."""
    old, new = ([json.dumps(item) for item in items] for items in (before, after))
    lines = text.splitlines()
    for kind, begin, end, first, last in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if kind == "equal":
            continue
        written = [_item(item, lines[nodes[0].start_mark.line]) for item in after[first:last]]
        if more := "".join(written[end - begin :]):
            place = _last_line(nodes[end - 1]) + 1 if end else nodes[0].start_mark.line
            text = _with_lines(text, place, place - 1, more)
        for node, item in reversed(list(_pairs(nodes[begin:end], written))):
            text = _with_part(text, node.start_mark.line, node, item)
    return text


def _pairs(nodes: Sequence[yaml.Node], written: Sequence[str]) -> Iterator[tuple[yaml.Node, str]]:
    """Pairs each item with the lines that take its place: none for those that are removed."""
    return ((node, written[place] if place < len(written) else "") for place, node in enumerate(nodes))


def _item(item: Any, beside: str) -> str:
    """Returns the lines of an item that is indented as another."""
    return _indented(to_yaml({"items": [item]}).partition("\n")[2], len(beside) - len(beside.lstrip()))


def _names(text: str) -> list[str]:
    attributes = _attributes(text)
    return [str(name.value) for name, _ in attributes.value] if attributes else []


def _field(text: str, field: str) -> tuple[yaml.Node, yaml.Node] | None:
    node = parse(text)
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in node.value if name.value == field), None)


def _attributes(text: str) -> yaml.MappingNode | None:
    """The attributes, if each has lines of its own."""
    found = _field(text, "attributes")
    node = found[1] if found else None
    return node if isinstance(node, yaml.MappingNode) and not node.flow_style else None


def _replaced(text: str, name: str, lines: str) -> str | None:
    """Returns a text with other lines, or none, in the place of an attribute's; None if it has none of its own."""
    attributes = _attributes(text)
    for key, value in attributes.value if attributes else ():
        if key.value == name:
            return _with_part(text, key.start_mark.line, value, _indented(lines, key.start_mark.column))
    return None


def _appended(text: str, line: str) -> str | None:
    attributes = _attributes(text)
    if not attributes or not attributes.value:
        return None
    key, value = attributes.value[-1]
    last = _last_line(value)
    return _with_lines(text, last + 1, last, _indented(line, key.start_mark.column))


def _indented(lines: str, column: int) -> str:
    """Lines that are indented by two, as deep as a column."""
    deeper = " " * column
    return "".join(deeper + line.removeprefix(_INDENT) for line in lines.splitlines(keepends=True))


def _last_line(node: yaml.Node) -> int:
    """The last line of a value. A block of lines ends where the next begins, after comments that are not its own."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        end = node.end_mark
        return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(node, yaml.MappingNode) else last)


def _with_part(text: str, first: int, value: yaml.Node, lines: str) -> str:
    """Returns a text with other lines in the place of a part, whose comment stays if it is on the same line."""
    last = _last_line(value)
    comment = _COMMENT.fullmatch(text.splitlines()[last][value.end_mark.column :])
    if comment and first == last and lines.count("\n") == 1:
        lines = lines.rstrip("\n") + comment[0] + "\n"
    return _with_lines(text, first, last, lines)


def _with_lines(text: str, first: int, last: int, lines: str) -> str:
    """Returns a text with other lines in the place of those from `first` to `last`, counted from 0."""
    before = text.splitlines(keepends=True)
    if first == len(before) and before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    return "".join([*before[:first], lines, *before[last + 1 :]])


def _checked(text: str, edited: str | None, change: Change) -> str:
    """Returns an edited text if it says what was meant, else one whose attributes are rewritten."""
    meant = _changed(text, change)
    return _first_that_means(meant, edited, _with_field(text, "attributes", meant["attributes"]))


def _first_that_means(document: Mapping[str, Any], *texts: str | None) -> str:
    """Returns the first text that says what a document does, else the document as YAML."""
    return next((text for text in texts if text is not None and _means(text, document)), to_yaml(document))


def _means(text: str, document: Mapping[str, Any]) -> bool:
    try:
        return _document(text) == document
    except yaml.YAMLError:
        return False


def _changed(text: str, change: Change) -> dict[str, Any]:
    document = _document(text)
    attributes = document.get("attributes")
    return document | {"attributes": change(attributes if isinstance(attributes, dict) else {})}


def _document(text: str) -> dict[str, Any]:
    document = json.loads(to_json(text))
    return document if isinstance(document, dict) else {}
