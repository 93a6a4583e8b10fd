"""MoEngage's DATA APP KEY, as an operator gives it: on standard input or at a prompt, never as an argument."""

import sys

import typer

from aep_moengage_cli.complaints import Complaint

QUESTION = "MoEngage's DATA APP KEY"


def given_key(*, from_stdin: bool, question: str = QUESTION) -> str | None:
    """Returns the key that is given; None where none is: an empty answer, or nobody to ask.

    Raises:
        Complaint: if standard input should hold it and does not.
    """
    if from_stdin:
        if key := sys.stdin.readline().strip():
            return key
        raise Complaint("There is no password on standard input.")
    if not sys.stdin.isatty():
        return None
    answer: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
    return answer.strip() or None
