"""The deployed stack from outside: AEP posts to it, it writes to MoEngage, operators read its queues and logs."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import requests
from tests.profiles import profile

from aep_moengage.document.parsing import parse_destination
from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.connecting import connect_document, publish, read_destination
from aep_moengage_dev.local.deployment import Deployment
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.remote import RemoteSimulator

EVENTS = PROJECT / "events"
DRAINED_WITHIN = 60.0  # seconds: a few attempts with their backoff
_WINDOW = 1  # seconds; a longer one fills batches and makes every drain wait


def unique(what: str = "user") -> str:
    """Returns a name that no other test uses."""
    return f"{what}-{uuid.uuid4().hex[:12]}"


def named(user: str, last_name: str) -> dict[str, Any]:
    """Returns a profile that the sample destination maps to the attribute `Last_Name`."""
    return profile(user, person={"name": {"lastName": last_name}})


@dataclass(frozen=True)
class Answer:
    """An answer of the connector, and the seconds that it took."""

    status: int
    content: dict[str, Any]
    seconds: float

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each profile."""
        assert self.status == 200, self.content
        return [result["outcome"] for result in self.content["results"]]

    @property
    def reasons(self) -> list[str | None]:
        """The reason of each outcome, or None."""
        return [result.get("reason") for result in self.content["results"]]


@dataclass(frozen=True)
class Connected:
    """A destination of a deployment: its id, the URL that AEP posts to, and its token."""

    stack: LocalStack
    deployment: Deployment
    id: str
    endpoint: str
    token: str = field(repr=False)

    def post(self, body: Any, *, token: str | None = None, endpoint: str | None = None) -> Answer:
        """Posts profiles: anything that JSON can hold, or text or bytes as they are."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        started = time.monotonic()
        answer = requests.post(endpoint or self.endpoint, data=data, headers=headers, timeout=30)
        return Answer(answer.status_code, answer.json(), time.monotonic() - started)

    def deliver(self, body: Any) -> Answer:
        """Posts profiles, and waits until those are drained that a busy machine could not deliver in time."""
        answer = self.post(body)
        if "retrying" in answer.outcomes:
            self.drain()
        return answer

    @cached_property
    def moengage(self) -> RemoteSimulator:
        """The MoEngage simulator."""
        return RemoteSimulator(self.stack.moengage_url)

    @cached_property
    def backlog(self) -> Backlog:
        """The retry queue."""
        return Backlog(self.stack.client("sqs"), self.deployment.outputs["RetryQueueUrl"])

    def drain(self) -> None:
        """Waits until the retry queue is empty."""
        self.backlog.wait_until_empty(DRAINED_WITHIN)

    def discard_backlog(self) -> None:
        """Empties the retry queue, where waiting for it would take too long."""
        self.stack.client("sqs").purge_queue(QueueUrl=self.deployment.outputs["RetryQueueUrl"])

    def dead_letters(self) -> list[dict[str, Any]]:
        """Takes out and returns this destination's contents of the dead-letter queue; those of others stay."""
        sqs, url = self.stack.client("sqs"), self.deployment.outputs["DeadLetterQueueUrl"]
        ours, receipts = [], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                content = json.loads(message["Body"])
                if content["destination"] == self.id:
                    ours.append(content)
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                else:
                    receipts.append(message["ReceiptHandle"])
        for receipt in receipts:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
        return ours

    def logs(self) -> str:
        """Returns all log lines of the two functions from CloudWatch Logs."""
        return "\n".join(self.deployment.log_lines(self.stack.ministack.url))

    def publish(self, **changes: Any) -> None:
        """Publishes the document with these changes, as an operator would; the token stays."""
        publish(self.deployment, self.stack.ministack.url, self.id, document(self.id, **changes), why="a test")


def connected(
    stack: LocalStack, *, deployment: Deployment | None = None, destination: str | None = None, **changes: Any
) -> Connected:
    """Connects a destination, of its own unless named: the sample destination's document with these changes.

    Its own destination isolates a test from the others: users, token, and with its own `region` circuit breakers.
    """
    deployment = deployment or stack.deployment
    identifier = destination or unique("acme")
    url = stack.ministack.url
    token = connect_document(deployment, url, identifier, document(identifier, **changes), stack.moengage_password)
    return Connected(stack, deployment, identifier, deployment.profiles_url(url, identifier), token)


def document(identifier: str, **changes: Any) -> str:
    """Returns the sample destination's document under another id, with these changes."""
    _, sample = read_destination(SAMPLE_DESTINATION)
    changed = json.loads(sample) | {"id": identifier, **changes}
    parse_destination(changed)  # reports an error here rather than as a failing stack
    return json.dumps(changed)


def wait_until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    """Returns once `happened` is true; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.2)


def quicken(stack: LocalStack, queue_url: str) -> None:
    """Shortens the batching window of a queue's event source mapping."""
    functions, queue = stack.client("lambda"), queue_url.rpartition("/")[2]
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if mapping["EventSourceArn"].endswith(f":{queue}"):
            functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumBatchingWindowInSeconds=_WINDOW)
