"""The functions' roles allow every call that the functions make, and no other."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cfnlint.decode import cfn_yaml
from tests.functional.access.conftest import Guarded
from tests.functional.emulated_aws import owner_environment
from tests.functional.functions.cloud import PASSWORD, USERNAME, Cloud
from tests.profiles import profile
from tests.template.deployed import deployed

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

# what Lambda itself does with a role: it writes logs, polls the queue, and reads the stream
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:ReceiveMessage", "sqs:DeleteMessage"}
BY_LAMBDA |= {"sqs:GetQueueAttributes", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary"}
BY_LAMBDA |= {"kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"}
# what reports of the load do beside a request, and the circuit breaker ten seconds after MoEngage has recovered
LATER = {"dynamodb:UpdateItem"}
# a batch needs the actions of its entries
PARTS = {
    "dynamodb:BatchExecuteStatement": {"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"},
    "sqs:SendMessageBatch": {"sqs:SendMessage"},
    "sqs:ChangeMessageVisibilityBatch": {"sqs:ChangeMessageVisibility"},
}


def allowed(role: str) -> set[str]:
    template = cfn_yaml.load(str(PROJECT / "template.yaml"))
    resources = deployed(template, EventStream="acme")["Resources"]
    properties = resources[role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
    documents += [
        resources[each["Ref"]]["Properties"]["PolicyDocument"] for each in properties.get("ManagedPolicyArns", ())
    ]
    return {
        action
        for document in documents
        for statement in document["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    } - BY_LAMBDA


class Calls:
    """Records the calls of every client that is made from now on, as IAM's actions."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        boto3.setup_default_session()
        boto3._get_default_session().events.register("before-call", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        action = f"{model.service_model.signing_name}:{model.name}"
        self.made |= PARTS.get(action, {action})


@pytest.fixture
def moengage() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def cloud(guarded: Guarded, moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("DYNAMODB_CLIENT", "boto3")  # whose calls are recorded; the signed ones are the same
    with Cloud(guarded.client, moengage.url).deployed(owner_environment(guarded.url), monkeypatch) as cloud:
        yield cloud
    boto3.setup_default_session()


def test_the_functions_make_every_call_that_their_roles_allow_and_no_other(cloud: Cloud, moengage: Simulator) -> None:
    ingest = Calls()
    cloud.post(profile("ada", points=1))
    cloud.post([profile("bad\tid"), profile("bob")])
    outage = moengage.faults.add(kind="status", status=503)
    for points in range(5):  # until the circuit breaker opens
        cloud.post([profile("cy", points=points), profile("di", points=points)])
    assert ingest.made | LATER == allowed("IngestRole")

    drain = Calls()
    cloud.forget()
    cloud.drain()
    moengage.faults.remove(outage)
    assert drain.made - BY_LAMBDA <= allowed("DrainRole")
    assert allowed("DrainRole") - allowed("IngestRole") == {"sqs:ChangeMessageVisibility"}
    assert "sqs:ChangeMessageVisibility" in drain.made

    stream = Calls()
    cloud.forget()
    cloud.stream(json.loads((PROJECT / "events" / "kinesis-poison.json").read_text())["Records"])
    assert stream.made == allowed("StreamRole") == {"sqs:SendMessage"}
