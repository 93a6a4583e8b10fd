"""Places: where the parts of a destination file are in its text, so that an error can be shown there. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

from aep_moengage.document.faults import Location, path_of
from aep_moengage_cli.files.yaml12 import parse


class Place(NamedTuple):
    """A part of a text: from a line and column to another, both counted from 0."""

    line: int
    column: int
    to_line: int
    to_column: int


WHOLE = Place(0, 0, 0, 0)


def places(text: str) -> dict[str, Place]:
    """Returns the place of each part of a file by its path, as errors have it; none if the text is not YAML."""
    try:
        node = parse(text)
    except (yaml.YAMLError, RecursionError):
        return {}
    return dict(_places(node, ())) if node else {}


def place_of(path: str, found: Mapping[str, Place]) -> Place:
    """Returns the place of a path, or of what is around it: of a field that is missing, the part that needs it."""
    while path:
        if path in found:
            return found[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return WHOLE


def line_of(path: str, found: Mapping[str, Place]) -> int | None:
    """Returns the line of a path, counted from 1; None for the document as a whole."""
    place = place_of(path, found)
    return None if place is WHOLE else place.line + 1


def _places(node: yaml.Node, location: Location) -> Iterator[tuple[str, Place]]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            within = (*location, str(name.value))
            yield path_of(within), _place(name, value)
            yield from _places(value, within)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            within = (*location, number)
            yield path_of(within), _place(item, item)
            yield from _places(item, within)


def _place(first: yaml.Node, last: yaml.Node) -> Place:
    """From the beginning of a name to the end of its value; of a value of several lines, its first line only."""
    begin, end = first.start_mark, last.end_mark
    if end.line != begin.line:
        end = first.end_mark
    return Place(begin.line, begin.column, end.line, end.column)
