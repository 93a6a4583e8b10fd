"""MoEngage's DATA APP KEY, read from standard input or a prompt, never from an argument."""

import sys

import typer

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import read_line

QUESTION = "MoEngage's DATA APP KEY"


def read_key(*, from_stdin: bool, question: str = QUESTION) -> str | None:
    """Returns the key; None for an empty answer, and if there is no terminal to ask at.

    Raises:
        CommandError: if standard input should hold the key and is empty, or the prompt is left with Ctrl-C.
    """
    if from_stdin:
        if key := read_line():
            return key
        raise CommandError("There is no password on standard input.")
    if not sys.stdin.isatty():
        return None
    try:
        answer: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
    except typer.Abort:
        raise CommandError("No DATA APP KEY was entered; nothing was changed.") from None
    return answer.strip() or None
