"""The report: the demo's final numbers, as a table and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from aep_moengage.outcomes import Outcome

_MEANINGS = {
    Outcome.DELIVERED: "MoEngage accepted it",
    Outcome.UNCHANGED: "MoEngage already has this data; not sent",
    Outcome.SUPERSEDED: "a newer update of this user is known; not sent",
    Outcome.SKIPPED: "deliberately not sent: no identity",
    Outcome.REJECTED: "can never be delivered; a dead letter",
    Outcome.RETRYING: "still in the retry queue",
}


@dataclass(frozen=True, slots=True)
class Report:
    """`alarms`: the states that each alarm reported to its subscriber. `seconds`: how long the demo took."""

    received: int
    outcomes: Mapping[Outcome, int]
    lost: int
    stale: int
    wrong_audiences: int
    doubled: int
    alarms: Mapping[str, list[str]]
    seconds: float

    @property
    def unaccounted(self) -> int:
        """By how many profiles the outcomes differ from what was received; 0 if each has exactly one."""
        return self.received - sum(self.outcomes.values())

    @property
    def good(self) -> bool:
        """Whether nothing is lost, wrong or still in the retry queue, and every profile has exactly one outcome."""
        waiting = self.outcomes[Outcome.RETRYING]
        wrong = self.lost or self.stale or self.wrong_audiences or self.doubled
        return not (wrong or self.unaccounted or waiting)

    def write(self, file: Path) -> None:
        """Writes the report as JSON."""
        counts = {outcome.value: self.outcomes[outcome] for outcome in _MEANINGS}
        judged = {"lost": self.lost, "stale": self.stale, "wrong_audiences": self.wrong_audiences}
        judged |= {"doubled": self.doubled}
        more = {"alarms": dict(self.alarms), "seconds": round(self.seconds, 1)}
        content = {"received": self.received, **counts, **judged, **more}
        file.write_text(json.dumps(content, indent=2) + "\n")

    def table(self) -> Table:
        """Returns the report as a table."""
        table = Table("", "number", "", title="Outcomes of all profiles and events", title_justify="left")
        table.columns[1].justify = "right"
        table.add_row("received", str(self.received), "sent by AEP and answered with 200")
        for outcome, meaning in _MEANINGS.items():
            table.add_row(outcome.value, str(self.outcomes[outcome]), meaning)
        table.add_section()
        table.add_row(
            "lost",
            _coloured(self.lost),
            "neither the update nor a newer one, or an event, is in MoEngage",
            style="bold",
        )
        table.add_row("stale", _coloured(self.stale), "users that MoEngage shows with outdated data", style="bold")
        wrong = "users that MoEngage shows in other audiences than they are in"
        table.add_row("wrong audiences", _coloured(self.wrong_audiences), wrong, style="bold")
        table.add_row("doubled", _coloured(self.doubled), "events that MoEngage has more than once", style="bold")
        return table


def _coloured(count: int) -> str:
    return f"[{'red' if count else 'green'}]{count}[/]"
