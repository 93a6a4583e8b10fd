"""Files as operators and samples really have them (tests/field, after public reports)."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.functional.cli.conftest import DESTINATION, KEY, Cloud, Run, json_of

from aep_moengage_dev.project import PROJECT

FIELD = PROJECT / "tests" / "field"


def preview(run: Run, case: str) -> dict[str, Any]:
    """Returns the record of the only profile of a case."""
    (profile,) = json_of(run("preview", "--destination", FIELD / f"{case}.yaml", FIELD / f"{case}.json"))["profiles"]
    return dict(profile["requests"][0]["body"]["attributes"])


def test_byte_order_mark_of_a_body_is_skipped(run: Run) -> None:
    assert run("preview", "--destination", FIELD / "58-bom.yaml", FIELD / "58-bom.json").exit_code == 0
    assert run("check", FIELD / "58-bom.yaml", "--events", FIELD / "58-bom.json").exit_code == 0
    assert run("init", FIELD / "58-bom.json").exit_code == 0


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_byte_order_mark_of_a_destination_file_is_skipped(run: Run, tmp_path: Path, suffix: str) -> None:
    content = {"id": "acme", "name": "Acme", "region": "03", "username": "ACME1234"}
    file = tmp_path / f"destination{suffix}"
    file.write_text(json.dumps(content | {"audiences": "all", "identities": {"user_id": "crmid"}}), "utf-8-sig")
    assert run("check", file).exit_code == 0
    assert run("check", FIELD / "108-destination-file-bom-crlf.yaml").exit_code == 0


def test_byte_order_mark_before_a_key_is_skipped(run: Run, cloud: Cloud) -> None:
    json_of(run("connect", DESTINATION, "--password-stdin", stdin=f"\ufeff{KEY}\r\n"))
    assert cloud.parameters()["acme-production/password"][1] == KEY


def test_unquoted_values_of_yaml_are_sent_as_written(run: Run) -> None:
    sent = preview(run, "116-yaml-norway-and-octal-defaults")
    assert {name: value for name, value in sent.items() if name != "AEP Segment"} == {
        "country": "NO",
        "branch": "0712",
        "since": "2024-03-02",
        "time": "12:30",
        "country_text": "NO",
        "branch_text": "0712",
    }


def test_unquoted_number_is_an_error_where_text_is_needed(run: Run) -> None:
    result = run("check", FIELD / "109-unquoted-yaml.yaml", "--json")
    errors = {error["path"]: error["value"] for error in json.loads(result.stdout)["errors"]}
    assert errors == {"name": "2024", "audiences[0].id": "1234567", "attributes.e-mail.source": '"_tenant.e-mail"'}


def test_several_documents_in_a_json_file_are_named(run: Run) -> None:
    case = FIELD / "61-ndjson-in-json-file.json"
    for result in (run("init", case), run("preview", "--destination", DESTINATION, case)):
        assert result.exit_code == 2
        assert "name the file .jsonl" in result.stderr
