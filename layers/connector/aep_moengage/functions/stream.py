"""Stream: takes custody of the records of the event stream, in the retry queue; drain delivers them in bulk.

All of them are for the destination that the stack's operator chose: who may write to the stream is who may send to it.
What AEP exported is a profile, and all else is an event. What cannot be read goes the same way, and drain makes a dead
letter of it, so that it stops no shard.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched, filterfalse
from typing import Any, NamedTuple

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.aep.events import read_events
from aep_moengage.aep.profiles import AUDIENCES
from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.connections import Connections
from aep_moengage.log import logger
from aep_moengage.queues.custody import QUEUED, Custody
from aep_moengage.queues.disposition import traced
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage, first_message
from aep_moengage.telemetry.counts import Counts
from aep_moengage.telemetry.tracing import Trace, trace

_TOGETHER = 50  # records of which custody is taken together; what was taken before a failure stays taken
_NOBODY_WAITS = 0


class StreamRecord(NamedTuple):
    """A record: its sequence number in its shard, its id in the stream, when it arrived (epoch ms), and its data."""

    sequence: str
    id: str
    arrived_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """The stream function, with everything that it works with. `destination` is the id of that of all records."""

    destination: str
    custody: Custody
    counts: Counts
    connections: Connections = field(default_factory=Connections)
    clock: Callable[[], float] = time.time
    trace: Trace = trace

    def take(self, records: Sequence[StreamRecord]) -> list[str]:
        """Takes custody of records, in their order; returns the sequence number from which on they stay in the stream.

        Kinesis hands those over again, and perhaps some that were taken: events are sent once all the same, and a
        profile that is known already is not sent.
        """
        self.connections.renew()
        for some in batched(records, _TOGETHER):
            try:
                self._keep([message for each in some for message in self._arrived(each)])
            except QueueUnavailable as error:
                logger().warning("records stay in the stream", extra={"why": str(error)})
                return [some[0].sequence]
        return []

    def _keep(self, arrived: Sequence[RetryMessage]) -> None:
        kept = self.custody.keep_all([(each, [QUEUED] * len(each.profiles)) for each in arrived], self.clock())
        results = [result for each in kept for result in each]
        self.counts.received(self.destination, results, _NOBODY_WAITS, self.clock())
        self.trace(
            self.destination,
            (one for each, results in zip(arrived, kept, strict=True) for one in traced(each, results, attempts=0)),
        )

    def _arrived(self, record: StreamRecord) -> Iterator[RetryMessage]:
        for kind, elements in _read(record.data):
            yield first_message(self.destination, record.id, record.arrived_ms, elements, kind=kind)


def _read(data: bytes) -> Iterator[tuple[Kind, list[tuple[int, Any]]]]:
    """Yields what a record holds, of each kind; what cannot be read is one element that is no event."""
    try:
        elements = list(enumerate(read_events(data)))
        if any(_wraps_exports(each) for _, each in elements):
            yield Kind.PROFILES, list(enumerate(read_body(data)))
            return
    except MalformedBody:
        elements = [(0, data.decode("utf-8", "replace"))]
    for kind, some in ((Kind.PROFILES, filter(_is_export, elements)), (Kind.EVENTS, filterfalse(_is_export, elements))):
        if found := list(some):
            yield kind, found


def _wraps_exports(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("profiles"), list)


def _is_export(entry: tuple[int, Any]) -> bool:
    """Whether AEP exported an element: a profile, which always says in which audiences it is."""
    return isinstance(entry[1], dict) and AUDIENCES in entry[1]
