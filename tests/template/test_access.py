"""What in the template keeps Adobe's permissions apart."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.template.conftest import Resources

from aep_moengage_cli.permissions import Permission

LARGEST_POLICY = 6_144  # characters, white space aside
# an action whose resources IAM does not know by name
FOR_EVERYTHING = {"cloudwatch:GetMetricData"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def policies(resources: Resources) -> Mapping[Permission, dict[str, Any]]:
    found = resources("AWS::IAM::ManagedPolicy")
    assert {f"{name}Arn" for name in found} == {permission.output for permission in Permission}
    return {permission: found[permission.output.removesuffix("Arn")]["Properties"] for permission in Permission}


def _allowed(policy: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (action, resource)
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    ]


def test_every_permission_has_a_policy_whose_arn_is_an_output(
    policies: Mapping[Permission, dict[str, Any]], template: dict[str, Any]
) -> None:
    for permission, policy in policies.items():
        assert policy["Description"].startswith(f"{permission} - ")
        assert template["Outputs"][permission.output]["Value"] == {"Ref": permission.output.removesuffix("Arn")}
        assert len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) < LARGEST_POLICY


def test_no_policy_is_for_everything(policies: Mapping[Permission, dict[str, Any]]) -> None:
    for permission, policy in policies.items():
        for action, resource in _allowed(policy):
            assert "*" not in action, permission
            assert resource != "*" or action in FOR_EVERYTHING, (permission, action)


def test_nobody_but_who_views_profiles_reads_a_secret_and_only_two(
    policies: Mapping[Permission, dict[str, Any]],
) -> None:
    readers = {
        (permission, action, resource["Fn::Sub"].rpartition("/")[2])
        for permission, policy in policies.items()
        for action, resource in _allowed(policy)
        if action.startswith("ssm:Get")
    }
    viewer = Permission.VIEW_PROFILES
    assert readers == {(viewer, "ssm:GetParameter", "password"), (viewer, "ssm:GetParameter", "trace-key")}


def test_who_activates_reaches_destinations_and_nothing_else(policies: Mapping[Permission, dict[str, Any]]) -> None:
    services = {action.partition(":")[0] for action, _ in _allowed(policies[Permission.ACTIVATE_DESTINATIONS])}
    assert services == {"cloudformation", "dynamodb"}
    tables = [
        resource
        for action, resource in _allowed(policies[Permission.ACTIVATE_DESTINATIONS])
        if action.startswith("dynamodb:")
    ]
    assert all(table == {"Fn::GetAtt": ["DestinationsTable", "Arn"]} for table in tables)


def test_who_views_segments_changes_nothing_and_sees_no_profile(policies: Mapping[Permission, dict[str, Any]]) -> None:
    actions = {action.partition(":")[2] for action, _ in _allowed(policies[Permission.VIEW_SEGMENTS])}
    assert all(action.startswith(("Get", "Describe", "List", "Query", "Scan")) for action in actions), actions
    assert "ReceiveMessage" not in actions
