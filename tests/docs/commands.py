"""Finds the commands that pages, the template, messages and help texts print, and parses them."""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from aep_moengage_cli.app import app
from aep_moengage_dev.project import PROJECT

FROM_HELP = PROJECT / "docs" / "cli.md"  # made from the help texts, which are looked at themselves
PAGES = sorted(
    {PROJECT / "README.md", *(PROJECT / "docs").glob("*.md"), *(PROJECT / "events").glob("*.md")} - {FROM_HELP}
)
TEMPLATE = PROJECT / "template.yaml"
OPERATORS = PROJECT / "cli" / "aep_moengage_cli"
SOURCES = sorted([*(PROJECT / "cli").rglob("*.py"), *(PROJECT / "layers" / "connector" / "aep_moengage").rglob("*.py")])
PROGRAM = "aep-moengage"
# placeholders for values that are no text -> an example
_VALUE = "12345678"  # for a value that a message fills in: an id, a number, or a path
_EXAMPLES = {"ID": _VALUE, "VERSION": "3", "N": "3", "WHEN": "2h"}
_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SHELL_LINE = re.compile(rf"^(?:<!-- )?(?:\$ | *-? ?run: )?((?:\w+=\S+ )*{PROGRAM} .*?)(?: -->)?$", re.MULTILINE)
_IN_TEXT = re.compile(rf"`{PROGRAM}\s([^`]+)`|(?:run: ){PROGRAM} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """A command that is printed somewhere: its words after the program's name.

    `prose`: in a sentence of a page, which may just name a command.
    """

    where: str
    words: tuple[str, ...]
    prose: bool = False


def printed() -> Iterator[Printed]:
    """Yields every printed command."""
    for page in PAGES:
        yield from _in_page(page)
    text = TEMPLATE.read_text()
    yield from (Printed(TEMPLATE.name, words, prose=True) for words in _in_text(text))
    for source in SOURCES:
        where = str(source.relative_to(PROJECT))
        for text in _texts(ast.parse(source.read_text())):
            yield from (Printed(where, words, OPERATORS not in source.parents) for words in _in_text(text))


def _in_page(page: Path) -> Iterator[Printed]:
    text, where = page.read_text().replace("\\\n", " "), str(page.relative_to(PROJECT))
    blocks = "\n".join([*_FENCE.findall(text), *re.findall(r"^<!-- \$ .*-->$", text, re.MULTILINE)])
    for line in _SHELL_LINE.findall(blocks):
        yield from (Printed(where, words) for words in _in_shell(line))
    yield from (Printed(where, words, prose=True) for words in _in_text(_FENCE.sub("", text)))


def _in_text(text: str) -> Iterator[tuple[str, ...]]:
    for quoted, unquoted in _IN_TEXT.findall(text):
        yield from _in_shell(f"{PROGRAM} {quoted or unquoted}")


def _in_shell(line: str) -> Iterator[tuple[str, ...]]:
    """Yields the commands of a line, without redirections and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="<>|;&()")
    lexer.whitespace_split = True
    words: list[str] | None = None
    for word in [*lexer, ";"]:
        if words is not None and re.fullmatch(r"[<>|;&()]+", word):
            yield tuple(words)
            words = None
        elif words is not None:
            words.append(_EXAMPLES.get(word, word))
        elif word == PROGRAM:
            words = []


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yields the string literals of a module, adjacent ones joined."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else _VALUE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def resolve(words: Sequence[str]) -> tuple[Any, typer.Context, list[str]]:
    """Returns the command that words name, the context of its group, and the words that are left: its arguments.

    Raises:
        LookupError: if there is no such command.
    """
    command: Any = typer.main.get_command(app)
    context, rest = typer.Context(command, info_name=PROGRAM), list(words)
    while hasattr(command, "get_command"):
        found = command.get_command(context, rest[0]) if rest else None
        if found is None and getattr(command, "invoke_without_command", False):
            break  # a group that does something itself
        if found is None:
            raise LookupError(f"there is no command {' '.join(words)}")
        context, command, rest = typer.Context(command, parent=context, info_name=command.name), found, rest[1:]
    return command, context, rest


def parse(words: Sequence[str]) -> None:
    """Parses a command with its arguments, with the command's own parser, which raises what makes it exit with 2."""
    command, context, rest = resolve(words)
    command.make_context(command.name, rest, parent=context, resilient_parsing=False)
