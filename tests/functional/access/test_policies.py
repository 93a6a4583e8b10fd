"""Each policy allows its calls and denies all others."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from tests.functional.access.calls import CALLS, Call, filled
from tests.functional.access.conftest import STACK, Guarded, user_with
from tests.functional.emulated_aws import create_table, template_part

from aep_moengage_cli.permissions import Permission

SAMPLES = ("destination", "kind")
DENIED = {"AccessDenied", "AccessDeniedException", "403"}  # moto denies in XML, which not every client can read


def name_of(call: Call) -> str:
    what = next((str(value) for value in call.arguments.values()), "")
    return f"{call.operation} {what}"[:70]


def is_denied(client: Any, call: Call, outputs: Mapping[str, str]) -> bool:
    try:
        getattr(client, call.operation)(**filled(call.arguments, outputs))
    except ClientError as error:  # AWS says that something is missing only to those who may ask
        return error.response["Error"]["Code"] in DENIED
    return False


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_a_call_needs_exactly_its_permissions(guarded: Guarded, call: Call) -> None:
    allowed = {
        permission
        for permission in Permission
        if not is_denied(guarded.client(call.service, permission), call, guarded.outputs)
    }
    assert allowed == call.allowed


# --- The same with moto, which asks policies about actions but not about resources ---------------------------------

# moto calls CloudWatch's actions `monitoring:...`, and its CloudFormation needs more packages than all the rest
MOTO_SERVICES = {"dynamodb", "iam", "logs", "sqs", "ssm", "sts"}
# to moto, unlike to AWS, a transaction and a batch of statements are actions of their own
MOTO_LACKS = {"transact_write_items", "batch_execute_statement"}
MOTO_CALLS = [call for call in CALLS if call.service in MOTO_SERVICES and call.operation not in MOTO_LACKS]


def allowed_anywhere(call: Call) -> frozenset[Permission]:
    """The permissions that allow the action on any resource."""
    return frozenset().union(*(each.allowed for each in CALLS if each.action == call.action))


@pytest.fixture(scope="module")
def widened() -> Iterator[tuple[Mapping[str, str], Mapping[Permission, Mapping[str, str]]]]:
    """Outputs and users as in `guarded`, their policies about every resource."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        part = template_part()
        iam = boto3.client("iam")
        keys = {}
        for permission in Permission:
            (policy,) = (each for name, each in part["Resources"].items() if f"{name}Arn" == permission.output)
            document = policy["Properties"]["PolicyDocument"]
            statements = [statement | {"Resource": "*"} for statement in document["Statement"]]
            made = iam.create_policy(
                PolicyName=permission.name, PolicyDocument=json.dumps(dict(document) | {"Statement": statements})
            )
            keys[permission] = user_with(iam, permission.name, made["Policy"]["Arn"])
        yield created(), keys


def created() -> dict[str, str]:
    sqs, dynamodb, logs = boto3.client("sqs"), boto3.client("dynamodb"), boto3.client("logs")
    keys = {"DestinationsTableName": ("id", "version"), "LedgerTableName": ("user",), "SamplesTableName": SAMPLES}
    for table, columns in keys.items():
        create_table(dynamodb, table, *columns)
    groups = ("IngestLogGroupName", "DrainLogGroupName")
    for group in groups:
        logs.create_log_group(logGroupName=group)
    queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("RetryQueueUrl", "DeadLetterQueueUrl")}
    return {name: name for name in (*keys, *groups)} | queues | {"ParameterPath": f"/aep-moengage/{STACK}"}


@pytest.mark.parametrize("call", MOTO_CALLS, ids=name_of)
def test_moto_agrees_on_every_action(widened: Any, call: Call) -> None:
    outputs, keys = widened

    @set_initial_no_auth_action_count(0)
    def denied(permission: Permission) -> bool:
        return is_denied(boto3.client(call.service, **keys[permission]), call, outputs)

    assert {permission for permission in Permission if not denied(permission)} == allowed_anywhere(call)


def test_every_allowed_action_is_among_the_calls() -> None:
    policies = [each for each in template_part()["Resources"].values() if each["Type"] == "AWS::IAM::ManagedPolicy"]
    allowed = set()
    for policy in policies:
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            action = statement["Action"]
            allowed |= set(action if isinstance(action, list) else [action])
    not_emulated = {"servicequotas:getservicequota", "servicequotas:getawsdefaultservicequota"}
    assert {action.lower() for action in allowed} - not_emulated <= {call.action for call in CALLS if call.allowed}
