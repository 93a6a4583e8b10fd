"""The template gives data and permissions only to those who need them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.template.conftest import OWN_KEY, Resources

SAMPLES = "SamplesTable"  # whole profiles, of which no backup may be left
ALERTS_KEY = {"Fn::GetAtt": ["AlertsKey", "Arn"]}
# With a key of the operator's own, each policy decrypts what it reads and encrypts what it writes.
KMS_ACTIONS = {"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"}


def _statements(resources: Resources, role: str) -> Iterator[dict[str, Any]]:
    """The statements of a role: its own, and those of the managed policies that are attached to it."""
    properties = resources("AWS::IAM::Role")[role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
    managed = resources("AWS::IAM::ManagedPolicy")
    documents += [managed[each["Ref"]]["Properties"]["PolicyDocument"] for each in properties["ManagedPolicyArns"]]
    for document in documents:
        yield from document["Statement"]


def _all_statements(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    for role in resources("AWS::IAM::Role"):
        for statement in _statements(resources, role):
            yield f"{role}: {statement['Sid']}", statement


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_function_has_its_own_role(resources: Resources) -> None:
    functions = resources("AWS::Serverless::Function")
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert len(set(roles)) == len(functions)
    assert set(roles) <= set(resources("AWS::IAM::Role"))


def test_no_permission_covers_everything(encrypted: tuple[str, Resources]) -> None:
    _, resources = encrypted
    for where, statement in _all_statements(resources):
        assert "*" not in _listed(statement["Resource"]), where
        assert not [action for action in _listed(statement["Action"]) if "*" in action], where


def test_roles_have_no_policies_of_aws(resources: Resources) -> None:
    for name, role in resources("AWS::IAM::Role").items():
        expected = [{"Ref": "FunctionsPolicy"}] if name in {"IngestRole", "DrainRole"} else []
        assert role["Properties"].get("ManagedPolicyArns", []) == expected, name


def test_functions_read_only_parameters_of_this_stack(encrypted: tuple[str, Resources]) -> None:
    _, resources = encrypted
    path = ":parameter/aep-moengage/${AWS::StackName}/"
    read = {
        (action, statement["Resource"]["Fn::Sub"].partition(path)[2])
        for _, statement in _all_statements(resources)
        for action in _listed(statement["Action"])
        if action.startswith("ssm:")
    }
    assert read == {("ssm:GetParametersByPath", "*"), ("ssm:GetParameter", "ledger-key")}


def test_ingest_cannot_receive_from_a_queue(encrypted: tuple[str, Resources]) -> None:
    _, resources = encrypted
    allowed = {action for each in _statements(resources, "IngestRole") for action in _listed(each["Action"])}
    assert {action for action in allowed if action.startswith("sqs:")} == {"sqs:SendMessage"}


def test_queues_are_encrypted_with_the_key_that_is_given(encrypted: tuple[str, Resources]) -> None:
    key, resources = encrypted
    expected = {"KmsMasterKeyId": {"Ref": "KmsKeyArn"}} if key else {"SqsManagedSseEnabled": True}
    for name, queue in resources("AWS::SQS::Queue").items():
        encryption = {setting: each for setting, each in queue["Properties"].items() if re.search("Sse|Kms", setting)}
        assert encryption == expected, name


def test_tables_are_encrypted_with_the_key_that_is_given_and_can_be_restored(encrypted: tuple[str, Resources]) -> None:
    key, resources = encrypted
    own = {"SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}} if key else {}
    for name, table in resources("AWS::DynamoDB::Table").items():
        assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True} | own, name
        recovery = table["Properties"].get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        assert recovery is (None if name == SAMPLES else True), name


def test_logs_and_alerts_are_encrypted_with_the_key_that_is_given(encrypted: tuple[str, Resources]) -> None:
    key, resources = encrypted
    for name, group in resources("AWS::Logs::LogGroup").items():
        assert group["Properties"].get("KmsKeyId") == ({"Ref": "KmsKeyArn"} if key else None), name
    for name, topic in resources("AWS::SNS::Topic").items():
        assert topic["Properties"]["KmsMasterKeyId"] == ({"Ref": "KmsKeyArn"} if key else ALERTS_KEY), name


def test_the_command_line_gets_the_key_for_the_secrets(template: dict[str, Any]) -> None:
    assert template["Outputs"]["KmsKeyArn"]["Condition"] == "UsesOwnKey"
    assert template["Outputs"]["KmsKeyArn"]["Value"] == {"Ref": "KmsKeyArn"}
    pattern = re.compile(template["Parameters"]["KmsKeyArn"]["AllowedPattern"])
    assert all(pattern.fullmatch(value) for value in ("", OWN_KEY))
    assert not pattern.fullmatch("alias/moengage"), "a policy cannot name an alias"


def test_a_key_may_be_used_only_through_the_services_that_hold_the_data(encrypted: tuple[str, Resources]) -> None:
    key, resources = encrypted
    policies = resources("AWS::IAM::ManagedPolicy")
    for name, policy in policies.items():
        uses = [
            statement
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if any(action.startswith("kms:") for action in _listed(statement["Action"]))
        ]
        assert bool(uses) is bool(key), name
        for statement in uses:
            assert set(_listed(statement["Action"])) <= KMS_ACTIONS, name
            assert statement["Resource"] == {"Ref": "KmsKeyArn"}, name
            services = _listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
            named = {service["Fn::Sub"].removesuffix(".${AWS::Region}.amazonaws.com") for service in services}
            assert named == _services(policy) if name != "ManageDestinationsPolicy" else named <= _services(policy)


def _services(policy: dict[str, Any]) -> set[str]:
    """The services whose encrypted data a policy reads or writes; of the queues, counts are not encrypted."""
    actions = {
        action
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
    } - {"sqs:GetQueueAttributes", "ssm:DescribeParameters"}
    return {action.partition(":")[0] for action in actions} & {"dynamodb", "sqs", "ssm"}


def test_who_manages_destinations_can_encrypt_a_secret_but_not_decrypt_one(template: dict[str, Any]) -> None:
    statements = template["Resources"]["ManageDestinationsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    with_key = {each["Fn::If"][1]["Sid"]: each["Fn::If"][1] for each in statements if "Fn::If" in each}
    assert "ssm" not in str(with_key["UseOwnKey"]["Condition"])
    assert with_key["EncryptSecrets"]["Action"] == "kms:Encrypt"
    assert "ssm" in str(with_key["EncryptSecrets"]["Condition"])


def test_alarms_may_use_the_key_of_their_topic(resources: Resources) -> None:
    (key,) = resources("AWS::KMS::Key").values()
    services = [
        statement["Principal"]["Service"]
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]
    assert services == ["cloudwatch.amazonaws.com"]
    assert key["Condition"] == "NeedsAlertsKey"


@pytest.mark.parametrize(
    ("kind", "of", "things"),
    [
        ("AWS::SQS::QueuePolicy", "Queues", {"RetryQueue", "DeadLetterQueue"}),
        ("AWS::SNS::TopicPolicy", "Topics", {"AlertsTopic"}),
    ],
)
def test_queues_and_topic_refuse_connections_without_tls(
    resources: Resources, kind: str, of: str, things: set[str]
) -> None:
    (policy,) = resources(kind).values()
    (deny,) = [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
    assert {each["Ref"] for each in policy["Properties"][of]} == things
    assert (deny["Principal"], deny["Condition"]) == ("*", {"Bool": {"aws:SecureTransport": "false"}})
    denied = {each.get("Ref") or each["Fn::GetAtt"][0] for each in _listed(deny["Resource"])}
    assert denied == things


def test_alarms_may_publish_to_the_topic_whose_default_policy_is_replaced(resources: Resources) -> None:
    (policy,) = resources("AWS::SNS::TopicPolicy").values()
    (allow,) = [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"


def test_tables_are_protected_from_deletion_and_outlive_the_stack(resources: Resources) -> None:
    for name, table in resources("AWS::DynamoDB::Table").items():
        if name == SAMPLES:
            continue
        assert table["Properties"]["DeletionProtectionEnabled"] is True, name
        assert table["DeletionPolicy"] == "Retain", f"`sam delete` would fail on {name}, which is protected"
        assert table["UpdateReplacePolicy"] == "Retain", name


def test_samples_are_gone_after_a_day_and_with_the_stack(resources: Resources) -> None:
    samples = resources("AWS::DynamoDB::Table")[SAMPLES]
    assert samples["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert (samples["DeletionPolicy"], samples["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert "DeletionProtectionEnabled" not in samples["Properties"]


def test_no_secret_is_in_a_parameter_or_an_environment(template: dict[str, Any], resources: Resources) -> None:
    variables = dict(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in resources("AWS::Serverless::Function").values():
        variables |= function["Properties"]["Environment"]["Variables"]
    secret = re.compile(r"password|secret|token|credential|(?<!kms)key", re.IGNORECASE)
    assert not [name for name in [*variables, *template["Parameters"]] if secret.search(name)]


def test_the_access_log_has_neither_headers_nor_bodies(resources: Resources) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    logged = stage["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"]
    assert logged.startswith("{")
    assert not re.search(r"\$context\.(authorizer|requestOverride)|header|body|authorization", logged, re.IGNORECASE)
