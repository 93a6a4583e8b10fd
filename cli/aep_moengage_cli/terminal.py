"""The terminal: results for programs go to standard output, messages for people to standard error."""

import json
from typing import Any

import typer


def emit(result: Any) -> None:
    """Writes a command's result as JSON, in ASCII so that it survives any terminal's encoding."""
    typer.echo(json.dumps(result, indent=2))


def say(text: str) -> None:
    """Writes a message to the operator."""
    typer.echo(text, err=True)


def agreed(question: str) -> bool:
    """Asks a yes-or-no question; no answer means no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        say("")
        return False
