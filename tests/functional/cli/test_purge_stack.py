"""`purge-stack` deletes what `sam delete` leaves of a stack, and nothing else."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from cfnlint.decode import cfn_yaml
from tests.functional.cli.conftest import Run, json_of
from tests.template.deployed import deployed

from aep_moengage_cli.leftovers import LOGICAL_IDS, Leftovers
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.project import PROJECT

KINDS = {"AWS::DynamoDB::Table": "table", "AWS::SQS::Queue": "queue", "AWS::Logs::LogGroup": "log group"}
TEMPLATE = cfn_yaml.load(str(PROJECT / "template.yaml"))
RESOURCES: dict[str, dict[str, Any]] = {
    name: {key: value for key, value in each.items() if key != "Condition"}  # which is decided
    for name, each in deployed(TEMPLATE, EventStream="acme-production")["Resources"].items()
    if each["Type"] in KINDS
}


@dataclass(frozen=True)
class Account:
    """An emulated account in which stacks with the template's data stores are created and deleted."""

    stack: str

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload] # any service

    def create(self, stack: str) -> None:
        """Creates a stack and writes two secrets as `aep-moengage` does."""
        cloudformation = self.client("cloudformation")
        template = {
            "Parameters": {"LogRetentionDays": {"Type": "Number", "Default": 30}},
            "Resources": RESOURCES,
        }
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        for name in ("destinations/acme/password", "ledger-key"):
            self.client("ssm").put_parameter(Name=f"/aep-moengage/{stack}/{name}", Value="x", Type="SecureString")

    def delete(self, stack: str) -> None:
        """Deletes a stack as `sam delete` does."""
        cloudformation = self.client("cloudformation")
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    def left(self, stack: str) -> list[str]:
        """The kinds of what is in the account and begins with the name of a stack."""
        names = {
            "table": self._all("dynamodb", "list_tables", "TableNames"),
            "secret": [each["Name"] for each in self._all("ssm", "describe_parameters", "Parameters")],
            "queue": [url.rpartition("/")[2] for url in self._all("sqs", "list_queues", "QueueUrls")],
            "log group": [each["logGroupName"] for each in self._all("logs", "describe_log_groups", "logGroups")],
        }
        begins = (f"{stack}-", f"/aep-moengage/{stack}/")
        return sorted(kind for kind, each in names.items() for name in each if name.startswith(begins))

    def _all(self, service: str, operation: str, what: str) -> list[Any]:
        pages = self.client(service).get_paginator(operation).paginate()
        return [each for page in pages for each in page.get(what, [])]


@pytest.fixture
def account(run: Run, ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in {
        "AWS_ENDPOINT_URL": ministack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    made = Account(f"stack-{uuid.uuid4().hex[:8]}")
    made.create(made.stack)
    return made


@pytest.fixture
def deleted(account: Account) -> Account:
    """The account after the stack was deleted."""
    account.delete(account.stack)
    return account


def test_a_stack_that_exists_is_not_purged(run: Run, account: Account) -> None:
    before = account.left(account.stack)
    result = run("purge-stack", account.stack, "--delete", "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"`sam delete --stack-name {account.stack}` first" in result.stderr.replace("\n", " ")
    assert account.left(account.stack) == before


def test_without_delete_the_leftovers_are_only_listed(run: Run, deleted: Account) -> None:
    result = run("purge-stack", deleted.stack)

    assert result.exit_code == 0, result.stderr
    assert f"{deleted.stack}-LedgerTable-" in result.stdout
    assert f"/aep-moengage/{deleted.stack}/ledger-key" in result.stdout
    assert "Nothing was deleted." in result.stderr
    assert deleted.left(deleted.stack) == ["secret", "secret", "table", "table"], "what `sam delete` leaves"


def test_with_delete_they_are_gone_and_other_stacks_are_untouched(run: Run, deleted: Account) -> None:
    other = f"{deleted.stack}-eu"
    deleted.create(other)
    others = deleted.left(other)
    deleted.client("sqs").create_queue(QueueName=f"{deleted.stack}-RetryQueue-replaced1")
    deleted.client("logs").create_log_group(logGroupName=f"{deleted.stack}-DrainLogs-replaced1")

    result = json_of(run("purge-stack", deleted.stack, "--delete", "--yes", "--json"))

    assert (result["stack"], result["deleted"]) == (deleted.stack, True)
    kinds = [leftover["kind"] for leftover in result["leftovers"]]
    assert kinds == ["secret", "secret", "table", "table", "queue", "log group"]
    assert deleted.left(other) == others
    again = run("purge-stack", deleted.stack, "--delete", "--yes")
    assert f"Nothing is left of the stack {deleted.stack}." in again.stderr


@pytest.mark.parametrize("typed", ["yes\n", ""])
def test_another_answer_than_the_name_deletes_nothing(run: Run, deleted: Account, typed: str) -> None:
    result = run("purge-stack", deleted.stack, "--delete", stdin=typed)

    assert result.exit_code == 1
    assert "Nothing was deleted." in result.stderr
    assert deleted.left(deleted.stack) == ["secret", "secret", "table", "table"]


def test_the_name_confirms(run: Run, deleted: Account) -> None:
    result = run("purge-stack", deleted.stack, "--delete", stdin=f"{deleted.stack}\n")

    assert result.exit_code == 0, result.stderr
    assert "Deleted for good." in result.stderr
    assert deleted.left(deleted.stack) == []


def test_no_backup_of_a_table_is_kept(deleted: Account) -> None:
    session, calls = boto3.Session(), list[str]()
    session.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    leftovers = Leftovers(session, deleted.stack)
    table = next(each for each in leftovers.find() if each.kind == "table")
    leftovers.delete(table)

    assert "UpdateContinuousBackups" in calls[: calls.index("DeleteTable")], "DynamoDB would keep one for 35 days"


def test_every_data_store_of_the_template_is_looked_for() -> None:
    stores: dict[str, set[str]] = {kind: set() for kind in KINDS.values()}
    for name, resource in RESOURCES.items():
        stores[KINDS[resource["Type"]]].add(name)
    assert {kind: set(names) for kind, names in LOGICAL_IDS.items()} == stores
