"""The template as CloudFormation reads it, with the short forms of its functions written out."""

from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml
from tests.template.deployed import deployed

from aep_moengage_dev.project import PROJECT

OWN_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/strangers/473e64fd-f30b-4765-81a0-62ad96dd167a"

type Resources = Callable[[str], dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return dict(cfn_yaml.load(str(PROJECT / "template.yaml")))


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> Resources:
    """Finds the resources of a type as they are written, by logical id."""
    return _finder(template)


@pytest.fixture(params=["", OWN_KEY], ids=["keys of AWS", "own key"])
def encrypted(request: pytest.FixtureRequest, template: dict[str, Any]) -> tuple[str, Resources]:
    """The parameter `KmsKeyArn`, empty and with a key, and a finder of the resources that it deploys."""
    return request.param, _finder(deployed(template, KmsKeyArn=request.param))


def _finder(template: dict[str, Any]) -> Resources:
    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        found = {name: each for name, each in template["Resources"].items() if each["Type"] == kind}
        assert found, f"the template has no {kind}"
        return found

    return of_type
