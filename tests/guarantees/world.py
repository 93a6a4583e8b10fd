"""A small world for the doors: stores and a MoEngage in memory, where any step can fail or be the last.

Nothing here waits: the clock is moved. Every store call and every request to MoEngage is a step; `world.trouble` says
what befalls the next ones.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import Result
from aep_moengage.document.parsing import parse_destination
from aep_moengage.functions.drain import Drain
from aep_moengage.ledger.ledger import Ledger, user_key
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.moengage.requests import Pace, Request, Send, Workspace, no_limit
from aep_moengage.moengage.responses import Answer, Verdict, read_answer
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.queues.custody import Custody
from aep_moengage.queues.dead_letters import parse_dead_letter
from aep_moengage.queues.disposition import ReceivedMessage
from aep_moengage.queues.queue import Message, QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage.telemetry.counts import Counts

_UNANSWERED = Answer(Verdict.TRANSIENT, "no answer", lost=True)
REFUSALS: dict[str, tuple[Any, ...]] = {
    "500": (500,),
    "429": (429,),
    "401": (401,),
    "fail": (200, b'{"status": "fail"}'),
}
RETRY_WINDOW_DAYS = 10
POISON = 13  # points that MoEngage never takes
DOCUMENT = {
    "id": "acme",
    "name": "Acme",
    "region": "01",
    "username": "ACME",
    "audiences": "all",
    "audience_events": True,
    "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
    "attributes": {"points": "points"},
    "consent": ["consents.marketing.email"],
}


class Crash(BaseException):
    """The function is gone, between two steps."""


@dataclass
class Troubles:
    """What befalls the coming steps: each entry is consumed by one step of its kind."""

    store: deque[str] = field(default_factory=deque)  # "before", "after": fails without, or after, taking effect
    queue: deque[str] = field(default_factory=deque)
    moengage: deque[str] = field(default_factory=deque)  # see MoEngageInMemory
    crash_in: int | None = None  # steps from now
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)  # what happens during the next such step

    def step(self) -> None:
        """Counts a step; the last one before a crash does not return."""
        if self.crash_in is None:
            return
        self.crash_in -= 1
        if self.crash_in < 0:
            self.crash_in = None
            raise Crash

    def take(self, kind: str) -> str | None:
        """Returns what befalls a step of this kind."""
        self.step()
        waiting: deque[str] = getattr(self, kind)
        return waiting.popleft() if waiting else None

    def interrupt(self, step: str) -> None:
        """Lets happen what was to happen during this step."""
        if step in self.meanwhile:
            self.meanwhile.pop(step)()

    def end(self) -> None:
        """From now on all is well."""
        self.meanwhile.clear()
        for kind in (self.store, self.queue, self.moengage):
            kind.clear()
        self.crash_in = None


class TableInMemory:
    """The ledger's rows; a write counts only where nobody wrote in between."""

    def __init__(self, troubles: Troubles) -> None:
        self.rows: dict[str, LedgerRow] = {}
        self.unnoted: set[str] = set()
        self._troubles = troubles

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """See LedgerTable."""
        if self._troubles.take("store"):
            raise LedgerUnavailable("read")
        found = {user: self.rows[user] for user in users if user in self.rows}
        self._troubles.interrupt("read")
        return found

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """See LedgerTable."""
        try:
            return self._write_all(rows)
        except (LedgerUnavailable, Crash):  # where a lease was to be given back, an answer was lost before it was noted
            self.unnoted |= {row.user for row, _ in rows if row.lease == 0.0}
            raise

    def _write_all(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        trouble = self._troubles.take("store") if rows else None
        if trouble == "before":
            raise LedgerUnavailable("write")
        written = [self._write(row, existed) for row, existed in rows]
        if trouble:
            raise LedgerUnavailable("write")
        self._troubles.step()
        return written

    def _write(self, row: LedgerRow, existed: bool) -> bool:
        known = self.rows.get(row.user)
        if (known is not None) != existed or (known is not None and known.version != row.version - 1):
            return False
        self.rows[row.user] = row
        return True


@dataclass
class Stored:
    """A message in a queue."""

    id: str
    body: str
    visible: float
    sent: float
    receives: int = 0


class QueueInMemory:
    """A queue that delivers at least once and in any order."""

    def __init__(self, troubles: Troubles, clock: Callable[[], float]) -> None:
        self.messages: dict[str, Stored] = {}
        self._troubles = troubles
        self._clock = clock
        self._count = 0

    def put(self, messages: Iterable[Message]) -> None:
        """See Queue."""
        self.put_later((0, message) for message in messages)

    def put_later(self, messages: Iterable[tuple[int, Message]]) -> None:
        """See Queue."""
        entries = [(delay, message.to_json()) for delay, message in messages]
        trouble = self._troubles.take("queue") if entries else None
        if trouble == "before":
            raise QueueUnavailable("put")
        for delay, body in entries:
            self._count += 1
            now = self._clock()
            self.messages[str(self._count)] = Stored(str(self._count), body, now + delay, now)
        if trouble:
            raise QueueUnavailable("put")

    def hide(self, receipts: Sequence[tuple[str, float]]) -> None:
        """See Queue."""
        if receipts and self._troubles.take("queue"):
            raise QueueUnavailable("hide")
        for handle, seconds in receipts:
            if handle in self.messages:
                self.messages[handle].visible = self._clock() + seconds

    def receive(self, most: int) -> list[ReceivedMessage]:
        """Returns visible messages, hidden from now on for the queue's own time."""
        visible = [stored for stored in self.messages.values() if stored.visible <= self._clock()][:most]
        for stored in visible:
            stored.receives += 1
            stored.visible = self._clock() + 370
        return [ReceivedMessage(s.id, s.id, s.body, s.receives, int(s.sent * 1000)) for s in visible]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (json.loads(stored.body) for stored in self.messages.values())


class MoEngageInMemory:
    """MoEngage as its contract says; troubles: `500`, `429`, `401`, `fail`, `lost` (applied, no answer), `unsent`
    (not applied, no answer), `late` (no answer, and applied some seconds later)."""

    def __init__(self, troubles: Troubles, clock: Callable[[], float]) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.merges: list[tuple[str, str]] = []
        self.doubt: set[str] = set()  # users of whom an answer was lost: their events may be doubled
        self.healed = False  # what was poison is taken now
        self._late: list[tuple[float, list[dict[str, Any]]]] = []
        self._troubles = troubles
        self._clock = clock

    def send(self, request: Request, _: float) -> Answer:
        """See MoEngage."""
        self.catch_up()
        records = _records(request)
        trouble = self._troubles.take("moengage")
        self._troubles.interrupt("sending")
        if trouble in REFUSALS:
            return self._answer(*REFUSALS[trouble])
        if trouble == "unsent":
            return _UNANSWERED
        if not self.healed and any(record.get("attributes", {}).get("points") == POISON for record in records):
            return self._answer(400)
        if trouble in {"late", "lost"}:
            self._doubt(records)
            self._late.append((self._clock() + (10 if trouble == "late" else 0), records))
            self.catch_up()
            return _UNANSWERED
        status = 200 if self._apply(records) else 400
        try:
            self._troubles.step()
        except Crash:  # the answer reached nobody
            self._doubt(records)
            raise
        self._troubles.interrupt("answering")
        return self._answer(status)

    def _doubt(self, records: list[dict[str, Any]]) -> None:
        self.doubt |= {str(record.get("customer_id")) for record in records}

    def catch_up(self) -> None:
        """Applies what is late by now."""
        due = [records for moment, records in self._late if moment <= self._clock()]
        self._late = [entry for entry in self._late if entry[0] > self._clock()]
        for records in due:
            self._apply(records)

    def _answer(self, status: int, body: bytes = b'{"status": "success"}') -> Answer:
        return read_answer(status, {}, body, self._clock())

    def _apply(self, records: list[dict[str, Any]]) -> bool:
        for record in records:
            if "merged_user" in record:
                if record["retained_user"] not in self.users or record["merged_user"] not in self.users:
                    return False
                self.merges.append((record["merged_user"], record["retained_user"]))
                retained = self.users[record["retained_user"]]
                self.users[record["retained_user"]] = self.users.pop(record["merged_user"]) | retained
            elif record["type"] == "customer":
                self._update(record)
            else:
                taken = [(action["action"], action["attributes"]["audience"]) for action in record["actions"]]
                self.events[record["customer_id"]] += taken
        return True

    def _update(self, record: dict[str, Any]) -> None:
        if record.get("update_existing_only") and record["customer_id"] not in self.users:
            return
        user = self.users.setdefault(record["customer_id"], {})
        changes = dict(record["attributes"])
        for name, values in changes.pop("removeValueFromArrayField", {}).items():
            user[name] = [value for value in user.get(name, []) if value not in values]
        user |= changes


class NoCircuits:
    """Leaves every call alone."""

    def guard(self, send: Send, _: Workspace) -> Send:
        """See Circuits."""
        return send


class NoPace:
    """Never waits."""

    def pace(self, _: Workspace, __: int, ___: int) -> Pace:
        """See Pacemaker."""
        return no_limit


def _records(request: Request) -> list[dict[str, Any]]:
    body = json.loads(request.body)
    return list(body.get("elements") or body.get("merge_data") or [body])


class World:
    """Both doors on everything above, with a clock that is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.troubles = Troubles()
        clock = lambda: self.now  # noqa: E731 # one clock for all, that reads this world's time
        self.moengage = MoEngageInMemory(self.troubles, clock)
        self.retry = QueueInMemory(self.troubles, clock)
        self.dead = QueueInMemory(self.troubles, clock)
        self.custody = Custody(retry=self.retry, dead=self.dead)  # type: ignore[arg-type] # in memory
        self.table = TableInMemory(self.troubles)
        self.ledger = Ledger(self.table, clock)  # type: ignore[arg-type] # in memory
        self.mapping_versions = 1
        self.activated = self._activate(DOCUMENT)
        self._clock = clock
        self._requests = 0

    def load(self, destination_id: str) -> ActiveDestination | None:
        """See Destinations."""
        return self.activated if destination_id == self.activated.id else None

    def pause(self) -> None:
        """From now on everything is kept and nothing is sent."""
        self.activated = replace(self.activated, paused=True)

    def resume(self) -> None:
        """What is kept is sent again."""
        self.activated = replace(self.activated, paused=False)

    def change_mapping(self) -> None:
        """Maps one attribute more from now on."""
        self.mapping_versions += 1
        attributes = {f"points_{version}": "points" for version in range(2, self.mapping_versions + 1)}
        changed = self._activate(DOCUMENT | {"attributes": {"points": "points"} | attributes})
        self.activated = replace(changed, paused=self.activated.paused)

    def post(self, profiles: Sequence[dict[str, Any]], received: float) -> list[Result] | None:
        """Hands profiles to ingest; None if AEP learns that they are not in custody."""
        self._requests += 1
        moment = int(received * 1000)
        arrived = RetryMessage(
            destination="acme",
            request=f"r{self._requests:06d}",
            received=moment,
            reason=RetryReason.TRANSIENT,
            since=moment,
            profiles=tuple(enumerate(profiles)),
        )
        try:
            delivery = Delivery(self.activated, self.ledger, self._send, longest_call=1.5)
            results = delivery.deliver(arrived.updates(attempts=0, in_custody=False), self._budget())
            self.custody.keep(arrived, results, self.now)
        except (Crash, QueueUnavailable):
            return None
        return results

    def drain(self, most: int = 1000, *, again: bool = False) -> None:
        """Lets drain have what is visible, as Lambda does; `again`: the queue hands it out once more all the same."""
        received = self.retry.receive(most)
        try:
            stays = self._draining().drain(received, self._budget())
        except Crash:
            return
        for message in received:
            if message.id not in stays and message.id in self.retry.messages:
                if again:
                    self.retry.messages[message.id].visible = self.now + 1
                else:
                    del self.retry.messages[message.id]

    def redrive(self) -> None:
        """Sends every dead letter again, as the operator's command does: put first, deleted then."""
        for stored in list(self.dead.messages.values()):
            letter = parse_dead_letter(stored.body)
            try:
                self.retry.put([letter.to_retry_message(int(self.now * 1000))])
                self.troubles.step()
            except (Crash, QueueUnavailable):
                return
            del self.dead.messages[stored.id]

    def settle(self) -> None:
        """Ends all trouble and every pause, and lets time pass until nothing waits any more."""
        self.troubles.end()
        self.resume()
        for _ in range(200):
            if not self.retry.messages:
                break
            self.now += 400
            self.drain()
        self.now += 400
        self.moengage.catch_up()
        assert not self.retry.messages, "something waits forever"

    def _send(self, request: Request, seconds: float) -> Answer:
        assert not self.activated.paused, "something was sent while paused"
        return self.moengage.send(request, seconds)

    def in_doubt(self, user: str) -> bool:
        """Whether an answer about this user was lost, on the way or before it was noted."""
        return user in self.moengage.doubt or user_key("acme", user) in self.table.unnoted

    def _activate(self, document: dict[str, Any]) -> ActiveDestination:
        return ActiveDestination(parse_destination(document), 1, "http://moengage.invalid", "key", ())

    def _draining(self) -> Drain:
        return Drain(
            destinations=self,  # type: ignore[arg-type] # knows one destination
            ledger=self.ledger,
            circuits=NoCircuits(),  # type: ignore[arg-type] # in memory
            moengage=SimpleNamespace(send=self._send),  # type: ignore[arg-type] # in memory
            custody=self.custody,
            counts=Counts("test"),
            rate_limiter=NoPace(),  # type: ignore[arg-type] # in memory
            retry_window_seconds=RETRY_WINDOW_DAYS * 86_400,
            clock=self._clock,
        )

    def _budget(self) -> Budget:
        return Budget(1.7, self._clock)


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """The outcomes alone."""
    return [result.outcome for result in results]
