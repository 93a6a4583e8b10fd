"""The dashboard's picture shows the dashboard's own widgets, with what CloudWatch holds and nothing else."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from aep_moengage_dev.demo.picture import Picture, dashboard_picture
from aep_moengage_dev.demo.series import Reader

BEGIN = 1_000_000.0
VALUES = {("received", None): 12.0, ("rejected", "refused"): 3.0, ("rejected", "gave_up"): 2.0}
SEARCH = "SEARCH('{AepMoEngage,reason,service} service=\"ours\" MetricName=\"rejected\"', 'Sum', 300)"
WIDGETS = [
    {"type": "text", "properties": {"markdown": "# Ours & theirs\nmore"}},
    {"type": "metric", "properties": {"title": "By reason", "view": "bar", "metrics": [[{"expression": SEARCH}]]}},
    {
        "type": "metric",
        "properties": {
            "title": "Over time",
            "view": "timeSeries",
            "stacked": True,
            "stat": "Sum",
            "metrics": [["AepMoEngage", "received", "service", "ours", {"label": "received", "color": "#123456"}]],
        },
    },
    {
        "type": "metric",
        "properties": {
            "title": "Nothing",
            "view": "timeSeries",
            "metrics": [["AepMoEngage", "skipped", "service", "ours", {"label": "skipped", "stat": "Sum"}]],
        },
    },
    {
        "type": "metric",
        "properties": {
            "title": "How well",
            "view": "singleValue",
            "metrics": [["AepMoEngage", "received", "service", "ours", {"label": "all", "stat": "Sum"}]],
        },
    },
    {"type": "alarm", "properties": {"title": "Alarms", "alarms": ["arn:aws:cloudwatch:r:1:alarm:s-SetupAlarm-1"]}},
    {"type": "log", "properties": {"title": "Logs", "query": "fields @message"}},
]


class CloudWatch:
    """As much of CloudWatch as a picture takes, with values by metric and reason."""

    def get_dashboard(self, DashboardName: str) -> dict[str, str]:  # noqa: N803 # boto3's
        assert DashboardName == "board"
        placed = [{"x": 0, "y": 6 * row, "width": 8, "height": 6} | each for row, each in enumerate(WIDGETS)]
        return {"DashboardBody": json.dumps({"widgets": placed})}

    def list_metrics(self, Namespace: str, MetricName: str) -> dict[str, Any]:  # noqa: N803 # boto3's
        dimensions = [
            {"service": "ours", "reason": "refused"},
            {"service": "ours", "reason": "gave_up"},
            {"service": "theirs", "reason": "refused"},
            {"service": "ours", "reason": "refused", "destination": "acme"},
            {"service": "ours"},
        ]
        return {"Metrics": [{"Dimensions": [{"Name": n, "Value": v} for n, v in each.items()]} for each in dimensions]}

    def get_metric_data(self, MetricDataQueries: Any, **_: Any) -> dict[str, Any]:  # noqa: N803 # boto3's
        metric = MetricDataQueries[0]["MetricStat"]["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        assert dimensions["service"] == "ours"
        value = VALUES.get((metric["MetricName"], dimensions.get("reason")))
        moments = [datetime.fromtimestamp(BEGIN + 20, UTC)] if value else []
        return {"MetricDataResults": [{"Timestamps": moments, "Values": [value] if value else []}]}

    def describe_alarms(self, AlarmNames: list[str]) -> dict[str, Any]:  # noqa: N803 # boto3's
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in AlarmNames]}

    def describe_alarm_history(self, **_: Any) -> dict[str, Any]:
        summaries = ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
        return {"AlarmHistoryItems": [{"HistorySummary": each} for each in summaries]}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    outputs = {"DashboardUrl": "https://console/#dashboard/board"}
    svg = ElementTree.fromstring(dashboard_picture(lambda _: CloudWatch(), outputs, BEGIN, BEGIN + 96))  # noqa: S314 # our own
    return [str(each.text) for each in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_every_widget_but_queries_is_drawn(texts: list[str]) -> None:
    assert {"Ours & theirs", "By reason", "Over time", "How well", "Alarms"} <= set(texts)
    assert "Logs" not in texts


def test_a_search_finds_this_stacks_metrics_of_just_these_dimensions(texts: list[str]) -> None:
    shown = [(label, value) for label, value in pairwise(texts) if label in {"refused", "gave_up"}]
    assert shown == [("refused", "3"), ("gave_up", "2")]


def test_what_has_no_data_says_so(texts: list[str]) -> None:
    assert texts[texts.index("Nothing") + 1] == "no data"


def test_an_alarm_shows_how_often_it_fired(texts: list[str]) -> None:
    assert "Setup: OK, fired 1 time" in texts


def test_a_value_stands_at_its_time() -> None:
    [series] = Reader(CloudWatch(), BEGIN, BEGIN + 96, 48).over_time(WIDGETS[2]["properties"])
    assert [step for step, value in enumerate(series.values) if value is not None] == [10]


def test_another_expression_is_not_taken_for_a_search() -> None:
    widget = {"title": "Sum", "view": "bar", "metrics": [[{"expression": "m1 + m2"}]]}
    with pytest.raises(ValueError, match="not a search"):
        Picture(CloudWatch(), BEGIN, BEGIN + 96)._reader.as_a_whole(widget)
