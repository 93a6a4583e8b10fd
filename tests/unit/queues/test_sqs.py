"""Putting messages into SQS: in full batches, and with an error unless SQS accepted all of them."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.sqs import SqsQueue, TooLargeForQueue

MEGABYTE = 1024 * 1024


@dataclass
class Message:
    size: int = 10
    destination: str = "acme"

    def to_json(self) -> str:
        return "x" * self.size


@dataclass
class Sqs:
    """Accepts batches as SQS does, and fails where the test wants it: messages by their size."""

    refused: list[int] = field(default_factory=list)  # a message of this size fails once for each time it is here
    error: Exception | None = None
    batches: list[list[dict[str, Any]]] = field(default_factory=list)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 # AWS's
        assert len({entry["Id"] for entry in Entries}) == len(Entries) <= 10
        assert sum(len(entry.get("MessageBody", "")) for entry in Entries) <= MEGABYTE
        if self.error:
            raise self.error
        self.batches.append(Entries)
        failed = [{"Id": entry["Id"], "Code": "InternalError"} for entry in Entries if self._refuses(entry)]
        return {"Successful": [], "Failed": failed} if failed else {"Successful": []}

    def _refuses(self, entry: dict[str, Any]) -> bool:
        size = len(entry.get("MessageBody", ""))
        if size not in self.refused:
            return False
        self.refused.remove(size)
        return True

    change_message_visibility_batch = send_message_batch


def queue(sqs: Any) -> SqsQueue:
    return SqsQueue(lambda: sqs, "https://sqs/queue")


def test_messages_travel_ten_to_a_batch() -> None:
    sqs = Sqs()
    queue(sqs).put(Message() for _ in range(25))

    assert sorted(len(batch) for batch in sqs.batches) == [5, 10, 10]


def test_a_batch_is_no_larger_than_sqs_takes() -> None:
    sqs = Sqs()
    queue(sqs).put([Message(400_000)] * 5)

    assert sorted(len(batch) for batch in sqs.batches) == [1, 2, 2]


def test_without_messages_sqs_is_not_called() -> None:
    sqs = Sqs(error=AssertionError("called"))
    queue(sqs).put([])
    queue(sqs).hide([])

    assert sqs.batches == []


def test_each_destination_is_a_message_group_of_its_own() -> None:
    sqs = Sqs()
    queue(sqs).put([Message(destination="acme"), Message(destination="other")])

    assert [entry["MessageGroupId"] for entry in sqs.batches[0]] == ["acme", "other"]


def test_a_delay_is_no_longer_than_sqs_takes() -> None:
    sqs = Sqs()
    queue(sqs).put_later([(30, Message()), (5000, Message())])

    assert [entry["DelaySeconds"] for entry in sqs.batches[0]] == [30, 900]


def test_received_messages_are_hidden_for_whole_seconds() -> None:
    sqs = Sqs()
    queue(sqs).hide([("handle-1", 12.9)])

    assert sqs.batches == [[{"Id": "0", "ReceiptHandle": "handle-1", "VisibilityTimeout": 12}]]


def test_messages_that_sqs_failed_are_repeated_alone() -> None:
    sqs = Sqs(refused=[11, 13])
    queue(sqs).put([Message(10), Message(11), Message(12), Message(13)])

    assert [[len(entry["MessageBody"]) for entry in batch] for batch in sqs.batches] == [[10, 11, 12, 13], [11, 13]]


def test_a_message_that_fails_again_fails_its_batch() -> None:
    sqs = Sqs(refused=[11, 11])
    with pytest.raises(QueueUnavailable, match="1 of 3 messages: InternalError"):
        queue(sqs).put([Message(10), Message(11), Message(12)])
    assert len(sqs.batches) == 2


def test_one_failing_batch_among_many_is_an_error() -> None:
    with pytest.raises(QueueUnavailable):
        queue(Sqs(refused=[11, 11])).put([*([Message(10)] * 14), Message(11)])


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://sqs"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "canary"}}, "SendMessageBatch"),
    ],
)
def test_an_error_of_sqs_is_named_without_its_message(error: Exception) -> None:
    with pytest.raises(QueueUnavailable, match=type(error).__name__) as raised:
        queue(Sqs(error=error)).put([Message()])
    assert "canary" not in str(raised.value)


def test_a_message_that_is_too_large_is_an_error_before_any_is_sent() -> None:
    sqs = Sqs()
    with pytest.raises(TooLargeForQueue, match="at most"):
        queue(sqs).put([Message(), Message(MEGABYTE)])
    assert sqs.batches == []
