"""What docs show from the code is current, and the published JSON Schema takes and refuses what the connector does."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.unit.cli.test_drafts import FILLED_IN

from aep_moengage_cli.files.drafts import draft
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.files.survey import survey
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference import DOCS, REFERENCES

FILES = PROJECT / "tests" / "destinations"
EXAMPLES = sorted((PROJECT / "events").glob("destination*.yaml"))
VALID = [*EXAMPLES, PROJECT / "cli/aep_moengage_dev/local/destination.yaml", *sorted((FILES / "valid").iterdir())]
# what a schema cannot say: JMESPath, what is reserved, what repeats, what YAML and JSON have no word for
BEYOND_A_SCHEMA = {
    "invalid_source",
    "invalid_attribute_name",
    "duplicate_audience",
    "duplicate_field",
    "not_finite",
} | {
    "no_identity",
    "nobody_to_wait_for",
    "malformed",
    "governance_violation",
    "invalid_deny",
    "invalid_field",
}
LINE = "# yaml-language-server: $schema=../docs/destination.schema.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((DOCS / "destination.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("file", REFERENCES, ids=lambda file: file.name)
def test_what_is_made_from_the_code_is_current(file: Path) -> None:
    assert file.read_text() == REFERENCES[file](), "run: make docs"


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_the_schema_takes_what_can_be_used(validator: Any, file: Path) -> None:
    assert list(validator.iter_errors(yaml.safe_load(file.read_text().replace("2024-01-02", "'2024-01-02'")))) == []


def test_the_schema_takes_a_draft(validator: Any) -> None:
    sample = survey(profile for _, profile in read_profiles([str(PROJECT / "events" / "batch.json")]))
    assert list(validator.iter_errors(yaml.safe_load(draft(FILLED_IN, sample)))) == []


@pytest.mark.parametrize(
    "file",
    [file for file in sorted((FILES / "invalid").iterdir()) if file.stem not in BEYOND_A_SCHEMA],
    ids=lambda file: file.stem,
)
def test_the_schema_refuses_what_has_a_fault(validator: Any, file: Path) -> None:
    assert list(validator.iter_errors(yaml.safe_load(file.read_text())))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_names_its_schema_for_editors(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first == LINE
    assert (file.parent / first.partition("=")[2]).resolve() == DOCS / "destination.schema.json"
