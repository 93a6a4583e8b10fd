"""The length of a queue: its visible, in-flight and delayed messages."""

from typing import Any

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def queue_length(sqs: Any, queue_url: str) -> int:
    """Returns the approximate number of messages; `sqs` is a boto3 client."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(_COUNTS))["Attributes"]
    return sum(int(attributes[name]) for name in _COUNTS)


def counted(messages: int) -> str:
    """Returns a number of messages in words: `1 message`, `2 messages`."""
    return f"{messages} message{'' if messages == 1 else 's'}"
