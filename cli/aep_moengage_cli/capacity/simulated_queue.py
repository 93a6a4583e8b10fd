"""The retry queue in a simulation: SQS's visibility, its limit of messages in flight, and its fair order.

Equal messages are kept together, with their number.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

from msgspec import structs

from aep_moengage.queues.disposition import InFlight, ReceivedMessage
from aep_moengage.queues.retry_messages import RetryMessage

IN_FLIGHT = 120_000  # SQS's quota of a standard queue: received or hidden, and not deleted


@dataclass(slots=True)
class _Stored:
    in_flight: InFlight
    number: int


@dataclass(slots=True)
class SimulatedQueue:
    """A queue; `clock` is epoch seconds."""

    clock: Callable[[], float]
    _ready: dict[str, deque[_Stored]] = field(default_factory=lambda: defaultdict(deque))
    _later: list[tuple[float, int, _Stored]] = field(default_factory=list)
    _held: Counter[str] = field(default_factory=Counter)  # in flight, by destination
    _order: "count[int]" = field(default_factory=count)
    profiles: int = 0
    requests: float = 0.0
    most_in_flight: int = 0

    def put(self, message: RetryMessage, number: int, delay: float = 0.0) -> None:
        """Puts so many equal messages, to be received after a delay."""
        received = ReceivedMessage("", "", "", receives=0, sent=int(self.clock() * 1000))
        self.profiles += number * len(message.profiles)
        self._keep(_Stored(InFlight(received, message), number), delay)

    def receive(self, most: int) -> list[tuple[InFlight, int]]:
        """Receives up to so many messages, first of the destinations that have the fewest in flight."""
        self._release()
        room = min(most, IN_FLIGHT - self._held.total())
        received: list[tuple[InFlight, int]] = []
        for destination in sorted(self._ready, key=lambda each: self._held[each]):
            stored = self._ready[destination]
            while stored and room > 0:
                first = stored[0]
                taken = min(room, first.number)
                first.number -= taken
                room -= taken
                if not first.number:
                    stored.popleft()
                self._held[destination] += taken
                received.append((_once_more(first.in_flight), taken))
        self.requests += sum(number for _, number in received) / 10 + 1
        self.most_in_flight = max(self.most_in_flight, self._held.total())
        return received

    def hide(self, in_flight: InFlight, number: int, seconds: float) -> None:
        """Hides received messages for so many seconds; meanwhile they are in flight."""
        self.requests += number / 10
        self._keep(_Stored(in_flight, number), seconds, held=True)

    def delete(self, in_flight: InFlight, number: int) -> None:
        """Deletes received messages."""
        self.requests += number / 10
        self._held[in_flight.message.destination] -= number
        self.profiles -= number * len(in_flight.message.profiles)

    @property
    def oldest(self) -> float:
        """The time at which the request of the oldest profile came; now if the queue is empty."""
        ready = [stored[0].in_flight for stored in self._ready.values() if stored]
        later = [each.in_flight for _, _, each in self._later]
        return min((each.message.received / 1000 for each in (*ready, *later)), default=self.clock())

    def _keep(self, stored: _Stored, seconds: float, *, held: bool = False) -> None:
        if seconds <= 0:
            self._ready[stored.in_flight.message.destination].append(stored)
            return
        entry = stored if not held else replace(stored)
        heapq.heappush(self._later, (self.clock() + seconds, next(self._order) * 2 + held, entry))

    def _release(self) -> None:
        while self._later and self._later[0][0] <= self.clock():
            _, order, stored = heapq.heappop(self._later)
            destination = stored.in_flight.message.destination
            self._ready[destination].append(stored)
            if order % 2:  # it was hidden
                self._held[destination] -= stored.number


def _once_more(in_flight: InFlight) -> InFlight:
    received = in_flight.received
    return structs.replace(in_flight, received=structs.replace(received, receives=received.receives + 1))
