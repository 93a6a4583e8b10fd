"""`history` at a narrow terminal: a name that somebody copies is on one line."""

import io

from rich.console import Console

from aep_moengage_cli.commands.history import paragraphs
from aep_moengage_cli.destinations.versions import Version

NAME = "attributes.last_purchase_total.source"


def test_names_of_fields_are_not_broken() -> None:
    version = Version("acme", 3, "{}", who="ops", when="2026-11-27T10:00:00Z", why="a new total", what=f"{NAME}: added")
    shown = io.StringIO()
    Console(file=shown, width=50).print(*paragraphs(version))

    assert NAME in shown.getvalue()
    assert "version 3" in shown.getvalue()
