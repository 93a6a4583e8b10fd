"""What in the template tells an operator that the flow is ill: alarms, who hears of them, and the dashboard."""

import json
import re
from typing import Any

import pytest
from tests.template.conftest import PROJECT, Resources

from aep_moengage.outcomes import RejectReason, RetryReason, SkipReason
from aep_moengage.telemetry.metrics import Detail, Metric

NAMESPACE = "AepMoEngage"
AWS_METRICS = {
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    },
    "AWS/Lambda": {"Errors", "Invocations", "Throttles"},
    "AWS/ApiGateway": {"4xx", "5xx", "Count", "Latency"},
}
# the word of the parameter `Alerts` that sends each; what is opted for exists only then
WORDS = {
    "failure": {"FlowRunFailureAlarm"},
    "delay": {"FlowRunDelayAlarm"},
    "skipped": {"SkippedRateAlarm"},
    "setup": {"SetupAlarm"},
    "throttled": {"ThrottledAlarm"},
    "dead-letters": {"DeadLettersAlarm"},
    "unavailable": {"UnavailableAlarm"},
    "slow": {"SlowAnswersAlarm"},
    "errors": {"IngestErrorsAlarm", "IngestThrottlesAlarm", "DrainErrorsAlarm", "DrainThrottlesAlarm"},
    "behind": {"DrainBehindAlarm"},
}
OPTED_FOR = {"start": "FlowRunStartAlarm", "success": "FlowRunSuccessAlarm", "no-data": "NoDataAlarm"}
# AWS's own statistics of what is gone when nothing happens; each other choice has its reason beside it
MISSING = {"DeadLettersAlarm": "ignore", "NoDataAlarm": "breaching"}
ONCE_IS_ENOUGH = {
    "FlowRunFailureAlarm",  # a rejected profile is no blip: somebody has to act
    "FlowRunDelayAlarm",  # a profile that has waited for hours has failed many times
    "FlowRunStartAlarm",
    "FlowRunSuccessAlarm",
    "DeadLettersAlarm",  # a gauge: it does not come and go
}


@pytest.fixture(scope="module")
def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return {name: alarm["Properties"] for name, alarm in resources("AWS::CloudWatch::Alarm").items()}


@pytest.fixture(scope="module")
def widgets(resources: Resources) -> list[dict[str, Any]]:
    """The dashboard's widgets, with `value` for every number that CloudFormation fills in."""
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"].replace('"value": ${DelayMinutes}', '"value": 150')
    return list(json.loads(body)["widgets"])


def _expected(parameters: dict[str, Any], alarm: dict[str, Any], name: str) -> int:
    value = alarm[name]
    return int(parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value)


def test_alarms_watch_what_exists_and_tell_the_topic(alarms: dict[str, Any], template: dict[str, Any]) -> None:
    known = {*template["Resources"], "AWS::StackName"}
    for name, alarm in alarms.items():
        actions = [action["Ref"] for kind in ("AlarmActions", "OKActions") for action in alarm.get(kind, [])]
        assert set(actions) == {"AlertsTopic"}, name
        for dimension in alarm["Dimensions"]:
            value = dimension["Value"]
            if isinstance(value, dict):
                assert (value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]) in known, name


def test_what_is_no_notice_also_tells_when_it_is_over(alarms: dict[str, Any]) -> None:
    notices = {"FlowRunStartAlarm": "AlarmActions", "FlowRunSuccessAlarm": "OKActions"}
    for name, alarm in alarms.items():
        told = {kind for kind in ("AlarmActions", "OKActions") if alarm.get(kind)}
        assert told == ({notices[name]} if name in notices else {"AlarmActions", "OKActions"}), name


