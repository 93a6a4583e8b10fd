"""Calls of AWS, and the permissions that allow each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aep_moengage_cli.permissions import Permission

MANAGE, ACTIVATE = Permission.MANAGE_DESTINATIONS, Permission.ACTIVATE_DESTINATIONS
PROFILES, SEGMENTS = Permission.VIEW_PROFILES, Permission.VIEW_SEGMENTS
ALL, NOBODY = frozenset(Permission), frozenset[Permission]()

KEY = {"id": {"S": "acme"}, "version": {"S": "active"}}
SAMPLE = {"destination": {"S": "acme"}, "kind": {"S": "profiles"}}
USER = {"user": {"S": "some"}}


class Call(NamedTuple):
    """A call: of which service, what, with which arguments (names in braces are outputs), and who may make it."""

    service: str
    operation: str
    arguments: dict[str, Any]
    allowed: frozenset[Permission]

    @property
    def action(self) -> str:
        """Its action as IAM names it, in lower case; a batch of statements has that of its first one."""
        if statements := self.arguments.get("Statements"):
            return f"{self.service}:partiql{statements[0]['Statement'].split()[0].lower()}"
        return f"{self.service}:{self.operation.replace('_', '')}"


def _destinations(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("dynamodb", operation, {"TableName": "{DestinationsTableName}", **arguments}, allowed)


def _ledger(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("dynamodb", operation, {"TableName": "{LedgerTableName}", **arguments}, allowed)


def _samples(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("dynamodb", operation, {"TableName": "{SamplesTableName}", **arguments}, allowed)


def _transaction(allowed: frozenset[Permission], **item: Any) -> Call:
    items = [{kind: {"TableName": "{DestinationsTableName}", **what}} for kind, what in item.items()]
    return Call("dynamodb", "transact_write_items", {"TransactItems": items}, allowed)


def _parameter(operation: str, name: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    path = f"{{ParameterPath}}/destinations/acme/{name}"
    return Call("ssm", operation, {"Name": path, **arguments}, allowed)


def _dead(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("sqs", operation, {"QueueUrl": "{DeadLetterQueueUrl}", **arguments}, allowed)


def _waiting(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("sqs", operation, {"QueueUrl": "{RetryQueueUrl}", **arguments}, allowed)


def _only(*permissions: Permission) -> frozenset[Permission]:
    return frozenset(permissions)


def _ledger_key(operation: str, allowed: frozenset[Permission], **arguments: Any) -> Call:
    return Call("ssm", operation, {"Name": "{ParameterPath}/ledger-key", **arguments}, allowed)


def _partiql(statement: str, allowed: frozenset[Permission]) -> Call:
    return Call("dynamodb", "batch_execute_statement", {"Statements": [{"Statement": statement}]}, allowed)


_READ = {"{LedgerTableName}": {"Keys": [USER]}}
_QUERY = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "acme"}}}
_BY_AUDIENCE = {
    "IndexName": "ByAudience",
    "KeyConditionExpression": "audience_group = :group",
    "ExpressionAttributeValues": {":group": {"S": "group"}},
}
_SET = {"UpdateExpression": "SET lease = :none", "ExpressionAttributeValues": {":none": {"N": "0"}}}
_INSERT = "INSERT INTO \"{LedgerTableName}\" VALUE {{'user': 'inserted'}}"
_UPDATE = 'UPDATE "{LedgerTableName}" SET version = 1 WHERE "user" = \'some\''
_SECRET = {"Value": "x", "Type": "SecureString", "Overwrite": True}
_ALARM = {"Namespace": "n", "MetricName": "m", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}

CALLS = (
    Call("cloudformation", "describe_stacks", {"StackName": "guarded"}, ALL),
    Call("cloudformation", "list_stack_resources", {"StackName": "guarded"}, _only(SEGMENTS)),
    Call("cloudformation", "describe_stacks", {"StackName": "guarded-too"}, NOBODY),
    Call("cloudformation", "delete_stack", {"StackName": "guarded"}, NOBODY),
    Call("sts", "get_caller_identity", {}, ALL),
    # destinations
    _destinations("get_item", ALL, Key=KEY),
    _destinations("query", _only(MANAGE, ACTIVATE, SEGMENTS), **_QUERY),
    _destinations("scan", ALL),
    _destinations("put_item", _only(MANAGE, ACTIVATE), Item=KEY),
    _destinations("delete_item", _only(MANAGE), Key=KEY),
    _destinations("update_item", NOBODY, Key=KEY, **_SET),
    _destinations("delete_table", NOBODY),
    _transaction(_only(MANAGE, ACTIVATE), Put={"Item": KEY}),
    _transaction(_only(MANAGE), Delete={"Key": KEY}),
    # the ledger
    Call("dynamodb", "batch_get_item", {"RequestItems": _READ}, _only(PROFILES, ACTIVATE)),
    _ledger("get_item", _only(PROFILES, ACTIVATE), Key=USER),
    _ledger("query", _only(MANAGE, ACTIVATE), **_BY_AUDIENCE),
    _ledger("scan", NOBODY),
    _ledger("scan", NOBODY, IndexName="ByAudience"),
    _ledger("put_item", _only(ACTIVATE), Item=USER),
    _ledger("update_item", _only(ACTIVATE), Key=USER, **_SET),
    _ledger("delete_item", NOBODY, Key=USER),
    _partiql(_INSERT, _only(ACTIVATE)),
    _partiql(_UPDATE, _only(ACTIVATE)),
    # samples, which are whole profiles
    _samples("get_item", _only(PROFILES), Key=SAMPLE),
    _samples("delete_item", _only(MANAGE), Key=SAMPLE),
    _samples("put_item", NOBODY, Item=SAMPLE),
    _samples("scan", NOBODY),
    # secrets
    _ledger_key("get_parameter", _only(PROFILES, ACTIVATE), WithDecryption=True),
    _ledger_key("put_parameter", _only(MANAGE), Value="x", Type="SecureString"),
    _ledger_key("delete_parameter", NOBODY),
    _parameter("get_parameter", "password", _only(PROFILES, ACTIVATE), WithDecryption=True),
    _parameter("get_parameter", "trace-key", _only(PROFILES), WithDecryption=True),
    _parameter("get_parameter", "tokens/primary", NOBODY, WithDecryption=True),
    _parameter("put_parameter", "password", _only(MANAGE), **_SECRET),
    _parameter("put_parameter", "trace-key", _only(MANAGE), **_SECRET),
    _parameter("delete_parameter", "tokens/secondary", _only(MANAGE)),
    Call("ssm", "delete_parameters", {"Names": ["{ParameterPath}/destinations/acme/password"]}, _only(MANAGE)),
    Call("ssm", "delete_parameters", {"Names": ["/somebody/elses"]}, NOBODY),
    Call("ssm", "put_parameter", {"Name": "/somebody/elses", **_SECRET}, NOBODY),
    Call("ssm", "describe_parameters", {}, _only(MANAGE, SEGMENTS)),
    Call("ssm", "get_parameters_by_path", {"Path": "{ParameterPath}/destinations/acme"}, NOBODY),
    # queues
    _dead("get_queue_attributes", _only(MANAGE, PROFILES, SEGMENTS), AttributeNames=["All"]),
    _dead("receive_message", _only(MANAGE, PROFILES), VisibilityTimeout=0),
    _dead("change_message_visibility", _only(MANAGE, PROFILES), ReceiptHandle="none", VisibilityTimeout=0),
    _dead("delete_message", _only(MANAGE), ReceiptHandle="none"),
    _dead("send_message", NOBODY, MessageBody="x"),
    _dead("purge_queue", NOBODY),
    _waiting("get_queue_attributes", _only(MANAGE, SEGMENTS), AttributeNames=["All"]),
    _waiting("send_message", _only(MANAGE), MessageBody="x"),
    _waiting("receive_message", NOBODY),
    _waiting("delete_message", NOBODY, ReceiptHandle="none"),
    # logs, metrics, alarms
    Call("logs", "filter_log_events", {"logGroupName": "{IngestLogGroupName}"}, _only(PROFILES)),
    Call("logs", "filter_log_events", {"logGroupName": "{DrainLogGroupName}"}, _only(PROFILES)),
    Call("logs", "filter_log_events", {"logGroupName": "somebody-elses"}, NOBODY),
    Call("logs", "delete_log_group", {"logGroupName": "{DrainLogGroupName}"}, NOBODY),
    Call("cloudwatch", "describe_alarms", {}, _only(SEGMENTS)),
    Call("cloudwatch", "get_metric_data", {"MetricDataQueries": [], "StartTime": 0, "EndTime": 1}, _only(SEGMENTS)),
    Call("cloudwatch", "put_metric_alarm", {"AlarmName": "a", **_ALARM}, NOBODY),
    # whoever could widen a policy would have every permission
    Call("iam", "list_policies", {}, NOBODY),
)


def filled(value: Any, outputs: Mapping[str, str]) -> Any:
    """Returns arguments with the outputs that they name put in."""
    match value:
        case str():
            return value.format_map(outputs) if "{" in value else value
        case dict():
            return {filled(name, outputs): filled(each, outputs) for name, each in value.items()}
        case list():
            return [filled(each, outputs) for each in value]
    return value
