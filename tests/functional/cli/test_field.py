"""Files as operators and samples really have them (tests/field, after public reports)."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.functional.cli.conftest import DESTINATION, KEY, Cloud, Run, json_of

from aep_moengage_dev.project import PROJECT

FIELD = PROJECT / "tests" / "field"


def codes(run: Run, case: str) -> dict[str, str]:
    """Returns the messages of `check` by code; of several with a code, the last."""
    report = json_of(run("check", FIELD / f"{case}.yaml", "--events", FIELD / f"{case}.json", "--json"))
    return {caution["code"]: caution["message"] for caution in report["cautions"]}


def draft(run: Run, case: str) -> dict[str, Any]:
    """Returns the draft from a case's samples."""
    return dict(yaml.safe_load(run("init", FIELD / f"{case}.json").stdout))


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


def test_own_namespace_beside_ecid_is_drafted_as_user_id(run: Run) -> None:
    assert draft(run, "15-init-luma-namespace")["identities"] == {"user_id": "lumaCrmId", "anonymous_id": "ECID"}


def test_location_is_drafted_under_names_that_moengage_updates(run: Run) -> None:
    assert list(draft(run, "52-location-names")["attributes"]) == [
        "home_city",
        "home_state",
        "home_country",
        "postal_code",
    ]


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("90-sender-typo-identity-map", "not spelled identityMap"),
        ("16-xdm-prefixed", "names begin with xdm:"),
    ],
)
def test_foreign_spelling_is_named_by_check_and_init(run: Run, case: str, says: str) -> None:
    found = codes(run, case)
    assert says in found["sample_not_an_export"]
    assert "identity_never_found" not in found
    drafted = run("init", FIELD / f"{case}.json")
    assert says in drafted.stderr
    assert says in drafted.stdout


@pytest.mark.parametrize("command", ["init", "preview", "check"])
def test_envelope_of_the_profile_api_is_named(run: Run, command: str) -> None:
    case = FIELD / "74-profiles-api-envelope"
    options = {
        "init": [f"{case}.json"],
        "preview": ["--destination", f"{case}.yaml", f"{case}.json"],
        "check": [f"{case}.yaml", "--events", f"{case}.json"],
    }
    result = run(command, *options[command])
    assert result.exit_code == 2
    assert "an answer of the profile API (entity)" in result.stderr


def test_keys_that_are_ids_are_a_caution_and_not_drafted(run: Run) -> None:
    assert "the keys of _tenant.views look like ids" in codes(run, "47-dynamic-map-all")["dynamic_keys"]
    assert draft(run, "47-dynamic-map-all")["attributes"] == {}


def test_times_that_stay_text_are_a_caution(run: Run) -> None:
    report = json_of(
        run(
            "check",
            FIELD / "34-js-and-other-date-texts.yaml",
            "--events",
            FIELD / "34-js-and-other-date-texts.json",
            "--json",
        )
    )
    paths = [each["path"] for each in report["cautions"] if each["code"] == "time_sent_as_text"]
    assert paths == [f"attributes.{name}" for name in "abcehij"]


def test_ids_that_differ_by_case_are_a_caution(run: Run) -> None:
    assert "differ only by case" in codes(run, "03-email-id-two-spellings")["ids_differ_by_case"]
