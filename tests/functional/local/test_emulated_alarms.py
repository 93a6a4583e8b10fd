"""Alarms as CloudWatch would evaluate them, on metrics as MiniStack holds them."""

from collections.abc import Sequence
from typing import Any

import pytest

from aep_moengage_dev.local.emulated_alarms import Alarms

OURS = {"service": "ours"}


class Clock:
    now = 6000.0

    def __call__(self) -> float:
        return self.now


class CloudWatch:
    """MiniStack's CloudWatch, as far as alarms need it."""

    def __init__(self) -> None:
        self._metrics: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        self._alarms: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, str]] = []

    def _dims_key(self, dimensions: dict[str, str]) -> str:
        return "|".join(f"{name}={value}" for name, value in sorted(dimensions.items()))

    def _calc_stats(self, points: Sequence[dict[str, Any]]) -> dict[str, float]:
        values = [point["Value"] for point in points]
        return {"Sum": sum(values), "Maximum": max(values), "Average": sum(values) / len(values)} if values else {}

    def _stat_value(self, stats: dict[str, float], name: str, _points: Any) -> float:
        return stats[name]

    def _record_history(self, *_: Any) -> None: ...

    def _dispatch_alarm_actions(self, _alarm: Any, before: str, after: str, _reason: str) -> None:
        self.told.append((before, after))

    def put(self, value: float, at: float, dimensions: dict[str, str] = OURS) -> None:
        key = ("AepMoEngage", "rejected", self._dims_key(dimensions))
        self._metrics.setdefault(key, []).append({"Timestamp": at, "Value": value})


def _alarm(**properties: Any) -> dict[str, Any]:
    return {
        "AlarmName": "rejected",
        "Namespace": "AepMoEngage",
        "MetricName": "rejected",
        "Dimensions": [{"Name": name, "Value": value} for name, value in OURS.items()],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 2.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
    } | properties


def _evaluated(cloudwatch: CloudWatch, lapse: float = 1, **properties: Any) -> str:
    alarm = _alarm(**properties)
    Alarms(cloudwatch, lapse, Clock()).evaluate(alarm)
    return str(alarm["StateValue"])


def test_alarm_reads_the_metric_with_its_dimensions() -> None:
    cloudwatch = CloudWatch()
    cloudwatch.put(5, at=5990, dimensions={"service": "theirs"})
    cloudwatch.put(5, at=5990, dimensions=OURS | {"destination": "acme"})
    assert _evaluated(cloudwatch) == "OK"
    cloudwatch.put(2, at=5990)
    assert _evaluated(cloudwatch) == "ALARM"


def test_each_whole_period_is_one_datapoint() -> None:
    cloudwatch = CloudWatch()
    for moment in (5939.9, 5940, 6000):  # the period before, this one, and the one that has just begun
        cloudwatch.put(1, at=moment)
    assert _evaluated(cloudwatch) == "OK"
    cloudwatch.put(1, at=5999.9)
    assert _evaluated(cloudwatch) == "ALARM"


@pytest.mark.parametrize(("minutes", "state"), [([0], "OK"), ([0, 2], "OK"), ([0, 2, 4], "ALARM"), ([1, 2, 5], "OK")])
def test_datapoints_to_alarm_are_counted(minutes: list[int], state: str) -> None:
    cloudwatch = CloudWatch()
    for minute in minutes:
        cloudwatch.put(2, at=5990 - 60 * minute)
    assert _evaluated(cloudwatch, EvaluationPeriods=5, DatapointsToAlarm=3) == state


@pytest.mark.parametrize(
    ("treatment", "before", "after"),
    [
        ("breaching", "OK", "ALARM"),
        ("notBreaching", "ALARM", "OK"),
        ("ignore", "ALARM", "ALARM"),
        ("missing", "ALARM", "INSUFFICIENT_DATA"),
    ],
)
def test_missing_data_is_treated_as_the_alarm_says(treatment: str, before: str, after: str) -> None:
    assert _evaluated(CloudWatch(), TreatMissingData=treatment, StateValue=before) == after


def test_lapse_speeds_up_the_periods() -> None:
    cloudwatch = CloudWatch()
    cloudwatch.put(2, at=5997.5)
    properties = {"EvaluationPeriods": 3, "DatapointsToAlarm": 1}
    assert _evaluated(cloudwatch, lapse=60, **properties) == "ALARM"
    assert _evaluated(cloudwatch, lapse=120, **properties) == "OK"


def test_only_changes_of_state_are_notified() -> None:
    cloudwatch = CloudWatch()
    cloudwatch.put(2, at=5990)
    alarm = cloudwatch._alarms["rejected"] = _alarm()
    alarms = Alarms(cloudwatch, 1, Clock())
    alarms.evaluate_all()
    alarms.evaluate_all()
    assert cloudwatch.told == [("OK", "ALARM")]
    assert "2" in alarm["StateReason"]


def test_alarm_that_cannot_be_evaluated_does_not_stop_others() -> None:
    cloudwatch = CloudWatch()
    cloudwatch.put(2, at=5990)
    cloudwatch._alarms = {"broken": {"AlarmName": "broken"}, "rejected": _alarm()}
    Alarms(cloudwatch, 1, Clock()).evaluate_all()
    assert cloudwatch._alarms["rejected"]["StateValue"] == "ALARM"
