"""`check`: the faults of a file at once, and what may not be meant."""

import json
from pathlib import Path

import pytest
from tests.functional.cli.conftest import EVENTS, Run

DESTINATION = EVENTS / "destination.yaml"


def test_a_file_that_can_be_used(run: Run) -> None:
    result = run("check", DESTINATION)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{DESTINATION}: can be used; no faults, no cautions.\n"


def test_every_fault_is_told_at_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(f'{DESTINATION.read_text()}\nregion: "09"\nnmae: x\nattributes: {{a: "b..c"}}\n')
    result = run("check", file)

    assert (result.exit_code, result.stderr) == (1, "")
    assert [line.split(":")[0].split()[-1] for line in result.stdout.splitlines()[:-1]] == [
        "region",
        "region",
        "attributes.a.source",
        "nmae",
    ]
    assert "unknown_region" in result.stdout
    assert result.stdout.endswith(f"{file}: cannot be used; 4 faults, no cautions.\n")


def test_faults_as_json_have_path_value_and_what_is_allowed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text().replace('"03"', '"09"'))
    result = run("check", file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "file": str(file),
        "destination": None,
        "usable": False,
        "faults": [
            {
                "code": "unknown_region",
                "path": "region",
                "value": '"09"',
                "message": "is no MoEngage data center",
                "allowed": "01, 02, 03, 04, 05, 06, 101",
            }
        ],
        "cautions": [],
    }


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a: [", b""])
def test_what_is_no_document_is_a_fault(run: Run, tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "destination.yaml"
    file.write_bytes(text)
    result = run("check", file, "--json")

    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["faults"]
    assert fault["code"] in {"malformed", "wrong_type"}


def test_samples_show_what_is_in_none_of_them(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "attributes: {First_Name: person.firstName}\n")
    result = run("check", file, "--events", EVENTS / "http_api_default.json", EVENTS / "batch.json", "--json")

    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["destination"], report["usable"]) == ("acme-production", True)
    (source, *_) = report["cautions"]
    assert source == {
        "code": "source_never_found",
        "path": "attributes.First_Name.source",
        "message": "person.firstName is in none of 5 profiles",
        "near": ["person.name.firstName"],
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.yaml"], "missing.yaml: No such file"),
        ([DESTINATION, "--events", "missing.json"], "missing.json: No such file"),
        ([DESTINATION, "--events", EVENTS / "destination.yaml"], "the body is not JSON"),
    ],
)
def test_what_cannot_be_read_is_exit_2(run: Run, arguments: list[object], says: str) -> None:
    result = run("check", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_password_in_the_file_is_not_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "password: canary-7f3a\n")
    result = run("check", file)

    assert result.exit_code == 1
    assert "`connect` asks for the password" in result.stdout
    assert "canary-7f3a" not in result.output
