"""`Rollout`: nothing of CodeDeploy by default; else each function's alias is shifted, and back by its own alarms."""

import json
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

import pytest
from tests.template import conftest

from aep_moengage_dev.project import PROJECT, TOOLS

CANARY = "Canary10Percent5Minutes"
LINEAR = "Linear10PercentEvery1Minute"
GROUPS = "AWS::CodeDeploy::DeploymentGroup"

type Resources = dict[str, Any]


@pytest.fixture(scope="module")
def transformed() -> dict[str, Resources]:
    """What SAM makes of the template, by rollout; with `new layer`, a canary of another layer."""
    old, new = "s3://bucket/old.zip", "s3://bucket/new.zip"
    calls = {
        "default": ({}, old),
        CANARY: ({"Rollout": CANARY}, old),
        LINEAR: ({"Rollout": LINEAR}, old),
        "new layer": ({"Rollout": CANARY}, new),
    }
    given = json.dumps([{"parameters": parameters, "layer": layer} for parameters, layer in calls.values()])
    here = PROJECT / "tests" / "template" / "transform.py"
    words = [str(TOOLS / "sam" / "bin" / "python"), str(here), str(PROJECT / "template.yaml"), given]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 # SAM's Python
    assert done.returncode == 0, done.stderr
    return dict(zip(calls, json.loads(done.stdout), strict=True))


def aliases(resources: Resources) -> Resources:
    return {name: each for name, each in resources.items() if each["Type"] == "AWS::Lambda::Alias"}


def referred(value: Any) -> Iterator[str]:
    """Yields what a value refers to: logical ids, and names of parameters and the like."""
    if isinstance(value, list):
        for each in value:
            yield from referred(each)
    elif isinstance(value, dict):
        for name, given in value.items():
            if name == "Ref":
                yield given
            elif name == "Fn::GetAtt":
                yield given[0] if isinstance(given, list) else given.split(".")[0]
            elif name == "Fn::Sub":
                text = given[0] if isinstance(given, list) else given
                yield from (part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
            else:
                yield from referred(given)


def test_default_has_nothing_of_codedeploy(transformed: dict[str, Resources]) -> None:
    resources = transformed["default"]
    assert not [name for name, each in resources.items() if "CodeDeploy" in name + each["Type"]]
    assert not [name for name, alias in aliases(resources).items() if "UpdatePolicy" in alias]


@pytest.mark.parametrize("rollout", [CANARY, LINEAR])
def test_each_function_is_shifted_and_back_by_its_own_alarms(transformed: dict[str, Resources], rollout: str) -> None:
    resources = transformed[rollout]
    groups = {name: each["Properties"] for name, each in resources.items() if each["Type"] == GROUPS}

    assert {
        name: [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        for name, group in groups.items()
    } == {
        "IngestFunctionDeploymentGroup": ["IngestErrorsAlarm", "UnavailableAlarm", "SlowAnswersAlarm"],
        "DrainFunctionDeploymentGroup": ["DrainErrorsAlarm"],
        "StreamFunctionDeploymentGroup": ["StreamErrorsAlarm"],
    }
    assert resources["StreamFunctionDeploymentGroup"]["Condition"] == "HasEventStream", "as its function and alarm"
    for group in groups.values():
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": rollout}
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    for function in ("IngestFunction", "DrainFunction", "StreamFunction"):
        shift = resources[f"{function}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert shift["DeploymentGroupName"] == {"Ref": f"{function}DeploymentGroup"}
    assert "UpdatePolicy" not in resources["TruststoreFunctionAliaslive"]


def test_resources_of_a_rollout_depend_on_each_other_in_one_direction(transformed: dict[str, Resources]) -> None:
    resources = transformed[CANARY]
    graph = {name: {each for each in referred(body) if each in resources} for name, body in resources.items()}
    assert "IngestErrorsAlarm" in graph["IngestFunctionDeploymentGroup"]
    assert "IngestFunctionDeploymentGroup" in graph["IngestFunctionAliaslive"]
    TopologicalSorter(graph).prepare()  # raises CycleError, as CloudFormation does


def test_new_layer_is_a_new_version_of_each_function(transformed: dict[str, Resources]) -> None:
    before, after = (
        [_version(alias) for alias in aliases(transformed[name]).values()] for name in (CANARY, "new layer")
    )
    assert not set(before) & set(after)
    assert len(before) == len(after) == 4


def _version(alias: dict[str, Any]) -> str:
    """Returns the version that an alias leads to: a resource, whose id changes with what the function is made of."""
    return str(alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0])


def test_every_rollout_is_one_of_codedeploys_and_known_to_the_map(template: dict[str, Any]) -> None:
    offered = template["Parameters"]["Rollout"]["AllowedValues"]
    in_steps = {name: each["InSteps"] for name, each in template["Mappings"]["Rollouts"].items()}
    assert in_steps == {name: str(name != "AllAtOnce").lower() for name in offered}


def test_an_outage_of_moengage_stops_no_rollout(resources: conftest.Resources) -> None:
    """Alarms that MoEngage, the mapping or old dead letters can raise: the version that mends it must be deployable."""
    used = {
        alarm["Ref"]
        for each in resources("AWS::Serverless::Function").values()
        for alarm in each["Properties"]["DeploymentPreference"].get("Alarms", [])
    }
    metrics = {
        (each["Namespace"], each["MetricName"])
        for each in (resources("AWS::CloudWatch::Alarm")[name]["Properties"] for name in used)
    }
    assert metrics == {("AWS/Lambda", "Errors"), ("AWS/ApiGateway", "5xx"), ("AWS/ApiGateway", "Latency")}
