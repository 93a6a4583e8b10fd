"""The trace shows operators what the ledger knows of a user."""

from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.profiles.trace_report import ledger_json


def test_the_row_can_be_found_in_the_table() -> None:
    row = LedgerRow("0a1b2c3d", 1, expires=2_000_000_000)
    assert ledger_json(row, "acme")["row"] == "0a1b2c3d", "docs/personal-data.md deletes it by this key"
