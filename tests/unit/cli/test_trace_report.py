"""The trace shows operators what the ledger knows of a user."""

import re

from rich.console import Console

from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.profiles.trace_report import journey_table, ledger_json
from aep_moengage_cli.profiles.traces import Journey, Step


def test_the_row_can_be_found_in_the_table() -> None:
    row = LedgerRow("0a1b2c3d", 1, expires=2_000_000_000)
    assert ledger_json(row, "acme")["row"] == "0a1b2c3d", "docs/personal-data.md deletes it by this key"


def step(function: str, outcome: str, why: str | None, attempts: int) -> Step:
    at = 1_700_000_000_000 + attempts * 60_000
    return Step(at, function, "request-1", 1_700_000_000_000, 0, outcome, None, why, attempts, f"id-{attempts}", ())


def test_attempts_that_went_alike_share_a_row_that_fits_80_columns() -> None:
    refused = "401: MoEngage refuses the credentials"
    waited = [step("drain", "retrying", refused, attempt) for attempt in range(1, 7)]
    steps = (step("ingest", "retrying", refused, 0), *waited, step("drain", "delivered", None, 7))
    console = Console(width=80, record=True, color_system=None)
    console.print(journey_table(Journey("request-1", 0, steps)))
    shown = console.export_text()

    assert shown.count("retrying") == 2
    assert re.search(r"attempts 1 .*\n.* to 6 ", shown)
    assert "id-6" in shown
    assert "id-5" not in shown
    assert "delivered" in shown
    assert len(shown.splitlines()) < 25
