"""Destination files: YAML or JSON, read exactly as written."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES, is_profile
from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import DestinationFaults, Fault
from aep_moengage.document.policies import publishable
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.yaml12 import parse, to_json

ENCODING = "utf-8-sig"  # UTF-8, with or without a byte order mark


class UnusableFile(CommandError):
    """A file can't be used; one line for each of its errors."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*map(str, faults))
        self.faults = faults

    def show(self) -> None:
        """Writes each error of the file on a line of its own."""
        for fault in self.faults:
            CommandError(str(fault)).show()


def read_destination(file: Path) -> tuple[Destination, str]:
    """Returns the destination of a file, and its document as JSON.

    Raises:
        CommandError: if the file can't be read.
        UnusableFile: with every error of the file.
    """
    return destination_of(read_text(file))


def read_text(file: Path) -> str:
    """Returns the text of a destination file.

    Raises:
        CommandError: if the file can't be read.
        UnusableFile: if it is not text.
    """
    try:
        return file.read_text(ENCODING)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or 'cannot be read'}.") from None
    except UnicodeDecodeError:
        raise _malformed("is not UTF-8") from None


def destination_of(text: str) -> tuple[Destination, str]:
    """Returns the destination of a file's text, and its document as JSON; raises `UnusableFile` with every error."""
    document, repeated = _load(text)
    try:
        destination = publishable(document)
    except DestinationFaults as faults:
        if _holds_profiles(document):
            raise _malformed("holds profiles as AEP sends them, and is not a destination file") from None
        raise UnusableFile(*repeated, *faults.faults) from None
    if repeated:
        raise UnusableFile(*repeated)
    return destination, document


def read_value(text: str) -> Any:
    """Returns a value that is written as in a destination file: `0`, `true`, `none`, `[a, b]`.

    Raises:
        CommandError: if the text is not YAML.
    """
    try:
        return json.loads(to_json(text))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise CommandError(
            f"{text}: not a YAML value; write it as in the destination file, with quotes around special characters."
        ) from None


def _load(text: str) -> tuple[str, list[Fault]]:
    """Returns a file's content as JSON text, and an error for each repeated name."""
    repeated: list[Fault] = []

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        repeated.extend(_twice(name) for name, count in counts.items() if count > 1)
        return dict(pairs)

    try:
        content = json.loads(text, object_pairs_hook=fields)
    except (ValueError, RecursionError):
        return _load_yaml(text)
    return json.dumps(content), repeated


def _load_yaml(text: str) -> tuple[str, list[Fault]]:
    try:
        return to_json(text), list(_repeated(parse(text), ""))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise _malformed(f"is neither YAML nor JSON: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise _malformed("is neither YAML nor JSON") from None


def _holds_profiles(document: str) -> bool:
    """Whether a payload was given by mistake: what is wrong with it would be shown, and is personal data."""
    content = json.loads(document)
    if isinstance(content, dict) and "profiles" not in content:
        return not {IDENTITIES, AUDIENCES}.isdisjoint(content)  # `attributes` are in both
    profiles = content["profiles"] if isinstance(content, dict) else content
    return isinstance(profiles, list) and any(map(is_profile, profiles))


def _malformed(message: str) -> UnusableFile:
    return UnusableFile(Fault("malformed", "", "", message, ""))


def _repeated(node: yaml.Node | None, path: str) -> Iterator[Fault]:
    """Finds repeated names: in YAML a later value silently replaces an earlier one."""
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


def _twice(path: str, where: str = "") -> Fault:
    return Fault("duplicate_field", path, "", f"is repeated{where}", "each name once")
