"""`deploy`: the project that it writes, and what it has SAM do. SAM itself is a stand-in that records its words."""

import json
from pathlib import Path

import pytest
from tests.functional.cli.conftest import Run

from aep_moengage_dev.project import PROJECT

RECORDER = """#!/usr/bin/env python3
import json, os, pathlib, sys
with open(os.environ["RECORD"], "a") as record:
    seen = sorted(str(path) for path in pathlib.Path(".").rglob("*") if path.is_file())
    print(json.dumps({"words": sys.argv[1:], "files": seen, "arch": os.environ.get("ARCHITECTURE")}), file=record)
sys.exit(int(os.environ.get("FAILS", 0)) if sys.argv[1] == "deploy" else 0)
"""
OURS = ("layers/connector/aep_moengage/functions/ingest.py", "functions/ingest/app.py", "template.yaml")


@pytest.fixture
def record(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What SAM was told, one line of JSON a call."""
    sam = tmp_path / "bin" / "sam"
    sam.parent.mkdir()
    sam.write_text(RECORDER)
    sam.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sam.parent}:/usr/bin:/bin")
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return tmp_path / "record"


def test_sam_builds_and_deploys_what_the_command_carries(run: Run, record: Path) -> None:
    options = ("--parameter", "Architecture=x86_64", "--parameter", "AlertEmail=a@b.example")
    result = run("deploy", *options, "--region", "eu-west-1", "--stack-name", "acme", "--yes")

    assert result.exit_code == 0, result.stderr
    build, deploy = (json.loads(line) for line in record.read_text().splitlines())
    assert (build["words"], build["arch"]) == (["build"], "x86_64")
    assert set(OURS) <= set(build["files"])
    assert not [file for file in build["files"] if "__pycache__" in file or "aep_moengage_cli" in file]
    assert " ".join(deploy["words"]) == (
        "deploy --stack-name acme --region eu-west-1 --s3-prefix acme --no-confirm-changeset "
        "--parameter-overrides Architecture=x86_64 AlertEmail=a@b.example"
    )


def test_failure_of_sam_is_the_commands(run: Run, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "1")
    result = run("deploy", "--region", "eu-west-1", "--yes")

    assert (result.exit_code, "`sam deploy` failed" in result.stderr) == (1, True)


@pytest.mark.usefixtures("record")
def test_written_project_replaces_an_older_one(run: Run, tmp_path: Path) -> None:
    old = tmp_path / "project" / "layers" / "connector" / "aep_moengage" / "former.py"
    old.parent.mkdir(parents=True)
    old.touch()
    result = run("deploy", "--write", "project", "--region", "eu-west-1")

    assert result.exit_code == 0, result.stderr
    assert not old.exists()
    assert (tmp_path / "project" / "template.yaml").read_bytes() == (PROJECT / "template.yaml").read_bytes()
    assert result.stdout.splitlines()[:2] == ["cd project", "sam build"]
    assert result.stdout.splitlines()[2].startswith("sam deploy --stack-name aep-moengage --region eu-west-1")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "No AWS region is set"),
        (["--region", "eu-west-1", "--parameter", "AlertEmail"], "NAME=VALUE"),
    ],
)
def test_invalid_options_exit_2(run: Run, options: list[str], says: str) -> None:
    result = run("deploy", *options)
    assert (result.exit_code, says in result.stderr) == (2, True)


def test_without_sam_it_says_how_to_install_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    result = run("deploy", "--region", "eu-west-1", "--yes")
    assert (result.exit_code, "aws-sam-cli" in result.stderr) == (2, True)
