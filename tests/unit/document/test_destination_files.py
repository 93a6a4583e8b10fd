"""Destination files: those in `valid` can be used, and each of those in `invalid` has the error in its name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import aep_moengage
import aep_moengage_cli
from aep_moengage_cli.files.documents import UnusableFile, read_destination
from aep_moengage_dev.project import PROJECT

FILES = PROJECT / "tests" / "destinations"
VALID, INVALID = sorted((FILES / "valid").iterdir()), sorted((FILES / "invalid").iterdir())
PACKAGES = [Path(str(package.__file__)).parent for package in (aep_moengage, aep_moengage_cli)]
RAISED_BY = {"PydanticCustomError", "Fault", "fault"}


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_file_can_be_used(file: Path) -> None:
    read_destination(file)


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_file_has_the_error_in_its_name(file: Path) -> None:
    with pytest.raises(UnusableFile) as raised:
        read_destination(file)

    (fault,) = raised.value.faults
    assert fault.code == file.stem
    assert fault.code == "malformed" or (fault.path and fault.allowed)


def codes() -> Iterator[str]:
    """Yields every code that an error can have, as the source has them."""
    for package in PACKAGES:
        for module in package.rglob("*.py"):
            text = module.read_text(encoding="utf-8")
            if module.name == "faults.py" or "aep_moengage.document.faults" in text or "PydanticCustomError" in text:
                yield from _codes_in(ast.parse(text))
    from aep_moengage.document.faults import _KNOWN  # noqa: PLC0415 # private to its module

    yield from (code for code, _ in _KNOWN.values())


def _codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if name in RAISED_BY:
                yield code


def test_every_error_code_has_a_file() -> None:
    there = {file.stem for file in INVALID}
    known = set(codes())
    assert {"missing", "unknown_region", "duplicate_audience", "duplicate_field"} <= known
    assert known == there, "give tests/destinations/invalid a file for each"
