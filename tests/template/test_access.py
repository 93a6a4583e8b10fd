"""The template keeps Adobe's permissions apart."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.template.conftest import Resources

from aep_moengage_cli.permissions import Permission

LARGEST_POLICY = 6_144  # characters, not counting white space
# an action whose resources IAM does not know by name
FOR_EVERYTHING = {
    "cloudwatch:GetMetricData",
    "servicequotas:GetServiceQuota",
    "servicequotas:GetAWSDefaultServiceQuota",
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture
def policies(encrypted: tuple[str, Resources]) -> Mapping[Permission, dict[str, Any]]:
    _, resources = encrypted
    found = resources("AWS::IAM::ManagedPolicy")
    assert {f"{name}Arn" for name in found} - {"FunctionsPolicyArn"} == {permission.output for permission in Permission}
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


def test_no_policy_covers_everything(policies: Mapping[Permission, dict[str, Any]]) -> None:
    for permission, policy in policies.items():
        for action, resource in _allowed(policy):
            assert "*" not in action, permission
            assert resource != "*" or action in FOR_EVERYTHING, (permission, action)


def test_each_secret_is_read_only_by_those_who_need_it(policies: Mapping[Permission, dict[str, Any]]) -> None:
    readers = {
        (permission, action, resource["Fn::Sub"].rpartition("/")[2])
        for permission, policy in policies.items()
        for action, resource in _allowed(policy)
        if action.startswith("ssm:Get")
    }
    secrets = {
        Permission.VIEW_PROFILES: {"password", "trace-key", "ledger-key"},
        Permission.ACTIVATE_DESTINATIONS: {"password", "ledger-key"},
    }
    assert readers == {(who, "ssm:GetParameter", secret) for who, read in secrets.items() for secret in read}


def test_the_ledger_key_can_be_made_but_not_replaced(policies: Mapping[Permission, dict[str, Any]]) -> None:
    writing = [
        statement
        for statement in policies[Permission.MANAGE_DESTINATIONS]["PolicyDocument"]["Statement"]
        if "ledger-key" in str(statement["Resource"])
    ]
    (making,) = writing
    assert making["Action"] == "ssm:PutParameter"
    assert making["Condition"] == {"StringNotEquals": {"ssm:Overwrite": "true"}}


def test_activating_reaches_neither_queues_nor_logs(policies: Mapping[Permission, dict[str, Any]]) -> None:
    services = {action.partition(":")[0] for action, _ in _allowed(policies[Permission.ACTIVATE_DESTINATIONS])}
    assert services - {"kms"} == {"cloudformation", "dynamodb", "ssm"}


def test_activating_finds_users_by_audience_and_not_all_of_them(
    policies: Mapping[Permission, dict[str, Any]], resources: Resources
) -> None:
    allowed = _allowed(policies[Permission.ACTIVATE_DESTINATIONS])
    queried = [resource for action, resource in allowed if action == "dynamodb:Query"]
    assert {"Fn::Sub": "${LedgerTable.Arn}/index/ByAudience"} in queried
    scanned = [resource for action, resource in allowed if action == "dynamodb:Scan"]
    assert scanned == [{"Fn::GetAtt": ["DestinationsTable", "Arn"]}], "a scan shows documents, never users"
    (index,) = resources("AWS::DynamoDB::Table")["LedgerTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "ByAudience"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["audience_group", "user"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}, "the index holds no audience names"


def test_viewing_segments_changes_nothing_and_shows_no_profile(
    policies: Mapping[Permission, dict[str, Any]],
) -> None:
    actions = {action.partition(":")[2] for action, _ in _allowed(policies[Permission.VIEW_SEGMENTS])}
    assert all(action.startswith(("Get", "Describe", "List", "Query", "Scan", "Decrypt")) for action in actions), (
        actions
    )
    assert "ReceiveMessage" not in actions
