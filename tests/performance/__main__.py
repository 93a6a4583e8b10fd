"""`make bench`: measures this checkout, and others beside it, and prints ratios within the run. Nothing fails.

`BEFORE` names other checkouts to measure in turn with this one: `BEFORE=name=folder,name=folder`. `TURNS` is how often
each is measured.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.performance.charts import draw
from tests.performance.contest import measure
from tests.performance.dollars import dollars_of
from tests.performance.fakes import running
from tests.performance.report import Figures, figures_of, grown, kept_report, relative, report_of
from tests.performance.traffic import traffic_of

from aep_moengage_dev.project import PROJECT

NOW = "now"
TURNS = {"transform": 3, "ingest": 3, "drain": 3, "import": 3, "cold": 3, "growth": 1}  # unless TURNS says otherwise
_WORK = PROJECT / ".bench"


def main() -> None:
    """Measures, prints tables, keeps `.bench/report.json`, and draws docs/performance.svg if it compares."""
    console = Console(highlight=False)
    others = dict(pair.split("=", 1) for pair in os.environ.get("BEFORE", "").split(",") if pair)
    contenders = {NOW: PROJECT} | {name: Path(folder).resolve() for name, folder in others.items()}
    with console.status("Measuring"), running(_WORK / "tls") as fakes:
        suites = measure(_turns(), contenders, fakes, _WORK / "turns")
        traffic = {name: traffic_of(checkout, fakes) for name, checkout in contenders.items()}
    figures = {name: figures_of(suite) for name, suite in suites.items()}
    bills = {name: dollars_of(contenders[name], each, traffic[name]) for name, each in figures.items()}
    before = {name: each for name, each in figures.items() if name != NOW}
    report = report_of(figures[NOW], before, traffic[NOW], bills[NOW])
    file = _WORK / "report.json"
    kept = kept_report(file)
    file.write_text(json.dumps(report, indent=2) + "\n")
    draw(report, PROJECT / "docs" / "performance.svg")
    console.print(f"{report['date']}, {report['machine']}\n")
    console.print(_figures_table(figures[NOW], before))
    console.print(_summary(report))
    console.print(_dollars_table(bills))
    if kept:
        console.print(_grown_table(report, kept))


def _turns() -> dict[str, int]:
    asked = os.environ.get("TURNS")
    return dict.fromkeys(TURNS, int(asked)) if asked else TURNS


def _figures_table(now: Figures, before: Mapping[str, Figures]) -> Table:
    table = Table("CPU", "µs", "yardsticks", *(f"÷ {name}" for name in before), box=None)
    multiples = relative(now)
    for name, seconds in now.items():
        ratios = [f"{seconds / each[name]:.2f}" if name in each else "-" for each in before.values()]
        table.add_row(name, f"{seconds * 1e6:,.1f}", f"{multiples[name]:,.2f}", *ratios)
    return table


def _summary(report: Mapping[str, Any]) -> Table:
    table = Table("summary", "", box=None)
    for part in ("transform", "drain", "import", "cold", "growth"):
        for name, value in report[part].items():
            if not isinstance(value, dict):
                table.add_row(f"{part}.{name}", str(value))
    for kind, size in report["ingest"]["log_bytes"].items():
        table.add_row(f"log bytes, {kind}", str(size))
    return table


def _dollars_table(bills: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    now, *others = bills
    table = Table("dollars per million profiles", now, *(f"÷ {name}" for name in others), box=None)
    for way, bill in bills[now].items():
        ratios = [f"{bill['total'] / bills[name][way]['total']:.2f}" if way in bills[name] else "-" for name in others]
        table.add_row(way, f"{bill['total']:.2f}", *ratios)
    return table


def _grown_table(report: Mapping[str, Any], kept: Mapping[str, Any]) -> Table | str:
    found = list(grown(report, kept))
    if not found:
        return f"\nNothing grew since the run of {kept['date']}."
    table = Table(f"grew since {kept['date']}", "times", box=None)
    for name, times in found:
        table.add_row(name, f"{times:.2f}")
    return table


if __name__ == "__main__":
    main()
