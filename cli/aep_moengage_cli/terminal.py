"""The terminal: results for programs go to standard output, messages for people to standard error."""

import json
import sys
from typing import Any

import typer

_BYTE_ORDER_MARK = "\ufeff"  # some programs, as on Windows, write one at the beginning of a file


def json_text(value: Any, encoding: str = "utf-8") -> str:
    """Returns JSON with its characters as they are, or escaped if an encoding lacks one of them."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, indent=2)
    return text


def emit(result: Any) -> None:
    """Writes a command's result as JSON."""
    typer.echo(json_text(result, sys.stdout.encoding or "ascii"))


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


def read_input() -> str:
    """Returns standard input, without a byte order mark."""
    return sys.stdin.read().removeprefix(_BYTE_ORDER_MARK)


def read_line() -> str:
    """Returns the first line of standard input, without a byte order mark, the line end, and spaces around it."""
    return sys.stdin.readline().removeprefix(_BYTE_ORDER_MARK).strip()
