"""Alarms as CloudWatch evaluates them, over the metrics that MiniStack holds.

MiniStack's own evaluation looks at a metric's name only: it would add up both queues, both functions, and a metric
with its copy per destination; and it supports neither datapoints nor missing data. This one evaluates dimensions,
whole periods, datapoints to alarm, and `TreatMissingData`.

This module cannot import the project's dependencies, see `emulator`.
"""

import logging
import math
import operator
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("alarms")

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_MISSING = {"breaching": True, "notBreaching": False}  # how a period without data counts; else it is left out


class Alarms:
    """The alarms of MiniStack's CloudWatch.

    `lapse` is how many times faster than on AWS time passes for them: with 60 an alarm's minute is a second.
    """

    def __init__(self, cloudwatch: Any, lapse: float, clock: Callable[[], float] = time.time) -> None:
        self._cloudwatch = cloudwatch
        self._lapse = lapse
        self._clock = clock

    def evaluate_all(self) -> None:
        """Evaluates every alarm; one that cannot be evaluated is logged and does not stop the others."""
        for alarm in list(self._cloudwatch._alarms.values()):
            try:
                self.evaluate(alarm)
            except Exception:
                logger.exception("%s was not evaluated", alarm.get("AlarmName"))

    def evaluate(self, alarm: dict[str, Any]) -> None:
        """Sets an alarm to the state of its datapoints, and notifies its topic of a change."""
        datapoints = self._datapoints(alarm)
        state = _state(alarm, datapoints)
        before = alarm["StateValue"]
        if state in {None, before}:
            return
        shown = ", ".join("none" if each is None else f"{each:g}" for each in datapoints[:5])
        comparison = f"{alarm['ComparisonOperator']} {alarm['Threshold']:g}"
        reason = f"Threshold Crossed: newest datapoints {shown}; the alarm is for {comparison}"
        alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
        self._cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        self._cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)

    def _datapoints(self, alarm: dict[str, Any]) -> list[float | None]:
        """The statistic of each of the last whole periods, newest first; None for one without data."""
        period = alarm["Period"] / self._lapse
        periods = alarm["EvaluationPeriods"]
        end = self._clock() // period * period
        points: list[list[dict[str, Any]]] = [[] for _ in range(periods)]
        for point in list(self._cloudwatch._metrics.get(self._key(alarm)) or ()):
            age = math.ceil((end - point["Timestamp"]) / period) - 1  # in periods, which begin with their first moment
            if 0 <= age < periods:
                points[age].append(point)
        return [self._statistic(alarm, each) for each in points]

    def _key(self, alarm: dict[str, Any]) -> tuple[str, str, str]:
        dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or ()}
        return alarm["Namespace"], alarm["MetricName"], self._cloudwatch._dims_key(dimensions)

    def _statistic(self, alarm: dict[str, Any], points: list[dict[str, Any]]) -> float | None:
        stats = self._cloudwatch._calc_stats(points)
        if not stats:
            return None
        name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        value = self._cloudwatch._stat_value(stats, name, points)
        return None if value is None else float(value)


def _state(alarm: dict[str, Any], datapoints: list[float | None]) -> str | None:
    """The state that follows from the datapoints; None if it is to stay."""
    treatment = alarm.get("TreatMissingData") or "missing"
    if treatment not in _MISSING and all(value is None for value in datapoints):
        return None if treatment == "ignore" else "INSUFFICIENT_DATA"
    crosses = _COMPARISONS[alarm["ComparisonOperator"]]
    missing = _MISSING.get(treatment, False)
    breaching = sum(missing if value is None else crosses(value, alarm["Threshold"]) for value in datapoints)
    needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    return "ALARM" if breaching >= needed else "OK"
