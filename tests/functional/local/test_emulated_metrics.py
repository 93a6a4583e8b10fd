"""Metrics that AWS makes by itself, on the emulated AWS."""

import asyncio
import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from aep_moengage.delivery.results import Result
from aep_moengage.outcomes import Outcome
from aep_moengage.telemetry.counts import Counts
from aep_moengage_dev.local.emulated_metrics import embedded, extracting, measured, publish_queues


class CloudWatch:
    """MiniStack's CloudWatch, as far as metrics need it."""

    def __init__(self) -> None:
        self.stored: list[tuple[Any, ...]] = []
        self.recorded: dict[str, float] = {}

    def _store_datum(self, *datum: Any) -> None:
        self.stored.append(datum)

    def record_metric(self, _namespace: str, name: str, value: float, _unit: str, _dimensions: Any) -> None:
        self.recorded[name] = value


def _line(**content: Any) -> str:
    directive = {"Namespace": "N", "Dimensions": [["a"], ["a", "b"]], "Metrics": [{"Name": "m", "Unit": "Count"}]}
    return json.dumps({"_aws": {"Timestamp": 5000, "CloudWatchMetrics": [directive]}, "a": "1", "b": "2"} | content)


def test_metric_is_published_once_for_each_set_of_dimensions() -> None:
    assert list(embedded(_line(m=[1.0, 2.0]))) == [
        ("N", "m", {"a": "1"}, 5.0, "Count", None, [1.0, 2.0], None, None),
        ("N", "m", {"a": "1", "b": "2"}, 5.0, "Count", None, [1.0, 2.0], None, None),
    ]
    assert [datum[6] for datum in embedded(_line(m=3))] == [[3], [3]]


@pytest.mark.parametrize(
    "line", ["", "text", '{"level": "INFO"}', '"_aws"', '{"_aws": 1}', '{"_aws": {"Timestamp": 1}}', _line()]
)
def test_lines_without_metrics_are_only_logged(line: str) -> None:
    cloudwatch, kept = CloudWatch(), []
    extracting(lambda _, events: kept.extend(events), cloudwatch)("stream", [{"message": line}])
    assert kept == [{"message": line}]
    assert cloudwatch.stored == []


def test_metrics_of_the_connector_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    Counts("STACK").received("acme", [Result(Outcome.DELIVERED)], 0, 1.0)
    cloudwatch = CloudWatch()
    lines = [{"message": line} for line in capsys.readouterr().out.splitlines()]
    extracting(lambda *_: None, cloudwatch)("stream", lines)
    assert {(datum[0], datum[1]) for datum in cloudwatch.stored} >= {
        ("AepMoEngage", "received"),
        ("AepMoEngage", "delivered"),
    }


@pytest.mark.parametrize(("status", "counted"), [(200, (0, 0)), (404, (1, 0)), (503, (0, 1))])
def test_answers_of_the_api_are_counted(status: int, counted: tuple[int, int]) -> None:
    async def execute(_api: str, *_: Any) -> tuple[Any, ...]:
        return status, {}, b""

    cloudwatch = CloudWatch()
    assert asyncio.run(measured(execute, cloudwatch)("api", "$default"))[0] == status
    assert (cloudwatch.recorded["4xx"], cloudwatch.recorded["5xx"]) == counted
    assert cloudwatch.recorded["Count"] == 1
    assert cloudwatch.recorded["Latency"] >= 0


def test_queues_are_measured_as_sqs_does() -> None:
    messages = [
        {"sent_at": 10.0, "receive_count": 3},  # what was received three times does not count for the age
        {"sent_at": 40.0, "receive_count": 2},
        {"sent_at": 90.0, "receive_count": 0},
    ]
    counts = {"": "1", "NotVisible": "2", "Delayed": "0"}
    attributes = {f"ApproximateNumberOfMessages{name}": count for name, count in counts.items()}
    queue = {"name": "retry", "messages": messages, "attributes": attributes}
    sqs = SimpleNamespace(_queues={"url": queue}, _queues_lock=threading.Lock(), _refresh_counts=lambda _: None)
    cloudwatch = CloudWatch()
    publish_queues(sqs, cloudwatch, clock=lambda: 100.0)
    assert cloudwatch.recorded == {
        "ApproximateNumberOfMessagesVisible": 1,
        "ApproximateNumberOfMessagesNotVisible": 2,
        "ApproximateNumberOfMessagesDelayed": 0,
        "ApproximateAgeOfOldestMessage": 60,
    }
