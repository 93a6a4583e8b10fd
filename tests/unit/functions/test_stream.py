"""Stream: records of Kinesis are queued as what they are, and none stops the others."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from aep_moengage.functions.stream import Stream, StreamRecord
from aep_moengage.queues.custody import LARGEST_PROFILE, Custody
from aep_moengage.queues.queue import Message, QueueUnavailable
from aep_moengage.telemetry.counts import Counts

NOW = 1_700_000_000
EVENT = {"_id": "e1", "eventType": "commerce.purchases", "identityMap": {"crmid": [{"id": "ada"}]}}
PROFILE = {"identityMap": {"crmid": [{"id": "ada"}]}, "segmentMembership": {}}


@dataclass
class Queue:
    """Takes so many calls with messages, and then none."""

    calls: int = 1_000
    messages: list[dict[str, Any]] = field(default_factory=list)

    def put(self, messages: Iterable[Message]) -> None:
        self.put_later((0, message) for message in messages)

    def put_later(self, messages: Iterable[tuple[int, Message]]) -> None:
        found = [json.loads(message.to_json()) for _, message in messages]
        if not found:
            return
        self.calls -= 1
        if self.calls < 0:
            raise QueueUnavailable("SQS is down")
        self.messages += found


def records(*contents: Any) -> list[StreamRecord]:
    data = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in contents)
    return [StreamRecord(f"4959{n:04d}", f"shard-1:4959{n:04d}", NOW * 1000 + n, each) for n, each in enumerate(data)]


def taken(*contents: Any, calls: int = 1_000) -> tuple[list[str], Queue, Queue]:
    """Takes records; returns from where on they stay in the stream, the retry queue, and the dead-letter queue."""
    retry, dead = Queue(calls), Queue()
    stream = Stream("acme", Custody(retry=retry, dead=dead), Counts("test"), clock=lambda: NOW)
    return stream.take(records(*contents)), retry, dead


@pytest.mark.parametrize(
    ("content", "kind", "elements"),
    [
        (EVENT, "events", [EVENT]),
        ({"xdm": EVENT}, "events", [{"xdm": EVENT}]),
        ([EVENT, {"any": "object"}], "events", [EVENT, {"any": "object"}]),
        ({"messages": [EVENT]}, "events", [EVENT]),
        (PROFILE, "profiles", [PROFILE]),
        ({"profiles": [PROFILE]}, "profiles", [PROFILE]),
        ([PROFILE, PROFILE], "profiles", [PROFILE, PROFILE]),
    ],
)
def test_what_aep_exported_is_profiles_and_all_else_events(content: Any, kind: str, elements: list[Any]) -> None:
    untaken, retry, dead = taken(content)

    assert (untaken, dead.messages) == ([], [])
    (message,) = retry.messages
    assert (message["kind"], [each for _, each in message["profiles"]]) == (kind, elements)
    assert (message["destination"], message["request"], message["received"]) == ("acme", "shard-1:49590000", NOW * 1000)
    assert message["reason"] == "queued"


def test_events_and_profiles_in_one_record_are_told_apart() -> None:
    _, retry, _ = taken([EVENT, PROFILE, 7, EVENT])

    found = {message["kind"]: message["profiles"] for message in retry.messages}
    assert found == {"profiles": [[1, PROFILE]], "events": [[0, EVENT], [2, 7], [3, EVENT]]}


@pytest.mark.parametrize(
    ("data", "kept"),
    [(b"no JSON", "no JSON"), (b"", ""), (b"\xff\xfe\x00", "\ufffd\ufffd\x00"), (b"[1, 2]", "[1, 2]"), (b"7", "7")],
)
def test_what_cannot_be_read_is_kept_for_drain_to_reject_and_stops_nothing(data: bytes, kept: str) -> None:
    untaken, retry, _ = taken(EVENT, data, PROFILE)

    assert untaken == []
    assert [message["kind"] for message in retry.messages] == ["events", "events", "profiles"]
    assert retry.messages[1]["profiles"] == [[0, kept]]


def test_a_record_that_no_queue_can_hold_is_a_dead_letter_without_it() -> None:
    untaken, retry, dead = taken(EVENT | {"text": "x" * LARGEST_PROFILE}, EVENT)

    assert untaken == []
    assert len(retry.messages) == 1
    assert [(each["reason"], each["profile"]) for each in dead.messages] == [("record_too_large", None)]


@pytest.mark.parametrize(("calls", "stays_from"), [(0, 0), (1, 50), (2, 100)])
def test_what_was_taken_before_the_queue_failed_stays_taken(calls: int, stays_from: int) -> None:
    untaken, retry, _ = taken(*[EVENT] * 120, calls=calls)

    assert untaken == [f"4959{stays_from:04d}"]
    assert len(retry.messages) == stays_from
