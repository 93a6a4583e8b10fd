"""The capacity page: its sections hold what `plan` shows."""

import json
from typing import Any

from typer.testing import CliRunner

from aep_moengage_cli.app import app
from aep_moengage_dev.capacity_page import PAGE, section, written

TEXT = """# A page

<!-- aep-moengage plan --profiles 2k --limit 10000 -->
old
<!-- end -->
The end.
"""


def planned(words: list[str]) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    return plan


def test_a_section_holds_figures_and_charts_of_its_command() -> None:
    page = written(TEXT, planned)

    assert page.startswith("# A page\n\n<!-- aep-moengage plan --profiles 2k --limit 10000 -->\n")
    assert page.endswith("<!-- end -->\nThe end.\n")
    assert "| profiles received, delivered | 2,000, 2,000 |" in page
    assert page.count("```mermaid") == 2
    assert "\nold\n" not in page
    assert written(page, planned) == page


def test_what_is_too_little_is_named_with_what_to_do() -> None:
    shown = section(planned(["plan", "--profiles", "30k", "--rate", "10000"]))
    assert "| raise *PeakRequestsPerSecond* to 10,000 | deploy with PeakRequestsPerSecond=10000;" in shown


def test_every_section_of_the_page_is_filled() -> None:
    sections = PAGE.read_text().split("<!-- aep-moengage ")[1:]
    assert len(sections) == 4
    assert all("| time until all is delivered |" in each.partition("<!-- end -->")[0] for each in sections)
