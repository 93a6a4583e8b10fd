"""Sending: how the records of many users become requests, and each request's answer is every record's answer.

A single record goes by the call whose answer is exact; several go together, in bulk bodies of just under 100 KB. A bulk
that MoEngage refuses is halved until the record that it refuses is found. A user's next record follows only once the
one before was taken: MoEngage does not say whether it took the rest of a bulk that it refused, users may be sent twice,
and events may not.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage.records import BULK_BODY_BYTES
from aep_moengage.moengage.requests import BULK_HEAD, BULK_TAIL, Pace, Request, Send, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

_FRAME = len(BULK_HEAD) + len(BULK_TAIL)
_NO_TIME = Answer(Verdict.TRANSIENT, "no time was left to try")
_HALVED = {Verdict.REFUSED, Verdict.TOO_LARGE}
_HALTING = {Verdict.THROTTLED, Verdict.SETUP}  # answers that hold for whatever else would be sent now


class Record(NamedTuple):
    """One record: a user, or so many events of one."""

    body: bytes
    events: int = 0

    @property
    def size(self) -> int:
        """Bytes that it takes in a bulk body."""
        return len(self.body) + 1


class Sender:
    """Sends records to one workspace within a budget; a call takes at most `longest` seconds.

    `pace` says how long to wait before so many users and events may be sent in bulk.
    """

    def __init__(self, workspace: Workspace, send: Send, budget: Budget, longest: float, pace: Pace) -> None:
        self._workspace = workspace
        self._send = send
        self._budget = budget
        self._longest = longest
        self._pace = pace
        self._halted: Answer | None = None

    def send(self, users: Sequence[Sequence[Record]]) -> list[list[Answer]]:
        """Returns, for each user, the answers to its records; they end with the first that was not accepted."""
        answers: list[list[Answer]] = [[] for _ in users]
        while places := _next_up(users, answers):
            records = [users[place][len(answers[place])] for place in places]
            for place, answer in zip(places, self._send_all(records), strict=True):
                answers[place].append(answer)
        return answers

    def _send_all(self, records: Sequence[Record]) -> list[Answer]:
        return [answer for pack in pack_bulks(records) for answer in self.send_pack(pack)]

    def send_pack(self, pack: Sequence[Record]) -> list[Answer]:
        """Returns the answer to each record of a bulk, or of a single one; a bulk that is refused is halved."""
        if len(pack) == 1:
            request = self._workspace.event if pack[0].events else self._workspace.customer
            return [self._call(request(pack[0].body))]
        self._halt_if_too_fast(pack)
        answer = self._call(self._workspace.bulk([record.body for record in pack]))
        if answer.verdict in _HALVED:
            middle = len(pack) // 2
            return [*self.send_pack(pack[:middle]), *self.send_pack(pack[middle:])]
        return [answer] * len(pack)

    def _halt_if_too_fast(self, pack: Sequence[Record]) -> None:
        events = sum(record.events for record in pack)
        users = sum(1 for record in pack if not record.events)
        wait = 0.0 if self._halted else self._pace(users, events)
        if wait > 0:
            why = "the rate limit is used up for now"
            self._halted = Answer(Verdict.THROTTLED, why, retry_after=wait)

    def _call(self, request: Request) -> Answer:
        if self._halted:
            return self._halted
        if self._budget.left() < WORTH_A_CALL:
            return _NO_TIME
        answer = self._send(request, min(self._longest, self._budget.left()))
        if answer.verdict in _HALTING:
            self._halted = answer
        return answer


def _next_up(users: Sequence[Sequence[Record]], answers: Sequence[Sequence[Answer]]) -> list[int]:
    """Returns the places of the users whose next record is sent now: while there are users to send, no events."""
    open_places = [
        place
        for place, records in enumerate(users)
        if len(answers[place]) < len(records) and all(answer.verdict is Verdict.ACCEPTED for answer in answers[place])
    ]
    customers = [place for place in open_places if not users[place][len(answers[place])].events]
    return customers or open_places


def pack_bulks(records: Iterable[Record]) -> list[list[Record]]:
    """Packs records, in their order, into bulk bodies that stay under MoEngage's limit."""
    packs: list[list[Record]] = []
    room = 0
    for record in records:
        if record.size > room:
            packs.append([])
            room = BULK_BODY_BYTES - _FRAME
        packs[-1].append(record)
        room -= record.size
    return packs
