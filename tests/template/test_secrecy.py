"""What in the template keeps data and permissions to those who need them."""

import re
from collections.abc import Iterator
from typing import Any

from tests.template.conftest import Resources

# in a key's own policy, "*" is that key
KEY_POLICY = "AWS::KMS::Key"


def _statements(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in resources("AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield f"{name}: {statement['Sid']}", statement


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_function_has_a_role_of_its_own(resources: Resources) -> None:
    functions = resources("AWS::Serverless::Function")
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert len(set(roles)) == len(functions)
    assert set(roles) <= set(resources("AWS::IAM::Role"))


def test_no_permission_is_for_everything(resources: Resources) -> None:
    for where, statement in _statements(resources):
        assert "*" not in _listed(statement["Resource"]), where
        assert not [action for action in _listed(statement["Action"]) if "*" in action], where


def test_no_managed_policy_widens_a_role(resources: Resources) -> None:
    for name, role in resources("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role["Properties"], name


def test_only_this_stacks_credentials_can_be_read(resources: Resources) -> None:
    for where, statement in _statements(resources):
        if any(action.startswith("ssm:") for action in _listed(statement["Action"])):
            assert statement["Resource"]["Fn::Sub"].endswith(":parameter/aep-moengage/${AWS::StackName}/*"), where


def test_ingest_cannot_take_from_the_queue(resources: Resources) -> None:
    allowed = {
        action
        for where, statement in _statements(resources)
        if where.startswith("IngestRole")
        for action in _listed(statement["Action"])
    }
    assert {action for action in allowed if action.startswith("sqs:")} == {"sqs:SendMessage"}


def test_everything_at_rest_is_encrypted(resources: Resources) -> None:
    for name, queue in resources("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
    for name, table in resources("AWS::DynamoDB::Table").items():
        assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}, name
        assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
    for name, topic in resources("AWS::SNS::Topic").items():
        assert topic["Properties"]["KmsMasterKeyId"], name


def test_alarms_may_use_the_key_of_their_topic(resources: Resources) -> None:
    (key,) = resources(KEY_POLICY).values()
    services = [
        statement["Principal"]["Service"]
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]
    assert services == ["cloudwatch.amazonaws.com"]


def test_no_secret_is_in_a_parameter_or_an_environment(template: dict[str, Any], resources: Resources) -> None:
    variables = dict(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in resources("AWS::Serverless::Function").values():
        variables |= function["Properties"]["Environment"]["Variables"]
    telling = re.compile(r"password|secret|token|credential|(?<!data_app_)key", re.IGNORECASE)
    assert not [name for name in [*variables, *template["Parameters"]] if telling.search(name)]


def test_the_access_log_has_neither_headers_nor_bodies(resources: Resources) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    logged = stage["Properties"]["AccessLogSettings"]["Format"]
    assert logged.startswith("{")
    assert not re.search(r"\$context\.(authorizer|requestOverride)|header|body|authorization", logged, re.IGNORECASE)
