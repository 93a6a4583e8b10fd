"""Shipping: how consignments become requests, and each request's answer is every consignment's answer.

One record goes by the call whose answer is exact; several go together, in bulk bodies of just under 100 KB. A bulk that
MoEngage refuses is taken apart until the one that it does not take is found. Users go first, and only those that are
taken are followed by their events: MoEngage does not say whether it took the rest of a bulk that it refused, users may
be sent twice, and events may not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage.records import BULK_BODY_BYTES
from aep_moengage.moengage.requests import BULK_HEAD, BULK_TAIL, Pace, Request, Send, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

_FRAME = len(BULK_HEAD) + len(BULK_TAIL)
_NO_TIME = Answer(Verdict.TRANSIENT, "no time was left to try")
_TAKEN_APART = {Verdict.REFUSED, Verdict.TOO_LARGE}
_HALTING = {Verdict.THROTTLED, Verdict.SETUP}  # answers that hold for whatever else would be sent now


@dataclass(slots=True)
class Consignment[T]:
    """What is due for one user: the encoded customer record, event records, or both; and MoEngage's answers."""

    what: T
    customer: bytes | None
    events: bytes | None
    event_count: int = 0
    answers: list[Answer] = field(default_factory=list)

    @property
    def records(self) -> list[bytes]:
        """The records to send, in their order."""
        return [record for record in (self.customer, self.events) if record is not None]

    @property
    def accepted(self) -> bool:
        """Whether MoEngage took all of it."""
        return len(self.answers) == len(self.records) and all(a.verdict is Verdict.ACCEPTED for a in self.answers)

    @property
    def customer_accepted(self) -> bool:
        """Whether MoEngage took the customer record, whatever became of the events."""
        return bool(self.customer and self.answers) and self.answers[0].verdict is Verdict.ACCEPTED


@dataclass(frozen=True, slots=True)
class Parcel:
    """One record of a consignment: its user, or so many events."""

    of: Consignment[Any]
    record: bytes
    events: int = 0

    @property
    def size(self) -> int:
        """Bytes that it takes in a bulk body."""
        return len(self.record) + 1


class Shipping:
    """Ships consignments to one workspace within a budget; a call takes at most `longest` seconds.

    `pace` tells how long to wait before so many users and events may be sent in bulk.
    """

    def __init__(self, workspace: Workspace, send: Send, budget: Budget, longest: float, pace: Pace) -> None:
        self._workspace = workspace
        self._send = send
        self._budget = budget
        self._longest = longest
        self._pace = pace
        self._halted: Answer | None = None

    def ship(self, consignments: Sequence[Consignment[Any]]) -> None:
        """Sends everything that the budget allows and notes the answers in the consignments."""
        self._ship_all([Parcel(each, each.customer) for each in consignments if each.customer is not None])
        followed = [each for each in consignments if each.customer is None or each.customer_accepted]
        self._ship_all([Parcel(each, each.events, each.event_count) for each in followed if each.events is not None])

    def _ship_all(self, parcels: Sequence[Parcel]) -> None:
        for pack in pack_bulks(parcels):
            self._ship(pack)

    def _ship(self, pack: Sequence[Parcel]) -> None:
        if len(pack) == 1:
            self._ship_alone(pack[0])
            return
        self._halt_if_too_fast(pack)
        answer = self._call(self._workspace.bulk([each.record for each in pack]))
        if answer.verdict in _TAKEN_APART:
            middle = len(pack) // 2
            self._ship(pack[:middle])
            self._ship(pack[middle:])
            return
        for each in pack:
            each.of.answers.append(answer)

    def _halt_if_too_fast(self, pack: Sequence[Parcel]) -> None:
        events = sum(each.events for each in pack)
        users = 0 if events else len(pack)
        wait = 0.0 if self._halted else self._pace(users, events)
        if wait > 0:
            why = "as many as MoEngage takes at a time have been sent"
            self._halted = Answer(Verdict.THROTTLED, why, retry_after=wait)

    def _ship_alone(self, parcel: Parcel) -> None:
        request = self._workspace.event if parcel.events else self._workspace.customer
        parcel.of.answers.append(self._call(request(parcel.record)))

    def _call(self, request: Request) -> Answer:
        if self._halted:
            return self._halted
        if self._budget.left() < WORTH_A_CALL:
            return _NO_TIME
        answer = self._send(request, min(self._longest, self._budget.left()))
        if answer.verdict in _HALTING:
            self._halted = answer
        return answer


def pack_bulks(parcels: Iterable[Parcel]) -> list[list[Parcel]]:
    """Packs parcels, in their order, into bulk bodies that stay under MoEngage's limit."""
    packs: list[list[Parcel]] = []
    room = 0
    for each in parcels:
        if each.size > room:
            packs.append([])
            room = BULK_BODY_BYTES - _FRAME
        packs[-1].append(each)
        room -= each.size
    return packs
