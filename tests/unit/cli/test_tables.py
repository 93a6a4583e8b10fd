"""Tables at the terminal."""

import io
import re

import pytest
from rich.console import Console

from aep_moengage_cli.tables import add_row, column, table

REQUEST = "056cefef-102e-44d0-9a9f-cf0769c8cbf8"
LONG_ID = "acme-production-of-loyalty-audiences-to-moengage-in-the-eu-west"


def shown(width: int, *cells: str) -> list[str]:
    """Returns the lines of cells of a row: an id, a text, and a request's id."""
    rows = table(column("id", whole=True), "what was said", column("request", whole=True))
    add_row(rows, *cells)
    output = io.StringIO()
    Console(file=output, width=width).print(rows)
    return [line for line in output.getvalue().splitlines() if line.startswith("│")]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_nothing_is_truncated_on_a_narrow_terminal(width: int) -> None:
    lines = shown(width, LONG_ID, "it is [bold]not[/bold] a profile", REQUEST)
    columns = zip(*(line.strip("│").split("│") for line in lines), strict=True)
    ids, said, requests = (re.sub(r"\s", "", "".join(cells)) for cells in columns)

    assert (ids, said, requests) == (LONG_ID, "itis[bold]not[/bold]aprofile", REQUEST)


def test_ids_stay_on_one_line_while_text_can_fold() -> None:
    lines = shown(80, "acme-production", "the identity is one that MoEngage takes for no user", REQUEST)

    assert "acme-production" in lines[0]
    assert REQUEST in lines[0]