def test_each_alarm_says_how_bad_it_is_and_where_the_cure_is(alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        description = alarm["AlarmDescription"]["Fn::Sub"]
        assert re.match(r"(Critical|Warning|Notice)\b.*\. \$\{RunbookUrl\}#[a-z0-9-]+$", description), name


def test_each_alarm_has_chosen_what_no_data_means(alarms: dict[str, Any]) -> None:
    assert {name: each["TreatMissingData"] for name, each in alarms.items()} == {
        name: MISSING.get(name, "notBreaching") for name in alarms
    }
    source = (PROJECT / "template.yaml").read_text()
    reasons = re.findall(r"TreatMissingData: \w+ # \S+", source)
    assert len(reasons) == len(alarms), "each with its reason"


def test_no_alarm_flaps_on_a_single_blip(template: dict[str, Any], alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        needed = _expected(template["Parameters"], alarm, "DatapointsToAlarm")
        looked_at = _expected(template["Parameters"], alarm, "EvaluationPeriods")
        assert needed >= 2 or name in ONCE_IS_ENOUGH, name
        assert looked_at > needed or needed >= 3, f"{name} ends as soon as it began"
        assert looked_at * alarm["Period"] <= 86_400, "CloudWatch looks back no further than a day"


def test_alarms_deploy_on_the_emulator_too(alarms: dict[str, Any]) -> None:
    assert not [name for name, alarm in alarms.items() if "Metrics" in alarm], "it knows no metric math"


def test_adobes_thresholds_are_the_defaults(template: dict[str, Any], alarms: dict[str, Any]) -> None:
    thresholds = {"FlowRunDelayAlarm": ("DelayMinutes", 150), "SkippedRateAlarm": ("SkippedRatePercent", 1)}
    for name, (parameter, default) in thresholds.items():
        assert alarms[name]["Threshold"] == {"Ref": parameter}
        assert alarms[name]["ComparisonOperator"] == "GreaterThanThreshold"
        assert template["Parameters"][parameter]["Default"] == default


def test_every_alert_can_be_chosen_by_a_word(template: dict[str, Any], resources: Resources) -> None:
    alerts = template["Parameters"]["Alerts"]
    allowed = re.compile(alerts["AllowedPattern"])
    assert alerts["Default"].split(",") == list(WORDS)
    assert all(allowed.fullmatch(word) for word in [*WORDS, *OPTED_FOR, ""])
    assert not allowed.fullmatch("everything")
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        condition = alarm.get("Condition") or alarm["Properties"]["ActionsEnabled"]["Fn::If"][0]
        split = template["Conditions"][condition]["Fn::Not"][0]["Fn::Equals"][0]["Fn::Join"][1]["Fn::Split"]
        assert name in (WORDS.get(split[0]) or {OPTED_FOR[split[0]]})
        assert ("Condition" in alarm) == (split[0] in OPTED_FOR)


def test_no_word_is_part_of_another(template: dict[str, Any]) -> None:
    words = [*WORDS, *OPTED_FOR]
    assert not [(one, other) for one in words for other in words if one != other and one in other]


def test_alerts_reach_an_address_and_an_endpoint_only_where_they_are_given(resources: Resources) -> None:
    subscriptions = {
        each["Properties"]["Protocol"]: (each["Condition"], each["Properties"]["Endpoint"])
        for each in resources("AWS::SNS::Subscription").values()
    }
    assert subscriptions == {
        "email": ("EmailsAlerts", {"Ref": "AlertEmail"}),
        "https": ("PostsAlerts", {"Ref": "AlertWebhookUrl"}),
    }


def _of_alarm(alarm: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return alarm["Namespace"], alarm["MetricName"], {each["Name"]: each["Value"] for each in alarm["Dimensions"]}


def _check(namespace: str, name: str, dimensions: dict[str, Any]) -> None:
    if namespace != NAMESPACE:
        assert name in AWS_METRICS[namespace]
        return
    metric = Metric(name)
    assert set(dimensions) <= {"service", metric.detail}, name
    reasons = {reason.value for each in (SkipReason, RetryReason, RejectReason) for reason in each}
    assert dimensions.get(Detail.REASON, "setup") in reasons
    assert dimensions.get(Detail.STATUS, "429") in {"429", "none", "2xx", "3xx", "4xx", "5xx"}


def test_alarms_watch_metrics_that_are_published(alarms: dict[str, Any]) -> None:
    for alarm in alarms.values():
        _check(*_of_alarm(alarm))


def test_the_dashboard_shows_metrics_that_are_published(widgets: list[dict[str, Any]]) -> None:
    shown = set()
    for widget in widgets:
        for namespace, *rest in widget["properties"].get("metrics", []):
            if isinstance(namespace, dict):
                search = re.search(r"\{AepMoEngage,([\w,]+)\} .*MetricName=\"(\w+)\"", namespace["expression"])
                assert search, namespace
                dimensions, name = search.groups()
                assert set(dimensions.split(",")) <= {"service", "destination", Metric(name).detail}
                assert "service=" in namespace["expression"], "another stack's metrics would be shown too"
                shown.add(name)
                continue
            name, *dimensions = rest[:-1]
            _check(namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True)))
            shown.add(name)
    assert {metric.value for metric in Metric} <= shown, "what is published and never looked at is not worth its price"


def test_the_dashboard_shows_every_alarm_that_always_exists(
    widgets: list[dict[str, Any]], resources: Resources
) -> None:
    (shown,) = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    always = [name for name, each in resources("AWS::CloudWatch::Alarm").items() if "Condition" not in each]
    assert sorted(shown) == sorted(f"${{{name}.Arn}}" for name in always)


def test_the_dashboard_fits_its_grid(widgets: list[dict[str, Any]]) -> None:
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(set(cells)) == len(cells), "widgets overlap"
    assert max(x for x, _ in cells) < 24


def test_logs_can_be_searched_from_the_dashboard(widgets: list[dict[str, Any]]) -> None:
    queries = [widget["properties"]["query"] for widget in widgets if widget["type"] == "log"]
    assert len(queries) >= 2
    assert all("${IngestLogs}" in query and "${DrainLogs}" in query for query in queries)
