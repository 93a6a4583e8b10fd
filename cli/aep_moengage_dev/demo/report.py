"""The report: the numbers that the demo ends with, for people and for machines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from aep_moengage.outcomes import Outcome

_MEANINGS = {
    Outcome.DELIVERED: "MoEngage accepted it",
    Outcome.UNCHANGED: "MoEngage had it already; not sent",
    Outcome.SUPERSEDED: "a newer update of this user came; not sent",
    Outcome.SKIPPED: "deliberately not sent: no identity",
    Outcome.REJECTED: "can never succeed; was in the dead-letter queue",
    Outcome.RETRYING: "still waits",
}


@dataclass(frozen=True, slots=True)
class Report:
    """`alarms`: the states that each told its subscriber of. `seconds`: that the demo took."""

    received: int
    outcomes: Mapping[Outcome, int]
    lost: int
    stale: int
    alarms: Mapping[str, list[str]]
    seconds: float

    @property
    def unaccounted(self) -> int:
        """How many profiles have no outcome, or more than one."""
        return self.received - sum(self.outcomes.values())

    @property
    def good(self) -> bool:
        """Whether nothing is lost, nothing stale, nothing waits on, and every profile has exactly one outcome."""
        waiting = self.outcomes[Outcome.RETRYING]
        return not (self.lost or self.stale or self.unaccounted or waiting)

    def write(self, file: Path) -> None:
        """Writes the report as JSON."""
        counts = {outcome.value: self.outcomes[outcome] for outcome in _MEANINGS}
        judged = {"lost": self.lost, "stale": self.stale}
        more = {"alarms": dict(self.alarms), "seconds": round(self.seconds, 1)}
        content = {"received": self.received, **counts, **judged, **more}
        file.write_text(json.dumps(content, indent=2) + "\n")

    def table(self) -> Table:
        """Returns the report as a table."""
        table = Table("", "profiles", "", title="What became of every profile", title_justify="left")
        table.columns[1].justify = "right"
        table.add_row("received", str(self.received), "handed over, and answered 200")
        for outcome, meaning in _MEANINGS.items():
            table.add_row(outcome.value, str(self.outcomes[outcome]), meaning)
        table.add_section()
        table.add_row("lost", _judged(self.lost), "neither it nor a newer update is in MoEngage", style="bold")
        table.add_row("stale", _judged(self.stale), "users that MoEngage shows older than was sent", style="bold")
        return table


def _judged(count: int) -> str:
    return f"[{'red' if count else 'green'}]{count}[/]"
