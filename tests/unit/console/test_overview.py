"""The overview: the funnel, the outcomes over time, and alarms with their section of the runbook."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from aep_moengage.outcomes import RejectReason, RetryReason, SkipReason
from aep_moengage_cli.console.overview import _section, funnel
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.monitoring.flow import Alarm, DestinationFlow, Flow
from aep_moengage_cli.monitoring.outcome_history import OUTCOMES, WINDOWS, history
from aep_moengage_dev.project import PROJECT

NOW = datetime(2026, 11, 27, 12, 0, 30, tzinfo=UTC)
COUNTS = {
    "received": 100,
    "skipped": 10,
    "unchanged": 15,
    "superseded": 5,
    "rejected": 20,
    "delivered": 50,
    "retrying": 0,
}


def flow(**counts: int) -> Flow:
    destination = DestinationFlow(Version("acme", 1, "{}"), "Acme", COUNTS | counts, {})
    return Flow("stack", NOW, [destination, destination], 0, 0, {}, [])


def test_each_stage_of_the_funnel_lacks_what_left_before_it() -> None:
    stages = funnel(flow())
    assert [stage.profiles for stage in stages] == [200, 180, 140, 100, 100]
    assert [stage.percent for stage in stages] == [100, 90, 70, 50, 50]
    assert stages[2].left == [("unchanged", 30), ("superseded", 10)]


def test_what_leaves_the_backlog_is_delivered_beside_what_was_received() -> None:
    assert funnel(flow(retrying=-5))[-1].profiles == 110


def test_funnel_of_nothing_is_empty() -> None:
    assert {stage.percent for stage in funnel(flow(**dict.fromkeys(COUNTS, 0)))} == {0}


class CloudWatch:
    """Answers with a value of 3 in the last full minute, for one reason."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def client(self, _: str) -> "CloudWatch":
        return self

    def get_paginator(self, _: str) -> "CloudWatch":
        return self

    def paginate(self, **asked: Any) -> Any:
        self.asked = asked["MetricDataQueries"]
        last = datetime(2026, 11, 27, 11, 59, tzinfo=UTC)
        for query in self.asked:
            dimensions = {each["Name"]: each["Value"] for each in query["MetricStat"]["Metric"]["Dimensions"]}
            found = dimensions.get("reason") == "no_identity"
            yield {
                "MetricDataResults": [
                    {"Id": query["Id"], "Timestamps": [last] * found, "Values": [3.0] * found},
                ]
            }


def test_history_has_a_value_for_each_minute_and_only_lines_with_any() -> None:
    cloudwatch = CloudWatch()
    found = history(Stack("stack", {}, cloudwatch), OUTCOMES, WINDOWS["1h"], NOW)
    assert len(found.times) == 60
    assert list(found.seen) == ["skipped: no_identity"]
    assert found.lines["skipped: no_identity"][-2:] == [3.0, None]
    assert (found.total("skipped: no_identity"), found.latest("skipped: no_identity")) == (3, 3.0)
    assert found.latest("delivered") is None
    assert all(query["MetricStat"]["Metric"]["Dimensions"][0]["Value"] == "stack" for query in cloudwatch.asked)


def test_history_has_every_reason() -> None:
    reasons = {line.detail for line in OUTCOMES if line.detail}
    assert reasons == {each.value for kind in (SkipReason, RejectReason, RetryReason) for each in kind}


def test_every_alarm_of_the_template_has_a_section_of_the_runbook() -> None:
    resources = cfn_yaml.load(str(PROJECT / "template.yaml"))["Resources"]
    alarms = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert alarms
    for name, properties in alarms.items():
        described = properties["AlarmDescription"]
        section = Alarm(
            name, "OK", NOW, str(described["Fn::Sub"] if isinstance(described, dict) else described)
        ).section
        assert section, name
        title, text = _section(section)
        assert title
        assert text.strip()


@pytest.mark.parametrize("description", ["", "no section", "Runbook: #"])
def test_alarm_without_a_section_has_no_link(description: str) -> None:
    assert Alarm("Own", "OK", NOW, description).section is None
