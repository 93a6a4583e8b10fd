"""The templates pass cfn-lint, with the rules for serverless applications; each suppression has a reason."""

from pathlib import Path

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint_file

from aep_moengage_dev.project import PROJECT

TEMPLATE = PROJECT / "template.yaml"
TEMPLATES = [TEMPLATE, PROJECT / "edge" / "web-acl.yaml"]
RULES = ManualArgs(regions=["us-east-1", "eu-west-1"], append_rules=["cfn_lint_serverless.rules"])

UNTRACED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.lambda_handler, Runtime: python3.13, CodeUri: functions/}
"""


def errors(file: Path) -> list[str]:
    return [str(error) for error in lint_file(file, config=RULES)]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_a_template_has_no_errors(file: Path) -> None:
    assert errors(file) == []


def test_the_rules_for_serverless_applications_are_on(tmp_path: Path) -> None:
    untraced = tmp_path / "template.yaml"
    untraced.write_text(UNTRACED)
    assert any("WS1000" in error for error in errors(untraced))


def test_every_suppression_says_why() -> None:
    lines = TEMPLATE.read_text().splitlines()
    ignored = [
        number
        for number, line in enumerate(lines)
        if line.strip().startswith("- ") and line.strip()[2:4] in {"WS", "ES", "W1", "W2", "W3", "E1", "E2", "E3"}
    ]
    assert len(ignored) >= 3
    for number in ignored:
        assert "#" in lines[number] or lines[number - 1].strip().startswith("#"), lines[number]
