"""What every command has in common: its help, its place, its completion."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from aep_moengage_cli import app as application
from aep_moengage_cli.local.project import PROJECT


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be run, with its parts."""
    for name in application.COMMANDS:
        command: Any = typer.main.get_command(import_module(f"aep_moengage_cli.commands.{name.replace('-', '_')}").app)
        parts = getattr(command, "commands", None)
        yield from [(name, command)] if parts is None else ((f"{name} {part}", each) for part, each in parts.items())


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_help_has_an_example_exit_codes_and_the_permission(name: str, command: Any) -> None:
    text = command.help
    examples = [
        line for line in text.splitlines() if f"`aep-moengage {name} " in line or f"`aep-moengage {name}`" in line
    ]

    assert examples, f"{name}: no example that runs it"
    assert "Example:" in text or "Examples:" in text
    assert "Exit codes:" in text
    assert "* 0: " in text
    assert "* 2: " in text
    assert "Needs: " in text
    assert all(parameter.help for parameter in command.params if not parameter.hidden), (
        f"{name}: an option without help"
    )


def test_every_module_of_a_command_is_a_command() -> None:
    modules = {path.stem for path in (PROJECT / "cli" / "aep_moengage_cli" / "commands").glob("*.py")}
    assert modules - {"__init__", "options"} == {name.replace("-", "_") for name in application.COMMANDS}
    assert len(set(application.COMMANDS)) == len(application.COMMANDS)


def test_the_help_lists_every_command() -> None:
    result = CliRunner().invoke(application.app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in application.COMMANDS)
    assert "--install-completion" in result.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("aep-moengage ro", {"rollback", "rotate-token", "rotate-key"}),
        ("aep-moengage destinations d", {"delete"}),
        ("aep-moengage map acme --type n", {"number"}),
    ],
)
def test_the_shell_completes(words: str, expected: set[str]) -> None:
    asked = {"_AEP_MOENGAGE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [sys.executable, "-c", "from aep_moengage_cli.app import app; app(prog_name='aep-moengage')"]
    done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 # ourselves
    assert set(done.stdout.split()) == expected
