"""The template's conditions on a list of words, as CloudFormation would see them, on the emulated AWS."""

from collections.abc import Mapping
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml
from tests.template.conftest import PROJECT

from aep_moengage_dev.local.emulated_conditions import resolving

CONDITIONS = dict(cfn_yaml.load(str(PROJECT / "template.yaml"))["Conditions"])


def _equals(template: dict[str, Any], _: Mapping[str, Any]) -> dict[str, bool]:
    """Evaluates `not equal` as MiniStack does: what it is given, as text."""
    sides = {name: each["Fn::Not"][0]["Fn::Equals"] for name, each in template["Conditions"].items()}
    return {name: str(left) != str(right) for name, (left, right) in sides.items()}


def _told(alerts: str) -> set[str]:
    parameters = {"Alerts": {"Value": alerts}}
    told = {name: each for name, each in CONDITIONS.items() if name.startswith("Tells")}
    return {name for name, holds in resolving(_equals)({"Conditions": told}, parameters).items() if holds}


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ("", set()),
        ("failure", {"TellsFailure"}),
        ("no-data,dead-letters", {"TellsNoData", "TellsDeadLetters"}),
        ("setup,start,success", {"TellsSetup", "TellsStart", "TellsSuccess"}),
    ],
)
def test_a_word_of_the_list_is_found_and_no_other(alerts: str, told: set[str]) -> None:
    assert _told(alerts) == told


def test_other_conditions_stay_as_they_are() -> None:
    template = {"Conditions": {"Emails": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlertEmail"}, ""]}]}}}
    seen: list[Any] = []
    resolving(lambda given, _: seen.append(given) or {})(template, {"AlertEmail": {"Value": ""}})
    assert seen == [template]
