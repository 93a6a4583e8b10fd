"""Destination files: YAML or JSON, read so that nothing in them is silently lost."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from aep_moengage.destination import Destination, parse_destination
from aep_moengage.faults import DestinationFaults
from aep_moengage_cli.complaints import Complaint


class UnusableFile(Complaint):
    """A file that cannot be used; one line for each of its faults."""


class _Loader(yaml.SafeLoader):
    """YAML in which a date stays the text that it was written as, and no name is given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 # PyYAML's way to say it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_destination(file: Path) -> tuple[Destination, str]:
    """Returns the destination of a file, and its document as JSON.

    Raises:
        UnusableFile: with every fault of the file.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "cannot be read")
        raise UnusableFile(f"{file}: {why}") from None
    document, repeated = _load(file, text)
    try:
        destination = parse_destination(document)
    except DestinationFaults as faults:
        raise UnusableFile(*repeated, *map(str, faults.faults)) from None
    if repeated:
        raise UnusableFile(*repeated)
    return destination, document


def _load(file: Path, text: str) -> tuple[str, list[str]]:
    """Returns a file's content as JSON text, and a sentence for each name that is given twice."""
    repeated: list[str] = []

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        repeated.extend(_twice(name) for name, count in counts.items() if count > 1)
        return dict(pairs)

    try:
        content = json.loads(text, object_pairs_hook=fields)
    except (ValueError, RecursionError):
        return _load_yaml(file, text)
    return json.dumps(content), repeated


def _load_yaml(file: Path, text: str) -> tuple[str, list[str]]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        repeated = list(_repeated(node, "")) if node else []
        content = loader.construct_document(node) if node else None
        return json.dumps(content, default=str), repeated
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise UnusableFile(f"{file}: is neither YAML nor JSON: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise UnusableFile(f"{file}: is neither YAML nor JSON") from None


def _repeated(node: Any, path: str) -> Iterator[str]:
    """YAML lets a later value replace an earlier one of the same name; an operator would lose a field unawares."""
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _repeated(item, f"{path}[{place}]")
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for name, value in node.value:
        where = f"{path}.{name.value}".removeprefix(".")
        if isinstance(name, yaml.ScalarNode) and name.value in seen:
            yield _twice(where, f" (again in line {name.start_mark.line + 1})")
        seen.add(str(name.value))
        yield from _repeated(value, where)


def _twice(path: str, where: str = "") -> str:
    return f"{path}: is given twice{where}; allowed: each name once [duplicate_field]"
