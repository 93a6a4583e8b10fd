"""The demo's lines keep to the width of the terminal, and break between words."""

import io

from rich.console import Console

from aep_moengage_dev.demo.stage import Stage

WORDS = "7 x [bold]refused[/]: the id is over 1,024 characters long, has control characters, or is an inexact number."


def test_a_long_line_is_indented_and_breaks_between_words() -> None:
    shown = io.StringIO()
    Stage(Console(file=shown, width=40)).say(WORDS)

    lines = shown.getvalue().splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  ") and len(line) <= 40 and line == line.rstrip() for line in lines)
    assert " ".join(line.strip() for line in lines) == WORDS.replace("[bold]", "").replace("[/]", "")
