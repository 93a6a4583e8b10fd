"""The capacity page: runs the plans that docs/capacity.md names, and writes their figures and charts into it.

Run `make capacity`; it takes some minutes. A section begins with a comment that holds the command:
`<!-- aep-moengage plan … -->`, and ends with `<!-- end -->`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from aep_moengage_cli.capacity.charts import mermaid
from aep_moengage_cli.monitoring.workspace_paces import duration
from aep_moengage_dev.project import PROJECT

PAGE = PROJECT / "docs" / "capacity.md"
_SECTION = re.compile(r"(<!-- aep-moengage (plan [^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)

type Plan = dict[str, Any]


def written(page: str, run: Callable[[list[str]], Plan]) -> str:
    """Returns the page with the sections that `run`, given a command's words, plans."""
    return _SECTION.sub(lambda found: f"{found[1]}{section(run(found[2].split()))}\n{found[3]}", page)


def section(plan: Plan) -> str:
    """Returns a plan, as JSON values, as a table and charts."""
    hours = plan["samples"][-1]["at"] / 3600
    charts = (
        mermaid(title, unit, hours, [sample[field] for sample in plan["samples"]])
        for title, unit, field in (
            ("Profiles in the queue", "profiles", "backlog"),
            ("Delivered per second", "profiles", "delivered"),
        )
    )
    return "\n".join(["", "| figure | value |", "|---|---|", *_rows(plan), "", *(f"{chart}\n" for chart in charts)])


def _rows(plan: Plan) -> Iterator[str]:
    dollars = plan["dollars"]
    by_service = ", ".join(f"{name.replace('_', ' ')} {cost:,.2f}" for name, cost in dollars.items() if name != "total")
    figures = {
        "profiles received, delivered": f"{plan['received']:,}, {plan['delivered']:,}",
        "given up; requests of AEP turned away; requests refused by MoEngage": (
            f"{plan['given_up']:,}; {plan['turned_away']:,}; {plan['refused_by_moengage']:,}"
        ),
        "time until all is delivered": (
            f"{duration(plan['seconds'] / 60)}, {plan['times_the_least']:.2f} times the least"
        ),
        "largest backlog, age of the oldest": (
            f"{plan['backlog']['profiles']:,} profiles, {duration(plan['backlog']['age_seconds'] / 60)}"
        ),
        "bulk requests per 1,000 profiles": f"{plan['requests_per_1000']}",
        "DynamoDB reads, writes per second": (
            f"{plan['dynamodb']['reads_per_second']:,}, {plan['dynamodb']['writes_per_second']:,}"
        ),
        "instances of ingest, drain": f"{plan['lambda']['ingest']:,}, {plan['lambda']['drain']:,}",
        "most messages in flight": f"{plan['sqs']['in_flight']:,}",
        "dollars": f"{dollars['total']:,.2f} ({by_service})",
        **{
            f"delay of *{name}*: half, 99 %, most": f"{each['half']:,} s, {each['nearly_all']:,} s, {each['most']:,} s"
            for name, each in plan["delays"].items()
        },
    }
    yield from (f"| {figure} | {value} |" for figure, value in figures.items())
    for need in plan["needs"]:
        if not need["enough"]:
            yield f"| raise *{need['limit']}* to {need['needed']:,.0f} | {need['action']}; {need['when']} |"


def _run(words: list[str]) -> Plan:
    program = "from aep_moengage_cli.app import app; app()"
    command = [sys.executable, "-c", program, *words, "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603 # the page's own commands
    plan: Plan = json.loads(done.stdout)
    return plan


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8"), _run), "utf-8")
