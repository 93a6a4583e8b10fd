import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
import yaml
from tests.functional.cli.fake_adobe import Adobe
from tests.functional.emulated_aws import create_stack, owner_environment
from typer.testing import CliRunner, Result

from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.secret import StackKeys
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.client import MoEngage
from aep_moengage_cli.app import app
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

EVENTS = PROJECT / "events"
DESTINATION = EVENTS / "destination.yaml"
ID, KEY = "acme-production", "planted-data-app-key"

type Run = Callable[..., Result]
type File = Callable[..., Path]
type Connect = Callable[..., dict[str, Any]]


def json_of(result: Result) -> dict[str, Any]:
    """Returns the JSON that a command printed."""
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `aep-moengage` in an empty directory, without settings of AWS or ours unless a test adds them."""
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
    """An emulated AWS with a stack that has the outputs that commands about destinations need."""

    stack: str
    table: str

    def client(self, service: str) -> Any:
        """Returns a client of the emulated AWS."""
        return boto3.client(service)  # type: ignore[call-overload] # any service

    def output(self, name: str) -> str:
        """Returns an output of the stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return str(next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == name))

    def publishing(self) -> Publishing:
        """Returns the writing side of the stack's destinations."""
        path = f"/aep-moengage/{self.stack}"
        return Publishing(self.client("dynamodb"), self.client("ssm"), table=self.table, parameter_path=path)

    def item(self, destination: str, version: str) -> dict[str, Any] | None:
        """Returns an item of the destinations table as plain values."""
        key = {"id": {"S": destination}, "version": {"S": version}}
        item = self.client("dynamodb").get_item(TableName=self.table, Key=key).get("Item")
        return item and {name: next(iter(value.values())) for name, value in item.items()}

    def ledger(self, now: Callable[[], float] = time.time) -> Ledger:
        """Returns the stack's ledger."""
        table = DynamoDBTable(self.client("dynamodb"), self.output("LedgerTableName"))
        return Ledger(table, StackKeys(self.client("ssm"), self.output("ParameterPath")), now)

    def deliver(self, *profiles: Any, received_ms: int, endpoint: str) -> None:
        """Delivers profiles as the functions do, a minute after they were received."""
        active = self.publishing().active(ID)
        assert active
        to = ActiveDestination(parse_destination(active.document), active.number, endpoint, KEY, ())
        updates = [
            update_of(each, received_ms=received_ms, index=index, request="x", attempts=0, in_custody=False)
            for index, each in enumerate(profiles)
        ]
        delivery = Delivery(to, self.ledger(lambda: received_ms / 1000 + 60), MoEngage().send, longest_call=5)
        assert {result.outcome for result in delivery.deliver(updates, Budget(60))} == {"delivered"}

    def parameters(self) -> dict[str, tuple[str, str]]:
        """Returns type and decrypted value of every parameter of the stack."""
        found = self.client("ssm").get_parameters_by_path(
            Path=f"/aep-moengage/{self.stack}/destinations", Recursive=True, WithDecryption=True
        )
        path = f"/aep-moengage/{self.stack}/destinations/"
        return {each["Name"].removeprefix(path): (each["Type"], each["Value"]) for each in found["Parameters"]}


@pytest.fixture
def moengage() -> Iterator[Simulator]:
    """The MoEngage that the stack sends to."""
    with Simulator(username="ACME1234", password=KEY) as simulator:
        yield simulator


@pytest.fixture
def adobe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Adobe]:
    """Adobe's APIs, and a project in the environment that may use them."""
    with Adobe() as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(name, value)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def cloud(run: Run, ministack: MiniStack, moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name, value in owner_environment(ministack.url).items():
        monkeypatch.setenv(name, value)
    stack = f"stack-{uuid.uuid4().hex[:8]}"
    outputs = create_stack(boto3.client("cloudformation"), stack, moengage.url)
    monkeypatch.setenv("AEP_MOENGAGE_STACK", stack)
    return Cloud(stack, outputs["DestinationsTableName"])


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Writes the smallest destination file with these fields changed."""

    def write(**fields: Any) -> Path:
        path = tmp_path / "changed.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(DESTINATION.read_text()) | fields, sort_keys=False))
        return path

    return write


@pytest.fixture
def connect(run: Run, cloud: Cloud, file: File) -> Connect:
    """Connects a destination with these fields changed; returns the JSON of `connect`."""

    def connect(*, why: str = "connect", new_token: bool = False, **fields: Any) -> dict[str, Any]:
        options = ["--new-token", "--yes"] if new_token else []
        return json_of(run("connect", file(**fields), "--password-stdin", "--why", why, *options, stdin=KEY))

    return connect


@pytest.fixture
def second(run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of an operator who read the destination just before another operator published it."""

    def run_second(*arguments: object, stdin: str = "") -> Result:
        store = cloud.publishing()
        seen = store.active(ID)
        assert seen
        other = json.dumps(json.loads(seen.document) | {"name": "The other's"})
        store.publish(ID, other, after=seen, who="other", why="the other's reason")
        looks = iter([seen])
        active = Publishing.active
        monkeypatch.setattr(Publishing, "active", lambda *given: next(looks, None) or active(*given))
        return run(*arguments, stdin=stdin)

    return run_second
