"""Every command that a page, the template or a sentence to the operator names exists, and so do its options."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from aep_moengage_cli.app import app
from aep_moengage_dev.project import PROJECT

FILES = [
    PROJECT / "README.md",
    PROJECT / "template.yaml",
    *(PROJECT / "docs").glob("*.md"),
    *(PROJECT / "events").glob("*.md"),
]
SOURCES = [*(PROJECT / "cli").rglob("*.py"), *(PROJECT / "layers" / "connector" / "aep_moengage").rglob("*.py")]
NAMED = re.compile(r"(?:`|\$ |^)aep-moengage ((?:[^`\n|<>;&#]|\\\n)+)", re.MULTILINE)


def named() -> Iterator[tuple[str, str]]:
    """Where a command is named, and the words after `aep-moengage`."""
    for file in [*FILES, *SOURCES]:
        for found in NAMED.finditer(file.read_text()):
            yield (
                str(file.relative_to(PROJECT)),
                " ".join(found[1].replace("\\\n", " ").split()).removesuffix(" --"),
            )  # a comment


def fault(words: list[str]) -> str | None:
    """What of a command does not exist; None where all of it does."""
    command: Any = typer.main.get_command(app)
    context = typer.Context(command)
    while hasattr(command, "get_command") and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return words[0]
        command, words = found, words[1:]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
    return next(
        (word for word in words if word.startswith("-") and word != "-" and word.split("=")[0] not in options), None
    )


COMMANDS = sorted(set(named()))


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 50


@pytest.mark.parametrize(("where", "command"), COMMANDS, ids=lambda each: each[:60])
def test_a_command_that_is_named_exists(where: str, command: str) -> None:
    assert fault(command.split()) is None, where
