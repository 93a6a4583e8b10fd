"""The plain form of a document: the same destination, and no models needed to read it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from tests.unit.given import DOCUMENT

from aep_moengage.document import destination as plain_parts
from aep_moengage.document.parsing import PARTS, parse_destination
from aep_moengage.document.plain import read_plain, write_plain
from aep_moengage_dev.project import PROJECT

_GOVERNANCE = {"Governance", "Labels", "Policy", "Deny"}  # the operator's side only
FILES = [
    *sorted((PROJECT / "tests" / "destinations" / "valid").iterdir()),
    PROJECT / "events" / "destination-full.yaml",
    PROJECT / "events" / "destination.yaml",
]


def plain_of(text: str) -> str:
    return write_plain(text, parse_destination(text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_plain_form_is_the_destination_without_its_governance(file: Path) -> None:
    text = json.dumps(yaml.safe_load(file.read_text(encoding="utf-8-sig")), default=str)
    expected = msgspec.structs.replace(parse_destination(text), governance={})

    assert read_plain(plain_of(text), text) == expected


def test_a_document_that_was_changed_past_the_commands_is_read_itself() -> None:
    text = json.dumps(DOCUMENT)
    assert read_plain(plain_of(text), json.dumps(DOCUMENT | {"audiences": []})) is None


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"document": 1}'])
def test_a_damaged_plain_form_is_not_used(damage: str) -> None:
    assert read_plain(damage, json.dumps(DOCUMENT)) is None


def test_a_field_that_this_version_does_not_know_is_not_passed_over() -> None:
    text = json.dumps(DOCUMENT)
    newer: dict[str, Any] = json.loads(plain_of(text))
    newer["destination"]["quiet_hours"] = [22, 7]

    assert read_plain(json.dumps(newer), text) is None


@pytest.mark.parametrize("part", [part for part in PARTS.values() if part.__name__ not in _GOVERNANCE])
def test_names_and_defaults_are_those_of_the_model(part: Any) -> None:
    plain = {field.name: field for field in msgspec.structs.fields(getattr(plain_parts, part.__name__))}
    assert set(plain) == set(part.model_fields)

    for name, field in part.model_fields.items():
        assert plain[name].required == field.is_required(), name
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            expected = (
                default.model_dump(mode="json", exclude_defaults=True) if hasattr(default, "model_dump") else default
            )
            own = plain[name].default if plain[name].default is not msgspec.NODEFAULT else plain[name].default_factory()
            assert msgspec.to_builtins(own) == expected, name


@pytest.mark.parametrize("function", ["ingest", "drain", "stream", "truststore"])
def test_the_functions_import_no_models(function: str) -> None:
    paths = f"{PROJECT / 'layers' / 'connector'}:{PROJECT / 'functions' / function}"
    code = "import app, sys; print(sorted(name for name in sys.modules if name.partition('.')[0] == 'pydantic'))"
    environment = {"PYTHONPATH": paths, "AWS_DEFAULT_REGION": "us-east-1"}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603

    assert found.stdout.strip() == "[]"
