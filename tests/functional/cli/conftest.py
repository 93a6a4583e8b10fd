import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from aep_moengage_cli.app import app
from aep_moengage_cli.local.ministack import MiniStack
from aep_moengage_cli.local.project import PROJECT

EVENTS = PROJECT / "events"
TEMPLATE = {
    "Resources": {
        "Destinations": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "version", "AttributeType": "S"},
                ],
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "version", "KeyType": "RANGE"},
                ],
            },
        },
        "RetryQueue": {"Type": "AWS::SQS::Queue"},
        "DeadLetterQueue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {
        "ProfilesUrl": {"Value": "https://api.example.com/destinations/{id}/profiles"},
        "DestinationsTableName": {"Value": {"Ref": "Destinations"}},
        "RetryQueueUrl": {"Value": {"Ref": "RetryQueue"}},
        "DeadLetterQueueUrl": {"Value": {"Ref": "DeadLetterQueue"}},
        "ParameterPath": {"Value": {"Fn::Sub": "/aep-moengage/${AWS::StackName}"}},
    },
}

type Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `aep-moengage` in an empty directory, with neither AWS's nor our settings unless a test adds them."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AEP_MOENGAGE_STACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AEP_MOENGAGE_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, stdin: str = "") -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@dataclass(frozen=True)
class Cloud:
    """An emulated AWS with a stack that has the outputs of ours, as far as destinations go."""

    stack: str
    table: str

    def client(self, service: str) -> Any:
        """Returns a client that the environment leads to the emulated AWS."""
        return boto3.client(service)  # type: ignore[call-overload] # any service

    def item(self, destination: str, version: str) -> dict[str, Any] | None:
        """Returns an item of the destinations table, plain."""
        key = {"id": {"S": destination}, "version": {"S": version}}
        item = self.client("dynamodb").get_item(TableName=self.table, Key=key).get("Item")
        return item and {name: next(iter(value.values())) for name, value in item.items()}

    def parameters(self) -> dict[str, tuple[str, str]]:
        """Returns type and decrypted value of every parameter of the stack."""
        found = self.client("ssm").get_parameters_by_path(
            Path=f"/aep-moengage/{self.stack}/destinations", Recursive=True, WithDecryption=True
        )
        path = f"/aep-moengage/{self.stack}/destinations/"
        return {each["Name"].removeprefix(path): (each["Type"], each["Value"]) for each in found["Parameters"]}


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    with MiniStack(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture
def cloud(run: Run, ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    environment = {
        "AWS_ENDPOINT_URL": ministack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stack = f"stack-{uuid.uuid4().hex[:8]}"
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    monkeypatch.setenv("AEP_MOENGAGE_STACK", stack)
    return Cloud(stack, next(each["OutputValue"] for each in outputs if each["OutputKey"] == "DestinationsTableName"))
