"""A queue's length: its messages that can be received, are in somebody's hands, or wait for their time."""

from typing import Any

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def queue_length(sqs: Any, queue_url: str) -> int:
    """Returns about how many messages there are; `sqs` is a boto3 client."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(_COUNTS))["Attributes"]
    return sum(int(attributes[name]) for name in _COUNTS)
