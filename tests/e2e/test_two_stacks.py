"""Two stacks in one account share nothing."""

import pytest
from tests.e2e.conftest import STREAMED
from tests.e2e.deployed import Connected, connected, named, quicken, unique

from aep_moengage_dev.local import deployment
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator

SECOND = "aep-moengage-second"


@pytest.fixture(scope="module")
def second(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> deployment.Deployment:
    """Another stack of the same template, in the same account."""
    parameters = {"MoEngageEndpoint": stack.moengage_url, "EventStream": STREAMED}
    deployed = deployment.deploy(stack.work, stack.ministack.url, parameters, SECOND)
    quicken(stack, deployed.outputs["RetryQueueUrl"])
    return deployed


def test_stacks_share_no_resource(stack: LocalStack, second: deployment.Deployment) -> None:
    first = stack.deployment.outputs
    assert first.keys() == second.outputs.keys()
    no_resources = {"MoEngageEndpoint", "Version"}
    assert {name for name in first if first[name] == second.outputs[name]} == no_resources


def test_destination_of_both_has_its_own_token_and_backlog_in_each(
    acme: Connected, stack: LocalStack, second: deployment.Deployment, moengage: RemoteSimulator
) -> None:
    other = connected(stack, deployment=second, destination=acme.id)
    assert other.post(named(unique(), "Lovelace"), token=acme.token).status == 401
    user, fault = unique(), moengage.fault("status", status=503)
    assert other.post(named(user, "Lovelace")).outcomes == ["retrying"]
    assert (acme.backlog.size(), other.backlog.size()) == (0, 1)
    moengage.heal(fault)
    other.drain()
    assert (moengage.attributes(user) or {})["Last_Name"] == "Lovelace"
