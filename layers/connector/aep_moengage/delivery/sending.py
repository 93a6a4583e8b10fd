"""Sending: how the records of many users become requests, and each request's answer is every record's answer.

A single record goes by the call whose answer is exact; several go together, in bulk bodies of just under 100 KB. A bulk
that MoEngage refuses is halved until the record that it refuses is found. A bulk is no larger than what is left of the
workspace's limit. A user's next record follows only once the
one before was taken: MoEngage does not say whether it took the rest of a bulk that it refused, users may be sent twice,
and events may not.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from msgspec.structs import replace

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage.pacing import UNPACED, WINDOW_SECONDS, Pace, Quota
from aep_moengage.moengage.records import BULK_BODY_BYTES
from aep_moengage.moengage.requests import BULK_HEAD, BULK_TAIL, Request, Send, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

_FRAME = len(BULK_HEAD) + len(BULK_TAIL)
_NO_TIME = Answer(Verdict.TRANSIENT, "no time was left to try")
USED_UP = Answer(Verdict.THROTTLED, "the rate limit is used up for now")
_QUOTAS = {
    (True, False): Quota.BULK_USERS,
    (True, True): Quota.BULK_EVENTS,
    (False, False): Quota.USERS,
    (False, True): Quota.EVENTS,
}  # by whether records go in bulk, and whether they are events
_LONGEST_WAIT = 2.0 * WINDOW_SECONDS  # for the pace, while the users' leases are held
_WORTH_WAITING = 2.0  # seconds that must be left afterwards
_HALVED = {Verdict.REFUSED, Verdict.TOO_LARGE}
_HALTING = {Verdict.THROTTLED, Verdict.SETUP}  # answers that hold for whatever else would be sent now


class Record(NamedTuple):
    """One record: a user, or so many events of one."""

    body: bytes
    events: int = 0


class Sender:
    """Sends records to one workspace within a budget, at its pace; a call takes at most `longest` seconds.

    With `sleep` it waits for the pace while there is time; without, records that would have to wait are throttled.
    """

    def __init__(
        self,
        workspace: Workspace,
        send: Send,
        budget: Budget,
        longest: float,
        *,
        pace: Pace = UNPACED,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._workspace = workspace
        self._send = send
        self._budget = budget
        self._longest = longest
        self._pace = pace
        self._sleep = sleep
        self._halted: Answer | None = None

    def send(self, users: Sequence[Sequence[Record]]) -> list[list[Answer]]:
        """Returns, for each user, the answers to its records; they end with the first that was not accepted.

        While there are users to send, no events are sent.
        """
        answers: list[list[Answer]] = [[] for _ in users]
        waiting = [place for place, records in enumerate(users) if records]
        while waiting:
            places = [place for place in waiting if not users[place][len(answers[place])].events] or waiting
            records = [users[place][len(answers[place])] for place in places]
            for place, answer in zip(places, self._send_all(records), strict=True):
                answers[place].append(answer)
            waiting = [place for place in waiting if _has_more(users[place], answers[place])]
        return answers

    def _send_all(self, records: Sequence[Record]) -> list[Answer]:
        answers: list[Answer] = []
        while (begin := len(answers)) < len(records):
            answers += self.send_pack(records[begin : begin + bulk_length(records, begin)])
        return answers

    def send_pack(self, pack: Sequence[Record]) -> list[Answer]:
        """Returns the answers to a pack that fits into a bulk, or to as many of its first records as may be sent."""
        in_bulk, of_events = len(pack) > 1, pack[0].events > 0
        quota = _QUOTAS[in_bulk, of_events]
        allowed = pack[: self._allowed(quota, pack)]
        if not allowed:
            return [self._halted or _NO_TIME] * len(pack)
        if in_bulk:
            request = self._workspace.bulk([record.body for record in allowed])
        else:
            request = (self._workspace.event if of_events else self._workspace.customer)(allowed[0].body)
        answer = self._call(quota, request)
        return self._halves(allowed) if in_bulk and answer.verdict in _HALVED else [answer] * len(allowed)

    def _halves(self, pack: Sequence[Record]) -> list[Answer]:
        """Sends the halves of a pack that was refused; a record that is alone by the call whose answer is exact."""
        middle = max(1, len(pack) // 2)
        return [*self._send_all(pack[:middle]), *self._send_all(pack[middle:])]

    def _allowed(self, quota: Quota, pack: Sequence[Record]) -> int:
        """Returns how many records of a pack may be sent now, waiting for the first if that is worth it."""
        amounts = [record.events or 1 for record in pack]
        wanted = sum(amounts)
        while not self._halted and self._budget.left() >= WORTH_A_CALL:
            granted, wait = self._pace.take(quota, wanted, amounts[0])
            if granted:
                return bisect_right(list(accumulate(amounts)), granted) if granted < wanted else len(pack)
            self._wait(wait)
        return 0

    def _wait(self, seconds: float) -> None:
        if self._sleep and seconds <= _LONGEST_WAIT and self._budget.left() - seconds >= _WORTH_WAITING:
            self._sleep(seconds)
        else:
            self._halted = replace(USED_UP, retry_after=seconds)

    def _call(self, quota: Quota, request: Request) -> Answer:
        answer = self._send(request, min(self._longest, self._budget.left()))
        self._pace.learn(quota, answer)
        if answer.verdict in _HALTING:
            self._halted = answer
        return answer


def _has_more(records: Sequence[Record], answers: Sequence[Answer]) -> bool:
    """Returns whether another record of a user may be sent: all before it were accepted."""
    return len(answers) < len(records) and (not answers or answers[-1].verdict is Verdict.ACCEPTED)


def bulk_length(records: Sequence[Record], begin: int = 0) -> int:
    """Returns how many of the records from `begin` fit into one bulk body under MoEngage's limit; at least one does."""
    room = BULK_BODY_BYTES - _FRAME
    for end in range(begin, len(records)):
        room -= len(records[end].body) + 1
        if room < 0 and end > begin:
            return end - begin
    return len(records) - begin
