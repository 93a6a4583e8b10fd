"""Metrics that AWS publishes and MiniStack does not: those embedded in logs, of queues, and of the HTTP API.

This module cannot import the project's dependencies, see `emulator`.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

# metrics of AWS/SQS, and the queue's attributes that they show
_QUEUE_METRICS = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
_OFTEN_RECEIVED = 3  # times; such a message moves to the queue's end and no longer counts for its age

type Append = Callable[[Any, list[dict[str, Any]]], None]
type Execute = Callable[..., Awaitable[tuple[Any, ...]]]


def extracting(append: Append, cloudwatch: Any) -> Append:
    """Wraps MiniStack's `append` of log events so that it also publishes the metrics embedded in them."""

    def extract(stream: Any, events: list[dict[str, Any]]) -> None:
        append(stream, events)
        for event in events:
            for datum in embedded(event["message"]):
                cloudwatch._store_datum(*datum)

    return extract


def embedded(line: str) -> Iterable[tuple[Any, ...]]:
    """Returns the metrics of a log line in CloudWatch's embedded format, once for each set of dimensions.

    A metric is: namespace, name, dimensions, epoch seconds, unit, None, values, None, None.
    """
    if '"_aws"' not in line:
        return
    try:
        content = json.loads(line)
        moment = content["_aws"]["Timestamp"] / 1000
        for directive in content["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: content[name] for name in names}
                for metric in directive["Metrics"]:
                    name, unit = metric["Name"], metric.get("Unit", "None")
                    values = content[name] if isinstance(content[name], list) else [content[name]]
                    yield directive["Namespace"], name, dimensions, moment, unit, None, values, None, None
    except (KeyError, TypeError, ValueError):
        return  # to AWS, too, a malformed line is only a log line


def publish_queues(sqs: Any, cloudwatch: Any, clock: Callable[[], float] = time.time) -> None:
    """Publishes the metrics of all queues."""
    for queue in list(sqs._queues.values()):
        with sqs._queues_lock:
            sqs._refresh_counts(queue)
            values = {metric: float(queue["attributes"][name]) for metric, name in _QUEUE_METRICS.items()}
            sent = [each["sent_at"] for each in queue["messages"] if each["receive_count"] < _OFTEN_RECEIVED]
        values["ApproximateAgeOfOldestMessage"] = max((clock() - moment for moment in sent), default=0.0)
        for metric, value in values.items():
            unit = "Seconds" if "Age" in metric else "Count"
            cloudwatch.record_metric("AWS/SQS", metric, value, unit, {"QueueName": queue["name"]})


def measured(execute: Execute, cloudwatch: Any) -> Execute:
    """Wraps MiniStack's `execute` of an HTTP API's request so that it also publishes metrics of the answer."""

    async def measure(api_id: str, *rest: Any, **options: Any) -> tuple[Any, ...]:
        started = time.monotonic()
        answer = await execute(api_id, *rest, **options)
        status = int(answer[0])
        values = {
            "Count": (1, "Count"),
            "4xx": (int(400 <= status < 500), "Count"),
            "5xx": (int(status >= 500), "Count"),
            "Latency": ((time.monotonic() - started) * 1000, "Milliseconds"),
        }
        for metric, (value, unit) in values.items():
            cloudwatch.record_metric("AWS/ApiGateway", metric, value, unit, {"ApiId": api_id})
        return answer

    return measure
