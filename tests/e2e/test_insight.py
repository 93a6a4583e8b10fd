"""What an operator sees of the deployed stack: the steps of one profile, and the state of the flow."""

import json
from typing import Any

import pytest
from tests.e2e.deployed import DRAINED_WITHIN, Connected, named, unique, wait_until
from typer.testing import CliRunner

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage_cli.app import app
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import REGION
from aep_moengage_dev.simulator.remote import RemoteSimulator


@pytest.fixture
def operator(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command of `aep-moengage` that writes JSON; returns its exit code and what it wrote."""
    settings = {
        "AWS_ENDPOINT_URL": stack.ministack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AEP_MOENGAGE_STACK": stack.deployment.name,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, stdin: str = "") -> tuple[int, Any]:
        result = CliRunner().invoke(app, [*arguments, "--json"], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code != 2, result.stderr
        return result.exit_code, json.loads(result.stdout)

    return run


def test_profile_is_traced_from_aep_to_moengage(acme: Connected, moengage: RemoteSimulator, operator: Any) -> None:
    user = unique()
    moengage.fault("status", status=503)
    assert acme.post(named(user, "Lovelace")).outcomes == ["retrying"]
    moengage.heal()
    acme.drain()

    def delivered() -> bool:
        return any(journey["outcome"] == "delivered" for journey in trace()["profiles"])

    def trace() -> Any:
        return operator("trace", acme.id, "--user", user)[1]

    wait_until(delivered, DRAINED_WITHIN, "the delivery is in the logs")
    (journey,) = trace()["profiles"]
    functions = [step["function"] for step in journey["steps"]]
    assert (functions[0], functions[-1]) == ("ingest", "drain")
    assert journey["steps"][-1]["moengage_request"]
    assert trace()["ledger"]["moengage_holds_it"] is True
    assert user not in acme.logs()
    assert operator("trace", acme.id, "--user", unique())[0] == 1
    assert operator("trace", acme.id, "--request", journey["request"])[1]["profiles"] == [journey]


def test_status_counts_deliveries_of_the_last_hour(acme: Connected, operator: Any) -> None:
    assert acme.post([named(unique(), "Lovelace"), named(unique(), "Hopper")]).outcomes == ["delivered"] * 2

    def shown() -> dict[str, Any]:
        (found,) = (each for each in operator("status")[1]["destinations"] if each["id"] == acme.id)
        return dict(found)

    wait_until(lambda: shown()["last_hour"]["delivered"] == 2, DRAINED_WITHIN, "the metrics are there")
    assert shown()["last_hour"]["received"] == 2
    assert len(operator("status")[1]["alarms"]) > 5


def test_samples_of_a_destination_without_a_mapping_are_kept(stack: LocalStack, operator: Any, acme: Connected) -> None:
    """What follows, `apply`, `resume` and the delivery, needs nothing of the stack that others don't test."""
    fields = ("--id", unique("captured"), "--data-center", "02", "--username", "ACME1234")
    _, made = operator("connect", "--capture", *fields, "--password-stdin", stdin=stack.moengage_password)
    body, url = named(unique(), "Lovelace"), stack.deployment.profiles_url(stack.ministack.url, made["destination"])
    assert acme.post(body, token=made["token"], endpoint=url).reasons == ["paused"]

    table = SampleTable(stack.client("dynamodb"), stack.deployment.outputs["SamplesTableName"])
    wait_until(lambda: bool(table.newest(made["destination"], Kind.PROFILES)), DRAINED_WITHIN, "the sample is kept")
    assert [each.payload for each in table.newest(made["destination"], Kind.PROFILES)] == [body]
    acme.discard_backlog()  # a cached configuration would keep it for half a minute
