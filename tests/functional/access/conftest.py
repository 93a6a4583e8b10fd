"""An emulated AWS that asks policies who may do what, with what the stack's policies are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from tests.functional.emulated_aws import OWNER, create_stack

from aep_moengage_cli.permissions import Permission
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.project import REGION

STACK = "guarded"
ROOT = {"aws_access_key_id": OWNER["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": OWNER["AWS_SECRET_ACCESS_KEY"]}


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
def guarded(ministack: MiniStack) -> Guarded:
    owner = Guarded(ministack.url, {}, {})
    outputs = create_stack(owner.client("cloudformation"), STACK)
    iam = owner.client("iam")
    keys = {each: user_with(iam, each.name, outputs[each.output]) for each in Permission}
    return Guarded(ministack.url, outputs, keys)


def user_with(iam: Any, name: str, policy: str) -> dict[str, str]:
    """Makes a user who has a policy and nothing else; returns the arguments that make a client theirs."""
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
