"""`init`: a destination file drafted from sample profiles, which `check` and `preview` accept."""

import json
from pathlib import Path

import pytest
from tests.functional.cli.conftest import EVENTS, Run

FILLED_IN = ("--data-center", "03", "--username", "ACME1234")
OTHERS = {"env.json", "apigateway-health.json", "sqs-poison.json", "kinesis-poison.json"}
BODIES = sorted(file for file in EVENTS.glob("*.json") if file.name not in OTHERS)


@pytest.mark.parametrize("event", BODIES, ids=lambda file: file.name)
def test_draft_passes_check_and_preview(run: Run, tmp_path: Path, event: Path) -> None:
    file = tmp_path / "acme.yaml"
    drafted = run("init", event, *FILLED_IN, "--output", file)
    checked = run("check", file, "--events", event, "--json")
    kind = ["--events"] if "\nevents:" in file.read_text() else []
    previewed = run("preview", "--destination", file, *kind, event)

    assert (drafted.exit_code, drafted.stdout) == (0, "")
    assert f"{file} is written" in drafted.stderr
    report = json.loads(checked.stdout)
    assert (checked.exit_code, report["errors"]) == (0, [])
    assert not [each for each in report["cautions"] if each["code"] == "source_never_found"]
    assert previewed.exit_code == 0


def test_template_without_samples_shows_what_to_fill_in(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    drafted = run("init", "--output", file)
    assert (drafted.exit_code, "Its id, my-destination, becomes a part of the URL" in drafted.stderr) == (0, True)
    result = run("check", file, "--json")

    assert result.exit_code == 1
    assert [error["path"] for error in json.loads(result.stdout)["errors"]] == ["region", "username"]
    file.write_text(run("init", *FILLED_IN).stdout)
    assert run("check", file).exit_code == 0


def test_id_is_made_from_the_name(run: Run) -> None:
    text = run("init", "--name", "Acme Loyalty (EU)", *FILLED_IN).stdout
    assert "id: acme-loyalty-eu " in text
    assert 'name: "Acme Loyalty (EU)"\n' in text
    assert "id: other " in run("init", "--name", "Acme", "--id", "other").stdout


def test_existing_file_is_overwritten_only_with_force(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text("mine")
    refused = run("init", "--output", file)

    assert (refused.exit_code, file.read_text()) == (2, "mine")
    assert "--force" in refused.stderr
    assert run("init", "--output", file, "--force").exit_code == 0
    assert file.read_text() != "mine"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--region", "09"], "--data-center: is not a MoEngage data center"),
        (["--username", "has spaces"], "--username: does not have the allowed form"),
        (["--id", "Not An Id"], "--id: does not have the allowed form"),
        (["missing.json"], "missing.json: No such file"),
        (["--output", "missing/acme.yaml"], "No such file"),
    ],
)
def test_invalid_input_exits_2(run: Run, options: list[str], says: str) -> None:
    result = run("init", *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
