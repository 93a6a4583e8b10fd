"""The template shows operators when delivery is unhealthy: alarms, their receivers, and the dashboard."""

import json
import re
from typing import Any

import pytest
from tests.template.conftest import Resources
from tests.template.deployed import deployed
from tests.template.test_mutual_tls import MUTUAL_TLS

from aep_moengage.outcomes import RejectReason, RetryReason, SkipReason
from aep_moengage.telemetry.metrics import Detail, Metric
from aep_moengage_dev.project import PROJECT

NAMESPACE = "AepMoEngage"
AWS_METRICS = {
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    },
    "AWS/Lambda": {"Errors", "Invocations", "IteratorAge", "Throttles"},
    "AWS/ApiGateway": {"4xx", "5xx", "Count", "Latency"},
}
FILTERED = {"turned_away"}  # counted from the log of the HTTP API, not published by the functions
# the word of the parameter `Alerts` that sends each; opt-in alarms exist only then
WORDS = {
    "failure": {"FlowRunFailureAlarm"},
    "delay": {"FlowRunDelayAlarm"},
    "skipped": {"SkippedRateAlarm"},
    "setup": {"SetupAlarm"},
    "throttled": {"ThrottledAlarm"},
    "dead-letters": {"DeadLettersAlarm"},
    "turned-away": {"TurnedAwayAlarm"},
    "unavailable": {"UnavailableAlarm"},
    "slow": {"SlowAnswersAlarm"},
    "errors": {
        "IngestErrorsAlarm",
        "IngestThrottlesAlarm",
        "DrainErrorsAlarm",
        "DrainThrottlesAlarm",
        "StreamErrorsAlarm",
    },
    "behind": {"DrainBehindAlarm", "StreamBehindAlarm"},
    "configuration": {"StaleConfigurationAlarm"},
    "truststore": {"TruststoreAlarm"},
}
OPTED_FOR = {"start": "FlowRunStartAlarm", "success": "FlowRunSuccessAlarm", "no-data": "NoDataAlarm"}
WITH_MUTUAL_TLS = "TruststoreAlarm"
# alarms for which missing data does not mean that all is well; the template gives each reason
MISSING = {"DeadLettersAlarm": "ignore", "NoDataAlarm": "breaching", "TruststoreAlarm": "missing"}
ONCE_IS_ENOUGH = {
    "FlowRunFailureAlarm",  # a rejected profile needs somebody to act
    "FlowRunDelayAlarm",  # a profile that has waited for hours has failed many times
    "FlowRunStartAlarm",
    "FlowRunSuccessAlarm",
    "DeadLettersAlarm",  # a gauge, which does not come and go
    "TurnedAwayAlarm",  # AEP sends again only a few times
}


@pytest.fixture(scope="module")
def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return {name: alarm["Properties"] for name, alarm in resources("AWS::CloudWatch::Alarm").items()}


@pytest.fixture(scope="module")
def widgets(resources: Resources) -> list[dict[str, Any]]:
    """The dashboard's widgets, with `value` for every number that CloudFormation fills in."""
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body, texts = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, text in texts.items():
        if not isinstance(text, dict) or "Fn::Sub" in text:
            body = body.replace(f"${{{name}}}", text["Fn::Sub"] if isinstance(text, dict) else text)
    return list(json.loads(body.replace('"value": ${DelayMinutes}', '"value": 150'))["widgets"])


def _expected(parameters: dict[str, Any], alarm: dict[str, Any], name: str) -> int:
    value = alarm[name]
    return int(parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value)


def test_alarms_watch_existing_things_and_notify_the_topic(alarms: dict[str, Any], template: dict[str, Any]) -> None:
    known = {*template["Resources"], "AWS::StackName"}
    for name, alarm in alarms.items():
        kinds = ("AlarmActions", "OKActions", "InsufficientDataActions")
        actions = [action["Ref"] for kind in kinds for action in alarm.get(kind, [])]
        assert set(actions) == {"AlertsTopic"}, name
        for dimension in alarm["Dimensions"]:
            value = dimension["Value"]
            if isinstance(value, dict):
                assert (value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]) in known, name


def test_alarms_that_are_no_notices_also_notify_of_their_end(alarms: dict[str, Any]) -> None:
    notices = {"FlowRunStartAlarm": "AlarmActions", "FlowRunSuccessAlarm": "OKActions"}
    for name, alarm in alarms.items():
        notified = {kind for kind in ("AlarmActions", "OKActions") if alarm.get(kind)}
        assert notified == ({notices[name]} if name in notices else {"AlarmActions", "OKActions"}), name


