"""The emulated AWS finds the words in the template's list of alerts as CloudFormation does."""

from collections.abc import Mapping
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from aep_moengage_dev.local.emulated_conditions import resolving
from aep_moengage_dev.project import PROJECT

CONDITIONS = dict(cfn_yaml.load(str(PROJECT / "template.yaml"))["Conditions"])


def _evaluate(template: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, bool]:
    """Evaluates `not equal` as MiniStack does: it resolves references, and compares everything else as text."""
    sides = {name: each["Fn::Not"][0]["Fn::Equals"] for name, each in template["Conditions"].items()}
    return {name: str(left) != parameters[right["Ref"]]["Value"] for name, (left, right) in sides.items()}


def _held(alerts: str) -> set[str]:
    parameters = {"Alerts": {"Value": alerts}}
    of_alerts = {name: each for name, each in CONDITIONS.items() if name.startswith("Sends")}
    return {name for name, holds in resolving(_evaluate)({"Conditions": of_alerts}, parameters).items() if holds}


@pytest.mark.parametrize(
    ("alerts", "held"),
    [
        ("", set()),
        ("failure", {"SendsFailure"}),
        ("no-data,dead-letters", {"SendsNoData", "SendsDeadLetters"}),
        ("setup, start, success", {"SendsSetup", "SendsStart", "SendsSuccess"}),
    ],
)
def test_listed_words_are_found(alerts: str, held: set[str]) -> None:
    assert _held(alerts) == held


def test_other_conditions_are_left_to_the_emulator() -> None:
    template = {"Conditions": {"Emails": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlertEmail"}, ""]}]}}}
    seen: list[Any] = []
    resolving(lambda given, _: seen.append(given) or {})(template, {"AlertEmail": {"Value": ""}})
    assert seen == [template]
