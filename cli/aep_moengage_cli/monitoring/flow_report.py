"""The health of the flow, on one screen and as JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aep_moengage.telemetry.metrics import Metric
from aep_moengage_cli.monitoring.flow import COUNTED, DestinationFlow, Flow
from aep_moengage_cli.monitoring.next_steps import next_steps
from aep_moengage_cli.monitoring.workspace_paces import WorkspacePace, pace_lines, workspace_paces
from aep_moengage_cli.queue_length import counted
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.timestamps import ago

_COLOURS = {"OK": "green", "ALARM": "bold red", "INSUFFICIENT_DATA": "dim"}


def flow_json(flow: Flow) -> dict[str, Any]:
    """Returns the health of the flow as JSON values."""
    return {
        "stack": flow.stack,
        "at": flow.at.isoformat(timespec="seconds"),
        "destinations": [_destination_json(each) for each in flow.destinations],
        "paces": [_pace_json(pace) for pace in workspace_paces(flow.destinations)],
        "backlog": {"messages": flow.backlog},
        "dead_letters": {"messages": flow.dead, "reasons": flow.reasons},
        "alarms": [
            {"name": alarm.name, "state": alarm.state, "since": alarm.since.isoformat(timespec="seconds")}
            for alarm in flow.alarms
        ],
        "next_steps": list(next_steps(flow)),
    }


def flow_screen(flow: Flow) -> RenderableType:
    """Returns the health of the flow as one screen."""
    return Group(*_screen(flow))


def _screen(flow: Flow) -> Iterator[RenderableType]:
    yield Text(f"{flow.stack}, {flow.at:%Y-%m-%d %H:%M:%S} UTC", style="bold")
    if flow.destinations:
        yield _destinations_table(flow)
    for line in pace_lines(workspace_paces(flow.destinations)):
        yield Text(line)
    yield Text(f"Backlog: {counted(flow.backlog)} in the retry queue. Dead letters: {_dead(flow)}.")
    yield _alarms(flow)
    steps = list(next_steps(flow))
    yield Text("\nWhat to do next" if steps else "\nNothing to do.", style="bold")
    for step in steps:
        yield Text(f"- {step}")


def _destinations_table(flow: Flow) -> Table:
    received = column("received", right=True)
    shown = table(
        column("destination", whole=True), "version", "state", received, "outcomes", title="profiles in the last hour"
    )
    for each in flow.destinations:
        state = Text("paused", "yellow") if each.active.paused else Text("active", "green")
        counts = str(each.profiles[Metric.RECEIVED]), _outcomes(each.profiles)
        add_row(shown, each.active.destination, str(each.active.number), state, *counts)
    return shown


def _outcomes(profiles: Mapping[str, int]) -> str:
    """Outcomes in words, which add up to what was received: a column for each would not fit 80 characters."""
    final = (metric.value for metric in COUNTED if metric not in {Metric.RECEIVED, Metric.RETRYING})
    counts = [f"{profiles[name]} {name}" for name in final if profiles[name]]
    grown = profiles[Metric.RETRYING]
    waiting = [f"{grown} waiting"] if grown > 0 else []
    earlier = f"; {-grown} of them received before, or redriven" if grown < 0 else ""
    return ", ".join([*counts, *waiting]) + earlier


def _destination_json(each: DestinationFlow) -> dict[str, Any]:
    return {
        "id": each.active.destination,
        "name": each.name,
        "version": each.active.number,
        "published": each.active.when,
        "paused": each.active.paused,
        "last_hour": dict(each.profiles),
        "postponed": dict(each.postponed),
    }


def _pace_json(pace: WorkspacePace) -> dict[str, Any]:
    return {
        "workspace": pace.workspace,
        "destinations": list(pace.destinations),
        "users_per_minute": {"limit": pace.limit, "use": pace.use},
        "profiles_waiting": pace.backlog,
        "minutes": round(pace.minutes, 1),
        "queued_first": pace.queued_first,
    }


def _dead(flow: Flow) -> str:
    if not flow.dead:
        return "none"
    if flow.reasons is None:
        return counted(flow.dead)
    seen = sum(flow.reasons.values())
    of = "" if seen >= flow.dead else f" of {seen} sampled"
    return f"{counted(flow.dead)}{f' ({_counts(flow)}{of})' if seen else ''}"


def _counts(flow: Flow) -> str:
    ranked = sorted((flow.reasons or {}).items(), key=lambda each: -each[1])
    return ", ".join(f"{count} {reason}" for reason, count in ranked)


def _alarms(flow: Flow) -> Text:
    if not flow.alarms:
        return Text("Alarms: none.")
    text = Text("Alarms: ")
    shown = [alarm for alarm in flow.alarms if alarm.state != "OK"]
    for alarm in shown:
        text.append(f"{alarm.name} {alarm.state}", style=_COLOURS.get(alarm.state, ""))
        text.append(f" since {ago(int(alarm.since.timestamp() * 1000), flow.at)}; ".replace(" ago", ""))
    return text.append(f"{len(flow.alarms) - len(shown)} of {len(flow.alarms)} are OK.")
