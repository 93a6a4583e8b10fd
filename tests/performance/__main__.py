"""`make bench`: prints what was measured on this machine, now. Nothing here passes or fails."""

import platform

from rich.console import Console
from rich.table import Table
from tests.performance.speed import (
    bare_event_microseconds,
    decide_microseconds,
    event_microseconds,
    import_seconds,
    transform_microseconds,
)

BASE = "boto3 with one client"


def main() -> None:
    """Measures, and prints two tables."""
    console = Console(highlight=False)
    console.print(f"Python {platform.python_version()}, {platform.machine()}\n")
    with console.status("Transforming profiles"):
        profiles = {
            "JSON bytes in, MoEngage body bytes out": transform_microseconds(),
            "the same, with the ledger's decision": decide_microseconds(),
        }
    table = Table("transform, one profile, 20 attributes", "µs per profile", "best-worst", "profiles/s", box=None)
    for name, took in profiles.items():
        spread = f"{took.best:.1f}-{took.worst:.1f}"
        table.add_row(name, f"{took.median:.1f}", spread, f"{1e6 / took.median:,.0f}")
    console.print(table)
    with console.status("Transforming events"):
        event, bare = event_microseconds(), bare_event_microseconds()
    table = Table(
        "transform, one purchase event, 10 attributes", "µs per event", "best-worst", "times the bare loop", box=None
    )
    for name, took in {
        "JSON bytes in, MoEngage body bytes out": event,
        "a bare loop that checks nothing": bare,
    }.items():
        ratio = f"{took.median / bare.median:.2f}"
        table.add_row(name, f"{took.median:.1f}", f"{took.best:.1f}-{took.worst:.1f}", ratio)
    console.print()
    console.print(table)
    with console.status("Importing"):
        imports = import_seconds()
    table = Table("import, CPU time of a new interpreter", "ms", "best-worst", f"times {BASE}", box=None)
    for name, cpu in imports.items():
        ratio = cpu.median / imports[BASE].median
        spread = f"{cpu.best * 1000:.0f}-{cpu.worst * 1000:.0f}"
        table.add_row(name, f"{cpu.median * 1000:.0f}", spread, f"{ratio:.2f}")
    console.print()
    console.print(table)


if __name__ == "__main__":
    main()
