"""MoEngage's DATA APP KEY, as an operator gives it: on standard input or at a prompt, never as an argument."""

import sys

import typer

from aep_moengage_cli.complaints import Complaint

QUESTION = "MoEngage's DATA APP KEY"


def given_key(*, from_stdin: bool, question: str = QUESTION) -> str | None:
    """Returns the key that is given; None where none is: an empty answer, or nobody to ask.

    Raises:
        Complaint: if standard input should hold it and does not, or the prompt is left with Ctrl-C.
    """
    if from_stdin:
        if key := sys.stdin.readline().strip():
            return key
        raise Complaint("There is no password on standard input.")
    if not sys.stdin.isatty():
        return None
    try:
        answer: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
    except typer.Abort:
        raise Complaint("", "Nothing was done: no DATA APP KEY was given.") from None
    return answer.strip() or None
