"""`make chaos`: runs every case and prints its result; exits with 1 if a promise was not kept.

    python -m tests.e2e.chaos [USERS [REQUESTS]]

USERS is the number of users of a case, each with three updates; REQUESTS that of fuzzed requests.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.e2e.chaos.aws_cases import AWS_CASES
from tests.e2e.chaos.burst import PARAMETERS, burst
from tests.e2e.chaos.cases import CASES, Case
from tests.e2e.chaos.chaos_stack import ChaosStack, chaos_stack
from tests.e2e.chaos.measures import Finding, measures
from tests.e2e.chaos.rounds import rounds
from tests.e2e.chaos.workspace_slot import Row

_USERS = 150
_FUZZED = 5000
_WIDTH = 160  # columns of the table in a file
type Progress = Callable[[str], None]
_COLUMNS = (
    "case",
    "profiles",
    "delivered",
    "retried",
    "dead-lettered",
    "lost",
    "stale",
    "wrong audiences",
    "doubled events",
    "uncounted",
    "AWS failed",
    "refused",
    "unfounded",
    "slowest",
    "seconds",
)


def main(arguments: list[str]) -> int:
    """Runs all cases."""
    given = dict(enumerate(map(int, arguments)))
    users, requests = given.get(0, _USERS), given.get(1, _FUZZED)
    terminal = Console(highlight=False)
    console = terminal if terminal.is_terminal else Console(highlight=False, width=_WIDTH)
    rows: list[Row] = []
    findings: list[Finding] = []
    progress = _progress(console)
    with tempfile.TemporaryDirectory(prefix="chaos-") as work, chaos_stack(Path(work), progress=progress) as chaos:
        rows += _rows(chaos, CASES, users, progress)
        findings += measures(chaos, fuzzed=requests)
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as work,
        chaos_stack(Path(work), 1, progress, aws_fails=True) as chaos,
    ):
        rows += _rows(chaos, AWS_CASES, users, progress)
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as work,
        chaos_stack(Path(work), 1, progress, parameters=PARAMETERS) as chaos,
    ):
        findings += burst(chaos, users)
    console.print(_table(rows))
    for finding in findings:
        console.print(f"{finding.what}: {finding.found}", style=None if finding.good else "red")
    return 0 if all(each.good for each in (*rows, *findings)) else 1


def _progress(console: Console) -> Progress:
    return lambda step: console.print(f"[dim]· {step}[/dim]")


def _rows(chaos: ChaosStack, cases: Sequence[Case], users: int, progress: Progress) -> Iterator[Row]:
    for some in rounds(chaos, cases, users):
        for row in some:
            broken = ", ".join(f"{count} {what}" for what, count in row.broken.items())
            progress(f"{row.case}: {f'NOT KEPT ({broken})' if broken else 'kept'}")
            yield row


def _table(rows: list[Row]) -> Table:
    table = Table(*_COLUMNS, title=f"{sum(row.profiles for row in rows)} profiles")
    for row in rows:
        doubled = f"({row.doubled})" if row.in_doubt else str(row.doubled)
        counts = (row.profiles, row.delivered, row.retried, row.dead, row.lost, row.stale, row.wrong_audiences)
        style = "" if row.good else "red"
        uncounted = f"({row.uncounted})" if row.queued_twice else str(row.uncounted)
        calls = (uncounted, row.failed, row.refused, row.unfounded)
        times = (f"{row.slowest:.2f}", f"{row.seconds:.1f}")
        table.add_row(row.case, *map(str, counts), doubled, *map(str, calls), *times, style=style)
    table.caption = (
        "retried: first answered `retrying`; uncounted: difference between the metric `received` and the outcomes. "
        "AWS failed: calls of the functions; refused: posts answered with a 5xx; unfounded: those of them without a "
        "failed call to SQS; slowest: of the answers, in seconds. In brackets: events doubled because an answer of "
        "MoEngage, or the ledger's note of it, was lost; profiles that SQS kept although it seemed to refuse them."
    )
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
