"""The template as CloudFormation would read it, short forms of its functions written out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

PROJECT = Path(__file__).resolve().parents[2]

type Resources = Callable[[str], dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return dict(cfn_yaml.load(str(PROJECT / "template.yaml")))


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> Resources:
    """Finds the resources of a type, by logical id."""

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        found = {name: each for name, each in template["Resources"].items() if each["Type"] == kind}
        assert found, f"the template has no {kind}"
        return found

    return of_type
