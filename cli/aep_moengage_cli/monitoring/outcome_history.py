"""The history of a stack: outcomes by reason over time, MoEngage's answers, and the age of the backlog."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from aep_moengage.outcomes import RejectReason, RetryReason, SkipReason
from aep_moengage.telemetry.metrics import NAMESPACE, Detail, Metric
from aep_moengage_cli.deployed import Stack

ANSWERS = ("2xx", "4xx", "429", "5xx", "none")


class Window(NamedTuple):
    """A span of time until now, and the seconds that each value covers."""

    length: timedelta
    period: int


WINDOWS: Mapping[str, Window] = {
    "1h": Window(timedelta(hours=1), 60),
    "24h": Window(timedelta(hours=24), 900),
    "14d": Window(timedelta(days=14), 10_800),
}


class Line(NamedTuple):
    """A metric over time: its name on the chart, and how CloudWatch finds and sums it up."""

    name: str
    metric: Metric
    detail: str | None = None
    stat: str = "Sum"


def _outcome_lines() -> Iterator[Line]:
    yield from (Line(metric.value, metric) for metric in (Metric.DELIVERED, Metric.UNCHANGED, Metric.SUPERSEDED))
    for metric, reasons in ((Metric.SKIPPED, SkipReason), (Metric.REJECTED, RejectReason)):
        yield from (Line(f"{metric.value}: {reason.value}", metric, reason.value) for reason in reasons)
    yield from (Line(f"attempts postponed: {each.value}", Metric.POSTPONED, each.value) for each in RetryReason)


OUTCOMES = tuple(_outcome_lines())
HEALTH = (
    *(Line(status, Metric.MOENGAGE_ANSWERS, status) for status in ANSWERS),
    Line("typical seconds", Metric.MOENGAGE_SECONDS, stat="p50"),
    Line("slowest seconds", Metric.MOENGAGE_SECONDS, stat="p95"),
    Line("oldest minutes", Metric.OLDEST_WAITING, stat="Maximum"),
)


@dataclass(frozen=True, slots=True)
class History:
    """Values over time, oldest first: `times` are epoch seconds; `lines` hold a value for each; None without data."""

    times: Sequence[int]
    lines: Mapping[str, Sequence[float | None]]

    @property
    def seen(self) -> dict[str, Sequence[float | None]]:
        """The lines that have any value but 0."""
        return {name: values for name, values in self.lines.items() if any(values)}

    def total(self, name: str) -> int:
        """Returns the sum of a line."""
        return round(sum(value or 0 for value in self.lines[name]))

    def latest(self, name: str) -> float | None:
        """Returns the newest value of a line."""
        return next((value for value in reversed(self.lines[name]) if value is not None), None)


def history(stack: Stack, lines: Sequence[Line], window: Window, now: datetime | None = None) -> History:
    """Returns lines of a stack, all of its destinations together."""
    period = window.period
    end = int((now or datetime.now(UTC)).timestamp()) // period * period + period
    begin = end - int(window.length.total_seconds())
    times = list(range(begin, end, period))
    values = {line.name: dict[int, float]() for line in lines}
    names = {f"q{place}": line.name for place, line in enumerate(lines)}
    pages = (
        stack.client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(
            MetricDataQueries=[_query(f"q{place}", stack.name, line, period) for place, line in enumerate(lines)],
            StartTime=datetime.fromtimestamp(begin, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
        )
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            found = zip(result["Timestamps"], result["Values"], strict=True)
            values[names[result["Id"]]] |= {int(at.timestamp()): value for at, value in found}
    return History(times, {name: [found.get(each) for each in times] for name, found in values.items()})


def _query(identity: str, service: str, line: Line, period: int) -> dict[str, Any]:
    dimensions = [{"Name": "service", "Value": service}]
    if line.detail is not None:
        dimensions.append({"Name": (line.metric.detail or Detail.REASON).value, "Value": line.detail})
    metric = {"Namespace": NAMESPACE, "MetricName": line.metric.value, "Dimensions": dimensions}
    return {"Id": identity, "MetricStat": {"Metric": metric, "Period": period, "Stat": line.stat}}
