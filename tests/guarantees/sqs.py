"""The part of SQS's client that the operator's commands call, on queues in memory."""

from collections.abc import Sequence
from typing import Any, Protocol


class Queue(Protocol):
    """A queue in memory, as `world.QueueInMemory` is one."""

    def counts(self) -> tuple[int, int]:
        """Returns the numbers of visible and of hidden messages."""

    def receive(self, most: int, seconds: float) -> Sequence[Any]:
        """Returns visible messages, hidden for so many seconds."""

    def hide(self, receipts: Sequence[tuple[str, float]]) -> None:
        """Hides messages for so many seconds."""

    def put_bodies(self, entries: Sequence[tuple[int, str]]) -> None:
        """Puts bodies, each with its delay in seconds."""

    def delete(self, ids: Sequence[str]) -> None:
        """Deletes messages."""


class SqsInMemory:
    """Calls that name a queue by its URL; here the name that it was given."""

    def __init__(self, **queues: Queue) -> None:
        self._queues = queues

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, Any]:  # noqa: N803 # boto3's
        """See SQSClient."""
        counts = map(str, self._queues[QueueUrl].counts())
        return {"Attributes": dict(zip(AttributeNames, counts, strict=True))}

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803 # boto3's
        MaxNumberOfMessages: int,  # noqa: N803 # boto3's
        VisibilityTimeout: int,  # noqa: N803 # boto3's
        **_: Any,
    ) -> dict[str, Any]:
        """See SQSClient."""
        received = self._queues[QueueUrl].receive(MaxNumberOfMessages, VisibilityTimeout)
        return {
            "Messages": [
                {
                    "MessageId": message.id,
                    "ReceiptHandle": message.id,
                    "Body": message.body,
                    "Attributes": {"SentTimestamp": str(message.sent)},
                }
                for message in received
            ]
        }

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 # boto3's
        """See SQSClient."""
        self._queues[QueueUrl].hide([(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries])
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 # boto3's
        """See SQSClient."""
        self._queues[QueueUrl].put_bodies([(entry["DelaySeconds"], entry["MessageBody"]) for entry in Entries])
        return {}

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 # boto3's
        """See SQSClient."""
        self._queues[QueueUrl].delete([entry["ReceiptHandle"] for entry in Entries])
        return {}
