"""Shipping: how consignments become requests, and each request's answer is every consignment's answer.

One consignment goes by the calls whose answer is exact; several go together, in bulk bodies of just under 100 KB. A
bulk that MoEngage refuses is taken apart until the one that it does not take is found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage import BULK_HEAD, BULK_TAIL, Request, Workspace
from aep_moengage.pacing import Pace
from aep_moengage.records import BULK_BODY_BYTES
from aep_moengage.responses import Answer, Verdict

type Send = Callable[[Request, float], Answer]

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
    def size(self) -> int:
        """Bytes that it takes in a bulk body."""
        return sum(len(record) + 1 for record in self.records)

    @property
    def accepted(self) -> bool:
        """Whether MoEngage took all of it."""
        return len(self.answers) == len(self.records) and all(a.verdict is Verdict.ACCEPTED for a in self.answers)

    @property
    def customer_accepted(self) -> bool:
        """Whether MoEngage took the customer record, whatever became of the events."""
        return bool(self.customer and self.answers) and self.answers[0].verdict is Verdict.ACCEPTED


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
        for pack in pack_bulks(consignments):
            self._ship(pack)

    def _ship(self, pack: Sequence[Consignment[Any]]) -> None:
        if len(pack) == 1:
            self._ship_alone(pack[0])
            return
        self._halt_if_too_fast(pack)
        answer = self._call(self._workspace.bulk([record for each in pack for record in each.records]))
        if answer.verdict in _TAKEN_APART:
            middle = len(pack) // 2
            self._ship(pack[:middle])
            self._ship(pack[middle:])
            return
        for each in pack:
            each.answers = [answer] * len(each.records)

    def _halt_if_too_fast(self, pack: Sequence[Consignment[Any]]) -> None:
        users = sum(each.customer is not None for each in pack)
        wait = 0.0 if self._halted else self._pace(users, sum(each.event_count for each in pack))
        if wait > 0:
            why = "as many as MoEngage takes at a time have been sent"
            self._halted = Answer(Verdict.THROTTLED, why, pause=wait)

    def _ship_alone(self, consignment: Consignment[Any]) -> None:
        calls = [
            (consignment.customer, self._workspace.customer),
            (consignment.events, self._workspace.event),
        ]
        for record, request in calls:
            if record is None:
                continue
            answer = self._call(request(record))
            consignment.answers.append(answer)
            if answer.verdict is not Verdict.ACCEPTED:
                return

    def _call(self, request: Request) -> Answer:
        if self._halted:
            return self._halted
        if self._budget.left() < WORTH_A_CALL:
            return _NO_TIME
        answer = self._send(request, min(self._longest, self._budget.left()))
        if answer.verdict in _HALTING:
            self._halted = answer
        return answer


def pack_bulks(consignments: Iterable[Consignment[Any]]) -> list[list[Consignment[Any]]]:
    """Packs consignments, in their order, into bulk bodies that stay under MoEngage's limit."""
    packs: list[list[Consignment[Any]]] = []
    room = 0
    for each in consignments:
        if each.size > room:
            packs.append([])
            room = BULK_BODY_BYTES - _FRAME
        packs[-1].append(each)
        room -= each.size
    return packs
