"""A cloud for the functions: their tables, queues and parameters, on moto or MiniStack."""

import base64
import importlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import batched
from types import SimpleNamespace
from typing import Any, Self

import pytest
from botocore.exceptions import BotoCoreError
from tests.functional.emulated_aws import create_table

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions import deadline
from aep_moengage.functions.authentication import token_digest
from aep_moengage.functions.destination_store import ACTIVE, secrets_path
from aep_moengage.functions.ingest import DELIVERY_SECONDS
from aep_moengage.functions.wiring.drain import drain
from aep_moengage.functions.wiring.ingest import ingest
from aep_moengage.functions.wiring.stream import stream
from aep_moengage.ledger.secret import ledger_key_name
from aep_moengage.settings import MissingSettings
from aep_moengage_cli.queue_length import queue_length

PATH = "/aep-moengage/test"
TOKEN = "acme.right-token"
USERNAME, PASSWORD = "ACME1234", "right-key"
DESTINATION: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "region": "03",
    "username": USERNAME,
    "audiences": "all",
    "identities": {"user_id": "crmid", "anonymous_id": ["ECID"]},
    "attributes": {"last_name": "person.name.lastName", "points": {"source": "points", "type": "number"}},
}
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@dataclass
class Cloud:
    """Tables, queues and parameters; `post` and `drain` call the functions as Lambda does."""

    client: Callable[[str], Any]
    moengage_url: str
    names: dict[str, str] = field(default_factory=dict)
    posted: int = 0

    @contextmanager
    def deployed(self, aws: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Self]:
        """Creates everything in the AWS of an environment, in which the functions then run, while it is entered."""
        for name, value in aws.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(deadline, "GRACE_SECONDS", 30.0)  # a busy machine is no slow store
        monkeypatch.setattr("aep_moengage.functions.ingest.DELIVERY_GRACE_SECONDS", 25.0)
        monkeypatch.setitem(DELIVERY_SECONDS, Kind.EVENTS, 30.0)
        self.create(f"test-{uuid.uuid4().hex[:8]}")
        for name, value in self.environment().items():
            monkeypatch.setenv(name, value)
        self.forget()
        yield self
        self.forget()

    def create(self, name: str) -> None:
        """Creates tables, queues and parameters, named after `name`."""
        dynamodb, sqs = self.client("dynamodb"), self.client("sqs")
        tables = {
            "DESTINATIONS_TABLE": ("id", "version"),
            "LEDGER_TABLE": ("user",),
            "SAMPLES_TABLE": ("destination", "kind"),
        }
        for setting, keys in tables.items():
            self.names[setting] = f"{name}-{setting.lower()}"
            create_table(dynamodb, self.names[setting], *keys)
        for setting in ("RETRY_QUEUE_URL", "DEAD_LETTER_QUEUE_URL"):
            queue = sqs.create_queue(
                QueueName=f"{name}-{setting.lower()}".replace("_", "-"),
                Attributes={"MaximumMessageSize": "1048576", "VisibilityTimeout": "360"},
            )
            self.names[setting] = queue["QueueUrl"]
        self.connect(DESTINATION)

    def environment(self) -> dict[str, str]:
        """Returns the environment that the template gives the functions."""
        return self.names | {
            "STACK_NAME": "test",
            "PARAMETER_PATH": PATH,
            "MOENGAGE_ENDPOINT": self.moengage_url,
            "EVENT_STREAM": "acme",
        }

    def connect(
        self,
        document: dict[str, Any],
        *,
        password: str | None = PASSWORD,
        tokens: tuple[str, ...] = (TOKEN,),
        paused: bool = False,
    ) -> None:
        """Activates a destination."""
        item = {"id": {"S": document["id"]}, "version": {"S": ACTIVE}, "number": {"N": "1"}}
        item["document"] = {"S": json.dumps(document)}
        if paused:
            item["paused"] = {"BOOL": True}
        self.client("dynamodb").put_item(TableName=self.names["DESTINATIONS_TABLE"], Item=item)
        secrets = {f"tokens/{place}": token_digest(token) for place, token in enumerate(tokens)}
        if password is not None:
            secrets["password"] = password
        for name, value in secrets.items():
            self.client("ssm").put_parameter(
                Name=f"{secrets_path(PATH, document['id'])}/{name}", Value=value, Type="SecureString", Overwrite=True
            )
        self.client("ssm").put_parameter(
            Name=ledger_key_name(PATH), Value="a ledger key", Type="SecureString", Overwrite=True
        )
        self.forget()

    def forget(self) -> None:
        """Lets the functions start as in a new environment."""
        ingest.cache_clear()
        drain.cache_clear()
        stream.cache_clear()

    def post(
        self,
        body: Any,
        *,
        destination: str = "acme",
        authorization: str | None = f"Bearer {TOKEN}",
        late_ms: int = 0,
        source_ip: str = "203.0.113.7",
        kind: str = "profiles",
        client: str | None = None,
    ) -> SimpleNamespace:
        """Posts a body and returns the answer: status, headers, and body as JSON."""
        with suppress(MissingSettings, BotoCoreError):
            ingest()  # a warm function: its clients are made before the request's time begins
        self.posted += 1
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"content-type": "application/json"} | ({"authorization": authorization} if authorization else {})
        event = http_event(f"/destinations/{destination}/{kind}", "POST", headers, text)
        event["requestContext"] |= {
            "timeEpoch": int(time.time() * 1000) - late_ms,
            "requestId": f"request-{self.posted}",
            "http": event["requestContext"]["http"] | {"sourceIp": source_ip},
        }
        if client is not None:  # the subject of a certificate, with mutual TLS
            event["requestContext"]["authentication"] = {"clientCert": {"subjectDN": client}}
        return self.call(event)

    def call(self, event: dict[str, Any]) -> SimpleNamespace:
        """Calls ingest with an event and returns the answer: status, headers, and body as JSON."""
        answer = importlib.import_module("functions.ingest.app").lambda_handler(event, CONTEXT)
        return SimpleNamespace(
            status=answer["statusCode"],
            headers={name.lower(): value for name, value in answer["headers"].items()},
            json=json.loads(answer["body"]),
        )

    def outcomes(self, body: Any, **arguments: Any) -> list[str]:
        """Posts a body and returns the outcomes of its profiles."""
        answer = self.post(body, **arguments)
        assert answer.status == 200, answer.json
        return [result["outcome"] for result in answer.json["results"]]

    def drain(self) -> list[dict[str, Any]]:
        """Invokes drain with the visible messages of the retry queue, as Lambda does; returns the messages."""
        sqs, url = self.client("sqs"), self.names["RETRY_QUEUE_URL"]
        messages: list[dict[str, Any]] = []
        while received := self._receive(url):
            messages += received
        if not messages:
            return []
        failed = self.hand_over([sqs_record(message) for message in messages])
        done = [message for message in messages if message["MessageId"] not in failed]
        for some in batched(done, 10, strict=False):
            entries = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in some]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return messages

    def hand_over(self, records: list[dict[str, Any]]) -> set[str]:
        """Invokes drain with messages, as Lambda does; returns the ids of those that stay in the queue."""
        answer = importlib.import_module("functions.drain.app").lambda_handler({"Records": records}, CONTEXT)
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def stream(self, records: list[dict[str, Any]]) -> list[str]:
        """Invokes the stream function with records, as Lambda does; returns from where on they stay in the stream."""
        answer = importlib.import_module("functions.stream.app").lambda_handler({"Records": records}, CONTEXT)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def dead_letters(self) -> list[dict[str, Any]]:
        """Takes out and returns the contents of the dead-letter queue."""
        return [json.loads(message["Body"]) for message in self._take(self.names["DEAD_LETTER_QUEUE_URL"])]

    def backlog(self) -> int:
        """Returns the number of messages in the retry queue, hidden ones included."""
        return queue_length(self.client("sqs"), self.names["RETRY_QUEUE_URL"])

    def _take(self, url: str) -> list[dict[str, Any]]:
        taken = []
        while received := self._receive(url):
            for message in received:
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += received
        return taken

    def _receive(self, url: str) -> list[dict[str, Any]]:
        answer = self.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
            WaitTimeSeconds=0,
        )
        return list(answer.get("Messages", []))


def http_event(path: str, method: str, headers: dict[str, str], body: str, *, encoded: bool = False) -> dict[str, Any]:
    """Returns an event of an HTTP API, payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "stage": "$default",
            "requestId": "request",
            "timeEpoch": 0,
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1"},
        },
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }


def sqs_record(message: dict[str, Any]) -> dict[str, Any]:
    """Returns a received message as a record of Lambda's event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": each["StringValue"], "dataType": each["DataType"]}
            for name, each in message.get("MessageAttributes", {}).items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:retry",
        "awsRegion": "us-east-1",
    }
