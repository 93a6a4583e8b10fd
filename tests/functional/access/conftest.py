"""An emulated AWS that asks policies who may do what, with what the stack's policies are about."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from cfnlint.decode import cfn_yaml
from tests.template.deployed import deployed

from aep_moengage_cli.permissions import Permission
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.project import PROJECT, REGION

ABOUT = {"DestinationsTable", "LedgerTable", "RetryQueue", "DeadLetterQueue", "IngestLogs", "DrainLogs"}
STACK = "guarded"
NO_MOENGAGE = "http://127.0.0.1:9"  # nobody answers there
ROOT = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def template_part() -> dict[str, Any]:
    """The policies as they are in the template, what they are about, and the outputs that need no more than that."""
    template = deployed(cfn_yaml.load(str(PROJECT / "template.yaml")))
    resources = {
        name: each
        for name, each in template["Resources"].items()
        if name in ABOUT or f"{name}Arn" in {permission.output for permission in Permission}
    }
    alarm = template["Resources"]["DeadLettersAlarm"]
    told = {"AlarmActions", "OKActions"}  # the topic and its key are none of our business
    properties = {name: each for name, each in alarm["Properties"].items() if name not in told}
    resources["DeadLettersAlarm"] = {"Type": alarm["Type"], "Properties": properties}
    known = resources.keys() | template["Parameters"].keys()
    outputs = {name: each for name, each in template["Outputs"].items() if _refers_to(each["Value"]) <= known}
    outputs["ProfilesUrl"] = {"Value": "https://api.example.com/destinations/{id}/profiles"}
    return {"Parameters": template["Parameters"], "Resources": resources, "Outputs": outputs}


def _refers_to(value: Mapping[str, Any]) -> set[str]:
    if "Ref" in value:
        return {value["Ref"]}
    text = str(value.get("Fn::Sub", ""))
    return {part.partition("}")[0] for part in text.split("${")[1:]} - {"AWS::StackName"}


@dataclass(frozen=True)
class Guarded:
    """The stack, and a user for each permission who has its policy and nothing else."""

    url: str
    outputs: Mapping[str, str]
    keys: Mapping[Permission, Mapping[str, str]]

    def client(self, service: str, permission: Permission | None = None) -> Any:
        """Returns a client of the user who has this permission; without one, of the owner of the account."""
        keys = self.keys[permission] if permission else ROOT
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)  # type: ignore[call-overload] # any service


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    work = tmp_path_factory.mktemp("guarded")
    (work / "logs").mkdir()
    with MiniStack(work, authorizes=True) as ministack:
        owner = Guarded(ministack.url, {}, {})
        cloudformation = owner.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(template_part()),
            Parameters=[{"ParameterKey": "MoEngageEndpoint", "ParameterValue": NO_MOENGAGE}],
            Capabilities=["CAPABILITY_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
        described = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in described}
        iam = owner.client("iam")
        keys = {each: user_with(iam, each.name, outputs[each.output]) for each in Permission}
        yield Guarded(ministack.url, outputs, keys)


def user_with(iam: Any, name: str, policy: str) -> dict[str, str]:
    """Makes a user who has a policy and nothing else; returns the arguments that make a client theirs."""
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
