"""Alarms, the runbook's sections and metrics belong together: none without the other."""

import re
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from aep_moengage.functions.problems import PROBLEMS
from aep_moengage_dev.project import PROJECT

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text("utf-8")
TEMPLATE = dict(cfn_yaml.load(str(PROJECT / "template.yaml")))
ALARMS: dict[str, dict[str, Any]] = {
    name: each["Properties"] for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"
}
SECTIONS = {
    re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-")): text
    for title, text in re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", RUNBOOK, re.MULTILINE)
}


def _anchor(alarm: str) -> str:
    return str(ALARMS[alarm]["AlarmDescription"]["Fn::Sub"]).rpartition("#")[2]


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    assert sorted(_anchor(alarm) for alarm in ALARMS) == sorted(SECTIONS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_a_section_names_its_alarm_its_metric_and_how_bad_it_is(alarm: str) -> None:
    heading = SECTIONS[_anchor(alarm)].strip().splitlines()[0]
    severity = re.match(r"\w+", ALARMS[alarm]["AlarmDescription"]["Fn::Sub"])
    assert f"`{alarm}`" in heading
    assert f"metric `{ALARMS[alarm]['MetricName']}`" in heading
    assert severity
    assert f"**{severity[0]}**" in heading


@pytest.mark.parametrize("anchor", SECTIONS)
def test_a_section_leads_from_a_query_to_commands_to_the_end(anchor: str) -> None:
    query, *commands = re.findall(r"```\n(.*?)```", SECTIONS[anchor], re.DOTALL)
    assert re.match(r"filter .+\n\| ", query), "a query that can be pasted"
    assert any(re.search(r"^aep-moengage |^aws |^sam ", each, re.MULTILINE) for each in commands)
    assert re.search(r"^The alarm clears ", SECTIONS[anchor], re.MULTILINE)


def test_the_overview_has_every_section_with_its_word() -> None:
    overview = RUNBOOK[: RUNBOOK.index("\n## ")]
    assert set(re.findall(r"\]\(#([\w-]+)\)", overview)) == set(SECTIONS)
    words = set(re.findall(r"\| `([\w-]+)`", overview))
    assert words == set(re.findall(r"[a-z][a-z-]+", TEMPLATE["Parameters"]["Alerts"]["AllowedPattern"]))


def test_links_within_the_runbook_lead_somewhere() -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) <= set(SECTIONS)


def test_what_the_runbook_calls_a_parameter_or_output_is_one() -> None:
    known = {*TEMPLATE["Parameters"], *TEMPLATE["Outputs"], *ALARMS}
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=\d+)?`", RUNBOOK))
    problems = {error.__name__ for error in PROBLEMS}
    aws = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "IteratorAge"}
    assert named <= known | problems | aws
