"""The series of a dashboard's widgets: reads each widget's metrics from the emulated CloudWatch."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]*)\} service=\"(?P<service>[^\"]*)\" MetricName=\"(?P<name>\w+)\"', ")
_A_DAY = 86_400  # seconds: one period that covers the whole time
_STATISTIC = re.compile(r"', '(\w+)', \d+\)$")


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a widget: its label, its colour if it has one, and a value for each step, None without data."""

    label: str
    color: str | None
    values: list[float | None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str
    label: str
    color: str | None


class Reader:
    """Reads series from `begin` to `end`, in epoch seconds, in `steps` periods. `cloudwatch` is a boto3 client."""

    def __init__(self, cloudwatch: Any, begin: float, end: float, steps: int) -> None:
        self._cloudwatch = cloudwatch
        self._period = max(1, math.ceil((end - begin) / steps))
        self._begin = int(begin // self._period * self._period)  # where CloudWatch's own periods begin
        self._end = end
        self._steps = math.ceil((end - self._begin) / self._period)

    def over_time(self, widget: Mapping[str, Any]) -> list[Series]:
        """Returns the series of a widget, step by step."""
        return [self._series(wanted, self._period, self._steps) for wanted in self._wanted(widget)]

    def as_a_whole(self, widget: Mapping[str, Any]) -> list[Series]:
        """Returns the series of a widget, each with one value for the whole time."""
        return [self._series(wanted, _A_DAY, 1) for wanted in self._wanted(widget)]

    def _wanted(self, widget: Mapping[str, Any]) -> Iterable[_Wanted]:
        for metric in widget["metrics"]:
            if isinstance(metric[0], dict):
                yield from self._found(metric[0]["expression"])
                continue
            namespace, name, *dimensions, options = metric
            statistic = options.get("stat") or widget.get("stat", "Average")
            named = dict(zip(dimensions[::2], dimensions[1::2], strict=True))
            yield _Wanted(namespace, name, named, statistic, options["label"], options.get("color"))

    def _found(self, expression: str) -> Iterable[_Wanted]:
        """Yields the metrics that a search finds: those of the service with exactly the dimensions of the schema."""
        search, statistic = _SEARCH.match(expression), _STATISTIC.search(expression)
        if search is None or statistic is None:
            raise ValueError(f"not a search of the form that the dashboard uses: {expression}")
        namespace, *schema = search["schema"].split(",")
        listed = self._cloudwatch.list_metrics(Namespace=namespace, MetricName=search["name"])["Metrics"]
        for metric in listed:
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            if set(dimensions) == set(schema) and dimensions["service"] == search["service"]:
                label = " ".join(value for name, value in dimensions.items() if name != "service")
                yield _Wanted(namespace, search["name"], dimensions, statistic[1], label, None)

    def _series(self, wanted: _Wanted, period: int, steps: int) -> Series:
        query = {
            "Id": "m",
            "MetricStat": {
                "Metric": {
                    "Namespace": wanted.namespace,
                    "MetricName": wanted.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in wanted.dimensions.items()],
                },
                "Period": period,
                "Stat": wanted.statistic,
            },
        }
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[query],
            StartTime=datetime.fromtimestamp(self._begin, UTC),
            EndTime=datetime.fromtimestamp(self._end, UTC),
        )["MetricDataResults"][0]
        values: list[float | None] = [None] * steps
        for moment, value in zip(answer["Timestamps"], answer["Values"], strict=True):
            step = int(moment.timestamp() - self._begin) // period
            values[min(max(step, 0), steps - 1)] = value
        return Series(wanted.label, wanted.color, values)
