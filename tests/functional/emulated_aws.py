"""What the functional tests do with an emulated AWS: its owner's environment, tables, and a stack to operate on."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cfnlint.decode import cfn_yaml
from tests.template.deployed import deployed

from aep_moengage_cli.permissions import Permission
from aep_moengage_dev.project import PROJECT, REGION

OWNER = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
NO_MOENGAGE = "http://127.0.0.1:9"  # nothing listens there
_TABLES = {"DestinationsTable", "LedgerTable", "SamplesTable"}
_OPERATED_ON = _TABLES | {"RetryQueue", "DeadLetterQueue", "IngestLogs", "DrainLogs"}
_ALERTING = {"AlarmActions", "OKActions"}  # of an alarm; they need a topic and its key


def owner_environment(url: str) -> dict[str, str]:
    """Returns the environment in which clients reach the emulated AWS at `url` as the account's owner."""
    return OWNER | {"AWS_ENDPOINT_URL": url}


def create_table(dynamodb: Any, name: str, *keys: str) -> None:
    """Creates a table with a partition key and, if two are given, a sort key; `dynamodb` is a client."""
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


@cache
def template_part() -> dict[str, Any]:
    """Returns the part of the template that commands use: tables, queues, logs, policies, an alarm, and outputs."""
    template = deployed(cfn_yaml.load(str(PROJECT / "template.yaml")))
    policies = {permission.output.removesuffix("Arn") for permission in Permission}
    resources = {name: template["Resources"][name] for name in _OPERATED_ON | policies}
    alarm = template["Resources"]["DeadLettersAlarm"]
    properties = {name: each for name, each in alarm["Properties"].items() if name not in _ALERTING}
    resources["DeadLettersAlarm"] = {"Type": alarm["Type"], "Properties": properties}
    known = resources.keys() | template["Parameters"].keys()
    outputs = {name: each for name, each in template["Outputs"].items() if _references(each["Value"]) <= known}
    outputs["ProfilesUrl"] = {"Value": "https://api.example.com/destinations/{id}/profiles"}
    return {"Parameters": template["Parameters"], "Resources": resources, "Outputs": outputs}


def _references(value: Mapping[str, Any] | str) -> set[str]:
    if isinstance(value, str):
        return set()
    if "Ref" in value:
        return {value["Ref"]}
    text = str(value.get("Fn::Sub", ""))
    return {part.partition("}")[0] for part in text.split("${")[1:]} - {"AWS::StackName"}


def create_stack(cloudformation: Any, name: str, moengage_url: str = NO_MOENGAGE) -> dict[str, str]:
    """Creates a stack of `template_part` and returns its outputs; `cloudformation` is a client."""
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template_part()),
        Parameters=[{"ParameterKey": "MoEngageEndpoint", "ParameterValue": moengage_url}],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
