"""Coming from MoEngage's own card: which attribute it filled, and a file that keeps it."""

import json
from pathlib import Path

import pytest
import yaml
from tests.functional.cli.conftest import DESTINATION, EVENTS, KEY, File, Run

from aep_moengage_dev.simulator.simulator import Simulator
from aep_moengage_dev.simulator.workspace import User

FILLED_IN = ("--region", "03", "--username", "ACME1234")


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch, moengage: Simulator) -> None:
    monkeypatch.setenv("MOENGAGE_ENDPOINT", moengage.url)


def hold(moengage: Simulator, **attributes: list[str]) -> None:
    moengage.workspace.users["ada"] = User({name.replace("_", " "): names for name, names in attributes.items()})


@pytest.mark.parametrize("attribute", ["AEPSegments", "AEP Segment"])
@pytest.mark.parametrize("source", ["--adobe-card", str(EVENTS / "batch.json")])
def test_drafted_file_keeps_the_attribute(
    run: Run, moengage: Simulator, tmp_path: Path, attribute: str, source: str
) -> None:
    hold(moengage, **{attribute: ["Gold"]})
    file = tmp_path / "acme.yaml"
    result = run("init", source, *FILLED_IN, "--from-card", "ada", "--password-stdin", "--output", file, stdin=KEY)

    assert result.exit_code == 0, result.stderr
    document = yaml.safe_load(file.read_text())
    assert (document["audience_attribute"], document["existing_audiences"]) == (attribute, "keep")
    assert run("check", file).exit_code == 0
    assert KEY not in file.read_text()


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({"AEPSegments": ["Gold"], "AEP_Segment": ["Gold"]}, "has both"),
        ({"other": ["Gold"]}, "has neither"),
    ],
)
def test_attribute_that_is_not_clear_is_an_error(
    run: Run, moengage: Simulator, held: dict[str, list[str]], says: str
) -> None:
    hold(moengage, **held)
    result = run("init", "--adobe-card", *FILLED_IN, "--from-card", "ada", "--password-stdin", stdin=KEY)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_unknown_user_is_an_error(run: Run) -> None:
    result = run("init", "--adobe-card", *FILLED_IN, "--from-card", "eve", "--password-stdin", stdin=KEY)
    assert result.exit_code == 2
    assert "MoEngage has no user eve" in result.stderr


def test_workspace_has_to_be_given(run: Run) -> None:
    result = run("init", "--adobe-card", "--from-card", "ada", "--password-stdin", stdin=KEY)
    assert result.exit_code == 2
    assert "--data-center and --username" in result.stderr


@pytest.mark.parametrize(("written", "cautions"), [("AEPSegments", 0), ("AEP Segment", 1)])
def test_check_warns_of_the_other_attribute(
    run: Run, moengage: Simulator, file: File, written: str, cautions: int
) -> None:
    hold(moengage, AEPSegments=["Gold"])
    path = file(audience_attribute=written)
    result = run("check", path, "--online", "--user", "ada", "--password-stdin", "--json", stdin=KEY)

    assert result.exit_code == 0, result.output
    found = [each for each in json.loads(result.stdout)["cautions"] if each["code"] == "other_audience_attribute"]
    assert len(found) == cautions
    assert all("`audience_attribute: AEPSegments`" in each["message"] for each in found)


def test_user_needs_online(run: Run) -> None:
    result = run("check", DESTINATION, "--user", "ada")
    assert result.exit_code == 2
    assert "need --online" in result.stderr
