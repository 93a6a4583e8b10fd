"""A plan on one screen."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aep_moengage_cli.capacity.capacity_plan import CapacityPlan
from aep_moengage_cli.capacity.charts import spark
from aep_moengage_cli.capacity.needs import moengage_advice, needs
from aep_moengage_cli.monitoring.workspace_paces import duration
from aep_moengage_cli.tables import add_row, column, table


def plan_screen(plan: CapacityPlan) -> RenderableType:
    """Returns a plan as one screen."""
    return Group(*_screen(plan))


def _screen(plan: CapacityPlan) -> Iterator[RenderableType]:
    scenario = plan.scenario
    yield Text(f"{scenario.name}: {scenario.profiles:,} profiles", style="bold")
    yield Text(
        f"Delivered after {duration(plan.seconds / 60)}, {plan.times_the_least:.2f} times what MoEngage's limit alone "
        f"takes. {plan.delivered:,} delivered, {plan.given_up:,} given up, {plan.turned_away:,} requests of AEP turned "
        f"away, {plan.refused_by_moengage:,} requests refused by MoEngage."
    )
    yield _figures(plan)
    yield Text(f"backlog    {spark([sample.backlog for sample in plan.samples])}")
    yield Text(f"age        {spark([sample.age for sample in plan.samples])}")
    yield Text(f"delivered  {spark([sample.delivered for sample in plan.samples])}")
    yield _needs(plan)
    yield Text(moengage_advice(plan))


def _figures(plan: CapacityPlan) -> Table:
    shown = table("figure", column("most", right=True))
    add_row(shown, "profiles in the queue", f"{plan.most('backlog'):,.0f}")
    add_row(shown, "age of the oldest", duration(plan.most("age") / 60))
    add_row(shown, "delivered per second", f"{plan.most('delivered'):,.0f}")
    add_row(shown, "DynamoDB, reads and writes per second", f"{plan.most('reads'):,.0f}, {plan.most('writes'):,.0f}")
    add_row(
        shown,
        "Lambda, instances of ingest and drain",
        f"{plan.most('ingest_concurrency'):,.0f}, {plan.scenario.drain_concurrency}",
    )
    add_row(shown, "bulk requests per 1,000 profiles", f"{plan.requests_per_thousand:.1f}")
    for destination, delay in plan.delays.items():
        seconds = f"{delay.half:,} s, {delay.nearly_all:,} s, {delay.most:,} s"
        add_row(shown, f"delay of {destination}: half, 99 %, most", seconds)
    services = ", ".join(f"{service} {cost:,.2f}" for service, cost in plan.dollars.items() if service != "total")
    add_row(shown, f"dollars ({services})", f"{plan.dollars['total']:,.2f}")
    return shown


def _needs(plan: CapacityPlan) -> Table:
    shown = table("limit", column("needed", right=True), column("default", right=True), "what to do", title="limits")
    for need in needs(plan):
        action = "nothing" if need.enough else f"{need.action}; {need.when}"
        add_row(shown, need.limit, f"{need.needed:,.0f}", f"{need.default:,.0f}", action)
    return shown
