"""The health of the flow: which alarms are only notices."""

from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from aep_moengage_cli.monitoring.flow import is_notice
from aep_moengage_dev.project import PROJECT

TOPIC = ["arn:aws:sns:eu-west-1:123456789012:alerts"]


@pytest.mark.parametrize(
    ("alarm", "notice"),
    [
        ({"AlarmActions": TOPIC, "OKActions": TOPIC}, False),
        ({"AlarmActions": TOPIC, "OKActions": []}, True),
        ({"AlarmActions": [], "OKActions": TOPIC}, True),
        ({"AlarmActions": [], "OKActions": []}, False),
    ],
)
def test_alarm_with_one_kind_of_action_is_a_notice(alarm: dict[str, Any], notice: bool) -> None:
    assert is_notice(alarm) is notice


def test_notices_of_the_template_are_flow_run_start_and_success() -> None:
    resources = cfn_yaml.load(str(PROJECT / "template.yaml"))["Resources"]
    alarms = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert {name for name, alarm in alarms.items() if is_notice(alarm)} == {"FlowRunStartAlarm", "FlowRunSuccessAlarm"}
