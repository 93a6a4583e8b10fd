"""Drain's rounds: batches are taken in portions, as long as time is left for them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.unit.given import destination, profile

from aep_moengage.budget import Budget
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.drain import Drain
from aep_moengage.functions.queue_first import QueueFirst
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.outcomes import RetryReason
from aep_moengage.queues.custody import Custody
from aep_moengage.queues.disposition import ReceivedMessage
from aep_moengage.queues.queue import Message
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage.telemetry.counts import Counts
from aep_moengage_cli.capacity.memory_tables import MemoryPaceTable

NOW = 1_700_000_000


def received(name: str, profiles: int = 1) -> ReceivedMessage:
    kept = tuple((index, profile()) for index in range(profiles))
    message = RetryMessage("acme", name, NOW * 1000, RetryReason.TRANSIENT, NOW * 1000, kept)
    return ReceivedMessage(name, f"handle-{name}", message.to_json(), receives=1, sent=NOW * 1000)


@dataclass
class Queue:
    """Records what it is given."""

    put_in: list[Message] = field(default_factory=list)
    hidden: list[tuple[str, float]] = field(default_factory=list)

    def put(self, messages: Iterable[Message]) -> None:
        self.put_in += messages

    def put_later(self, messages: Iterable[tuple[int, Message]]) -> None:
        self.put_in += [message for _, message in messages]

    def hide(self, receipts: Sequence[tuple[str, float]]) -> None:
        self.hidden += receipts


@dataclass
class SlowStore:
    """Knows one destination, which is paused; each round of drain takes so many seconds here."""

    seconds: float
    now: float = 0.0
    loads: int = 0

    def load(self, _: str) -> ActiveDestination:
        self.loads += 1
        self.now += self.seconds
        return ActiveDestination(destination(), 1, "https://moengage", "key", (), paused=True)


class NoCircuits:
    """Circuits that never open."""

    def guard(self, send: Any, _: Any) -> Any:
        return send

    def open_answer(self, _: Any) -> None:
        return None


def drained(store: SlowStore, messages: list[ReceivedMessage]) -> tuple[list[str], Queue]:
    """The messages that stay after 50 seconds of drain, and the retry queue."""
    queue = Queue()
    drain = Drain(
        destinations=store,  # type: ignore[arg-type] # in memory, as are those below
        deliveries=Deliveries(None, None, None),  # type: ignore[arg-type] # a paused destination needs none
        circuits=NoCircuits(),  # type: ignore[arg-type]
        moengage=type("MoEngage", (), {"send": None}),  # type: ignore[arg-type]
        custody=Custody(retry=queue, dead=Queue()),
        counts=Counts("test"),
        queue_first=QueueFirst(None),  # type: ignore[arg-type] # no backlog is long enough to share
        rate_limiter=RateLimiter(MemoryPaceTable(), lambda: NOW),
        samples=SimpleNamespace(keep=lambda _: None),  # type: ignore[arg-type]
        retry_window_seconds=86_400,
        clock=lambda: NOW,
    )
    return drain.drain(messages, Budget(50, lambda: store.now)), queue


def test_messages_for_which_no_time_is_left_stay_and_come_back_soon() -> None:
    store = SlowStore(seconds=24)
    staying, queue = drained(store, [received(name, 600) for name in ("first", "second", "third")])

    assert store.loads == 2
    assert staying == ["third"]
    assert queue.hidden == [("handle-third", 5.0)]
    assert [json.loads(message.to_json())["request"] for message in queue.put_in] == ["first", "second"]


def test_the_first_round_is_taken_however_little_time_is_left() -> None:
    store = SlowStore(seconds=100)
    staying, _ = drained(store, [received("first", 600), received("second", 600)])

    assert (store.loads, staying) == (1, ["second"])


def test_with_time_left_every_round_is_taken() -> None:
    store = SlowStore(seconds=1)
    staying, queue = drained(store, [received(str(number), 500) for number in range(20)])

    assert (store.loads, staying, queue.hidden) == (10, [], [])
