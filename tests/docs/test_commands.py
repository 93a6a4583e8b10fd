"""Every printed command works as printed: it parses whole, and runs as far as it can without AWS and MoEngage."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.docs.commands import Printed, parse, printed, resolve
from typer.testing import CliRunner

from aep_moengage_cli.app import app
from aep_moengage_dev.project import PROJECT

# Errors of the place where the tests run: no AWS, no MoEngage, no Adobe, no local stack, no terminal, no such file.
NOT_HERE = (
    "No AWS region is set",
    "MoEngage can't be reached",
    "No local stack is running",
    "--watch needs a terminal",
    "No such file",
    "Set ADOBE_CLIENT_ID",
    "give the DATA APP KEY with --password-stdin",  # there is no terminal to ask on
)
SERVERS = {"console"}  # these run until Ctrl-C: tests/unit/console/test_command.py, tests/e2e/test_console.py
SHORTER = {"--profiles": "2k", "--situation": "neighbour"}  # an outage is planned in tests/functional/cli/test_plan.py
CAPACITY = PROJECT / "cli" / "aep_moengage_cli" / "capacity"  # has tables that a page calls by their names
SAMPLES = {".yaml": PROJECT / "events" / "destination.yaml", ".json": PROJECT / "events" / "http_api_default.json"}


def only_names_a_command(command: Printed) -> bool:
    return command.prose and not resolve(command.words)[2]


PRINTED = sorted(set(printed()), key=lambda each: (each.where, each.words))
COMMANDS = [each for each in PRINTED if not only_names_a_command(each)]
DISTINCT = {each.words: each for each in COMMANDS if each.words[0] not in SERVERS}.values()


def name(command: Printed) -> str:
    return f"{command.where}: {' '.join(command.words)}"[:100]


@pytest.fixture
def operators_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory with the sample events, without AWS or MoEngage."""
    (tmp_path / "events").symlink_to(PROJECT / "events")
    monkeypatch.chdir(tmp_path)
    for variable in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AEP_MOENGAGE_STACK"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, "/dev/null")
    monkeypatch.setenv("AEP_MOENGAGE_TOKEN", "acme.token")
    monkeypatch.setenv("MOENGAGE_ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


def _in_short(words: Sequence[str]) -> list[str]:
    """A command's words, with what `plan` simulates within a second instead of a minute."""
    return [SHORTER.get(before, word) for before, word in zip(("", *words), words, strict=False)]


def test_commands_are_found_everywhere() -> None:
    places = {each.where.rpartition("/")[0] or each.where for each in PRINTED}
    assert places >= {"README.md", "docs", "events", "template.yaml", "cli/aep_moengage_cli/commands"}
    assert len(COMMANDS) > 80


@pytest.mark.parametrize("command", COMMANDS, ids=name)
def test_printed_command_parses(command: Printed) -> None:
    parse(command.words)


@pytest.mark.parametrize("command", DISTINCT, ids=name)
def test_printed_command_runs_as_far_as_it_can(command: Printed, operators_directory: Path) -> None:
    for before, word in zip(("", *command.words), command.words, strict=False):
        path = operators_directory / word
        if path.suffix in SAMPLES and not path.exists() and before != "--output":
            table = CAPACITY / path.name
            shutil.copy(table if table.exists() else SAMPLES[path.suffix], path)
    result = CliRunner().invoke(app, _in_short(command.words), input="data-app-key\n")

    assert result.exit_code in {0, 1} or any(error in result.stderr for error in NOT_HERE), result.stderr
