"""What every command has in common: its help and its place."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from aep_moengage_cli import app as application
from aep_moengage_dev.project import PROJECT


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


def test_every_command_module_is_a_command() -> None:
    modules = {path.stem for path in (PROJECT / "cli" / "aep_moengage_cli" / "commands").glob("*.py")}
    assert modules - {"__init__", "options"} == {name.replace("-", "_") for name in application.COMMANDS}
    assert len(set(application.COMMANDS)) == len(application.COMMANDS)


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(application.app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in application.COMMANDS)
    assert "--install-completion" in result.stdout


def test_help_has_panels_and_a_mistyped_command_a_suggestion() -> None:
    shown = CliRunner().invoke(application.app, ["--help"]).stdout
    assert all(f"─ {panel} ─" in shown for panel in application.PANELS)
    mistyped = CliRunner().invoke(application.app, ["chek"])
    assert (mistyped.exit_code, "Did you mean 'check'" in mistyped.stderr) == (2, True)


def test_help_has_no_type_after_a_flag() -> None:
    shown = CliRunner().invoke(application.app, ["failures", "purge", "--help"]).stdout
    (line,) = (line for line in shown.splitlines() if "--dry-run" in line)
    assert "bool" not in line


@pytest.mark.parametrize("command", [[], ["connect"], ["map"], ["failures", "show"], ["plan"]], ids=" ".join)
def test_help_has_no_placeholders_that_say_nothing(command: list[str]) -> None:
    shown = CliRunner().invoke(application.app, [*command, "--help"], terminal_width=80).stdout
    usage = next(line for line in shown.splitlines() if "Usage:" in line)
    assert not re.search(r"[{<]|\[\[", usage)
    assert not re.search(r"<(bool|str|int|float|list|string)", shown)


def test_mistyped_option_has_a_suggestion() -> None:
    mistyped = CliRunner().invoke(application.app, ["failures", "redrive", "--reson", "refused"])
    assert (mistyped.exit_code, "--reason" in mistyped.stderr) == (2, True)
