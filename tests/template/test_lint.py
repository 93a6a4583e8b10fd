"""The templates pass cfn-lint, with the rules for serverless applications; each suppression has a reason."""

from pathlib import Path

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint_file

from aep_moengage_dev.project import PROJECT

TEMPLATE = PROJECT / "template.yaml"
TEMPLATES = [TEMPLATE, PROJECT / "edge" / "web-acl.yaml"]
RULES = ManualArgs(regions=["us-east-1", "eu-west-1"], append_rules=["cfn_lint_serverless.rules"])


def errors(file: Path) -> list[str]:
    return [str(error) for error in lint_file(file, config=RULES)]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_a_template_has_no_errors(file: Path) -> None:
    assert errors(file) == []


def test_the_rules_for_serverless_applications_are_on(tmp_path: Path) -> None:
    text = TEMPLATE.read_text()
    unsuppressed = tmp_path / "template.yaml"
    unsuppressed.write_text(text.replace("        - WS1000\n", ""))
    assert any("WS1000" in error for error in errors(unsuppressed))


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
