"""The terminal: results for machines on standard output, everything said to people on standard error."""

import json
from typing import Any

import typer


def emit(result: Any) -> None:
    """Writes a command's result as JSON, in ASCII so that no terminal's encoding can spoil it."""
    typer.echo(json.dumps(result, indent=2))


def say(text: str) -> None:
    """Tells the operator something."""
    typer.echo(text, err=True)


def agreed(question: str) -> bool:
    """Asks for a yes; no answer is a no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        say("")
        return False