def test_each_alarm_names_its_severity_and_its_section_of_the_runbook(alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        description = alarm["AlarmDescription"]["Fn::Sub"]
        assert re.match(r"(Critical|Warning|Notice)\b.*\. Runbook: \$\{RunbookUrl\}#[a-z0-9-]+$", description), name


def test_without_a_runbook_url_nothing_links_to_one(template: dict[str, Any], resources: Resources) -> None:
    assert template["Parameters"]["RunbookUrl"]["Default"] == "", (
        "an alert ends in the section's name, which is no link"
    )
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body, texts = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    assert "RunbookUrl" not in body
    assert texts["Runbook"] == {"Fn::If": ["LinksRunbook", {"Fn::Sub": "[Runbook](${RunbookUrl}) · "}, ""]}


def test_each_alarm_handles_missing_data_for_a_reason(alarms: dict[str, Any]) -> None:
    assert {name: each["TreatMissingData"] for name, each in alarms.items()} == {
        name: MISSING.get(name, "notBreaching") for name in alarms
    }
    source = (PROJECT / "template.yaml").read_text()
    reasons = re.findall(r"TreatMissingData: \w+ # \S+", source)
    assert len(reasons) == len(alarms), "each has a comment"


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


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ("failure", True),
        ("failure,no-data", True),
        ("failure, delay", True),
        ("", True),
        ("everything", False),
        ("failure,everything", False),
        ("failure delay", False),
        ("failure,", False),
        ("failures", False),
    ],
)
def test_the_whole_list_of_alerts_is_checked(template: dict[str, Any], alerts: str, expected: bool) -> None:
    assert bool(re.fullmatch(template["Parameters"]["Alerts"]["AllowedPattern"], alerts)) is expected


def test_every_word_sends_its_alarms_and_no_other(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Alerts"]["Default"].split(",") == list(WORDS)
    for word, expected in (WORDS | {word: {alarm} for word, alarm in OPTED_FOR.items()}).items():
        assert re.fullmatch(template["Parameters"]["Alerts"]["AllowedPattern"], word)
        assert _sent(template, word) == expected
    assert _sent(template, "") == set()
    assert _sent(template, "delay, no-data") == {"FlowRunDelayAlarm", "NoDataAlarm"}


def _sent(template: dict[str, Any], alerts: str) -> set[str]:
    """The alarms that notify the topic with this list."""
    kept = deployed(template, Alerts=alerts, EventStream="acme-production", **MUTUAL_TLS)["Resources"]
    return {
        name
        for name, each in kept.items()
        if each["Type"] == "AWS::CloudWatch::Alarm" and each["Properties"].get("ActionsEnabled", True)
    }


def test_opt_in_alarms_exist_only_when_they_are_listed(template: dict[str, Any]) -> None:
    conditional = {
        name
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::CloudWatch::Alarm" and each.get("Condition", "HasEventStream") != "HasEventStream"
    }
    assert conditional == {*OPTED_FOR.values(), WITH_MUTUAL_TLS}


def test_alerts_go_to_the_address_and_the_endpoint_that_are_given(resources: Resources) -> None:
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
    if name in FILTERED:
        assert set(dimensions) == {"service"}
        return
    metric = Metric(name)
    assert set(dimensions) <= {"service", metric.detail}, name
    reasons = {reason.value for each in (SkipReason, RetryReason, RejectReason) for reason in each}
    assert dimensions.get(Detail.REASON, "setup") in reasons
    assert dimensions.get(Detail.STATUS, "429") in {"429", "none", "2xx", "3xx", "4xx", "5xx"}


def test_alarms_watch_metrics_that_are_published(alarms: dict[str, Any]) -> None:
    for alarm in alarms.values():
        _check(*_of_alarm(alarm))


def test_requests_that_are_turned_away_are_counted_from_the_log_of_the_api(resources: Resources) -> None:
    (filtered,) = resources("AWS::Logs::MetricFilter").values()
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    (counted,) = filtered["Properties"]["MetricTransformations"]
    logged = json.loads(stage["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"])
    assert (counted["MetricNamespace"], {counted["MetricName"]}) == (NAMESPACE, FILTERED)
    assert filtered["Properties"]["LogGroupName"] == {"Ref": "ApiLogs"}
    assert counted["Dimensions"] == [{"Key": "service", "Value": "$.service"}]
    assert logged["service"] == "${AWS::StackName}"
    assert logged["status"] == "$context.status"
    assert re.findall(r'\$\.status = "(\d+)"', filtered["Properties"]["FilterPattern"]) == ["429", "503"]


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
    assert {metric.value for metric in Metric} <= shown, "a metric that nobody looks at is not worth its price"


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
