"""A small world for the functions: stores and a MoEngage in memory, where any step can fail or be the last.

Nothing here waits: the clock is moved. Every store call and every request to MoEngage is a step; `world.troubles` says
what happens at the next ones.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Protocol

from tests.guarantees.sqs import SqsInMemory

from aep_moengage.budget import Budget
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Kind
from aep_moengage.document.parsing import parse_destination
from aep_moengage.functions.authentication import token_digest
from aep_moengage.functions.deadline import DeadlineExceeded
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.drain import Drain
from aep_moengage.functions.ingest import Ingest, IngestRequest
from aep_moengage.functions.pressure import Cause
from aep_moengage.ledger.event_claims import EventItem, EventLedger, EventState
from aep_moengage.ledger.items import item_of, row_of
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.known_users import KnownUser, KnownUsers
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.packing import name_id, names_of
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.moengage.requests import Request, Send, Workspace
from aep_moengage.moengage.responses import Answer, Verdict, read_answer
from aep_moengage.outcomes import Outcome
from aep_moengage.queues.custody import Custody
from aep_moengage.queues.disposition import ReceivedMessage, TracedProfile
from aep_moengage.queues.queue import Message, QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage_cli.capacity.memory_tables import MemoryPaceTable
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue

_DELTAS = {"addValueToArrayField", "removeValueFromArrayField"}  # not both in one record
_UNANSWERED = Answer(Verdict.TRANSIENT, "no answer", lost=True)
REFUSALS: dict[str, tuple[Any, ...]] = {
    "500": (500,),
    "429": (429,),
    "401": (401,),
    "fail": (200, b'{"status": "fail"}'),
}
RETRY_WINDOW_DAYS = 10
EVENT_WINDOW_HOURS = 14 * 24
HOLD_MINUTES = 30
POISON = 13  # points that MoEngage never takes
ATTRIBUTE = "AEP Segment"
TOKEN = "alpha.token"  # each destination has one like it
KEYS = LedgerKeys("a stack's ledger key")
ALPHA: dict[str, Any] = {
    "id": "alpha",
    "name": "Alpha",
    "region": "01",
    "username": "ACME",
    "audiences": [],
    "audience_events": True,
    "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
    "attributes": {"points": "points"},
    "consent": ["consents.marketing.email"],
    "events": [{"type": "order", "consent": [], "attributes": {"number": "number", "points": "points"}}],
    "event_window_hours": EVENT_WINDOW_HOURS,
    "hold_anonymous": f"{HOLD_MINUTES}m",
}
BRAVO: dict[str, Any] = ALPHA | {
    "id": "bravo",
    "name": "Bravo",
    "attributes": {"level": "points"},
}
CHARLIE: dict[str, Any] = ALPHA | {
    "id": "charlie",
    "name": "Charlie",
    "audience_events": False,
    "existing_audiences": "keep",
}
FILE_NAMES: dict[str, dict[str, str | None]] = {
    "alpha": {"gold": "Gold", "news": None, "vip": "VIP", "tin": "Metal", "zinc": "Metal"},
    "bravo": {"gold": "Golden", "churn": "Churn"},
    "charlie": {"gold": "Gold", "vip": "VIP"},
}
DOCUMENTS = ALPHA, BRAVO, CHARLIE


def audiences(names: dict[str, str | None]) -> list[dict[str, str]]:
    """Audiences as a destination file lists them."""
    return [{"id": each} | ({"name": name} if name else {}) for each, name in names.items()]


for each in DOCUMENTS:
    each["audiences"] = audiences(FILE_NAMES[each["id"]])


class Crash(BaseException):
    """The function is gone, between two steps."""


@dataclass
class Troubles:
    """What happens at the coming steps: each entry is consumed by one step of its kind."""

    store: deque[str] = field(default_factory=deque)  # "before", "after": fails without, or after, taking effect
    queue: deque[str] = field(default_factory=deque)
    moengage: deque[str] = field(default_factory=deque)  # see MoEngageInMemory
    crash_in: int | None = None  # steps from now
    gives_up: bool = False  # the next delivery takes too long for ingest, which queues what it may have delivered
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
        """Returns what happens at a step of this kind."""
        self.step()
        coming: deque[str] = getattr(self, kind)
        return coming.popleft() if coming else None

    def interrupt(self, step: str) -> None:
        """Runs what was to happen during this step."""
        if step in self.meanwhile:
            self.meanwhile.pop(step)()

    def end(self) -> None:
        """Ends all trouble."""
        self.meanwhile.clear()
        for kind in (self.store, self.queue, self.moengage):
            kind.clear()
        self.crash_in = None
        self.gives_up = False


class TableInMemory:
    """The ledger's rows; a write counts only where nobody wrote in between."""

    def __init__(self, troubles: Troubles) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.names: dict[bytes, str] = {}
        self.unnoted: set[str] = set()
        self._troubles = troubles

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """See LedgerTable."""
        if self._troubles.take("store"):
            raise LedgerUnavailable("read")
        found = {user: row_of(self.items[user], self.names) for user in users if user in self.items}
        self._troubles.interrupt("read")
        return found

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """See LedgerTable."""
        try:
            return self._write_all(rows)
        except (LedgerUnavailable, Crash):  # where a lease was given back, an answer was lost before it was noted
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
        known = self.items.get(row.user)
        if (known is not None) != existed or (known is not None and known["version"] != {"N": str(row.version - 1)}):
            return False
        if known is not None and float(known["lease"]["N"]) and row.lease:  # what the claim before did is not noted
            self.unnoted.add(row.user)
        self.names |= {name_id(name): name for name in names_of(row.memberships)}
        self.items[row.user] = item_of(row)
        return True


class Item(Protocol):
    """An item with a key, and a version that counts its writes."""

    @property
    def key(self) -> str: ...
    @property
    def version(self) -> int: ...


class ItemsInMemory[I: Item]:
    """Items of a ledger; a write counts only where nobody wrote in between."""

    def __init__(self, troubles: Troubles) -> None:
        self.items: dict[str, I] = {}
        self.unnoted: set[str] = set()  # of whose state the table, or who wrote it, may know less than MoEngage
        self._troubles = troubles

    def read(self, keys: Sequence[str]) -> dict[str, I]:
        """See EventTable."""
        if self._troubles.take("store"):
            raise LedgerUnavailable("read")
        found = {key: self.items[key] for key in keys if key in self.items}
        self._troubles.interrupt("read")
        return found

    def write(self, items: Sequence[tuple[I, bool]]) -> list[bool]:
        """See EventTable."""
        try:
            return self._write_all(items)
        except (LedgerUnavailable, Crash):
            self.unnoted |= {item.key for item, _ in items}
            raise

    def _write_all(self, items: Sequence[tuple[I, bool]]) -> list[bool]:
        trouble = self._troubles.take("store") if items else None
        if trouble == "before":
            raise LedgerUnavailable("write")
        written = [self._write(item, existed) for item, existed in items]
        if trouble:
            raise LedgerUnavailable("write")
        self._troubles.step()
        return written

    def _write(self, item: I, existed: bool) -> bool:
        known = self.items.get(item.key)
        if (known is not None) != existed or (known is not None and known.version != item.version - 1):
            return False
        self.items[item.key] = item
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
        self.put_bodies([(delay, message.to_json()) for delay, message in messages])

    def put_bodies(self, entries: Sequence[tuple[int, str]]) -> None:
        """Puts the texts of messages, each after so many seconds."""
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

    def receive(self, most: int, seconds: float = 370) -> list[ReceivedMessage]:
        """Returns visible messages, hidden from now on for so many seconds."""
        visible = [stored for stored in self.messages.values() if stored.visible <= self._clock()][:most]
        for stored in visible:
            stored.receives += 1
            stored.visible = self._clock() + seconds
        return [ReceivedMessage(s.id, s.id, s.body, s.receives, int(s.sent * 1000)) for s in visible]

    def delete(self, ids: Sequence[str]) -> None:
        """Deletes messages."""
        self._troubles.step()
        for each in ids:
            self.messages.pop(each, None)

    def counts(self) -> tuple[int, int]:
        """Returns how many messages are visible, and how many are not."""
        visible = sum(stored.visible <= self._clock() for stored in self.messages.values())
        return visible, len(self.messages) - visible

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (json.loads(stored.body) for stored in self.messages.values())


class MoEngageInMemory:
    """MoEngage as its contract says; troubles: `500`, `429`, `401`, `fail`, `lost` (applied, no answer), `unsent`
    (not applied, no answer), `late` (no answer, and applied some seconds later).

    `refuses_merges`: as with Identity Resolution.
    """

    def __init__(self, troubles: Troubles, clock: Callable[[], float]) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.orders: dict[int, list[float]] = defaultdict(list)  # when each event came that was posted as one
        self.order_users: dict[int, set[tuple[str, str]]] = defaultdict(set)  # whose they were, and their time
        self.order_doubt: set[int] = set()  # numbers of events about which an answer was lost
        self.merges: list[tuple[str, str]] = []
        self.doubt: set[str] = set()  # users about whom an answer was lost: their events may be doubled
        self.healed = False  # what was poison is taken now
        self.refuses_merges = False
        self._late: list[tuple[float, list[dict[str, Any]]]] = []
        self._troubles = troubles
        self._clock = clock

    def send(self, request: Request, _: float) -> Answer:
        """See MoEngage."""
        self.catch_up()
        records = _records(request)
        try:
            trouble = self._troubles.take("moengage")
        except Crash:  # whoever comes next cannot know that nothing was sent
            self.order_doubt |= {number for record in records for number in _orders(record)}
            raise
        self._troubles.interrupt("sending")
        if trouble in REFUSALS:
            return self._answer(*REFUSALS[trouble])
        if trouble == "unsent":
            self._doubt(records)
            return _UNANSWERED
        if self._refuses(records):
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

    def _refuses(self, records: list[dict[str, Any]]) -> bool:
        if self.refuses_merges and any("merged_user" in record for record in records):
            return True
        if any(len(_DELTAS & record.get("attributes", {}).keys()) > 1 for record in records):
            return True
        parts = [part for record in records for part in (record, *record.get("actions", ()))]
        poisoned = any(POISON in part.get("attributes", {}).values() for part in parts)
        return poisoned and not self.healed

    def _doubt(self, records: list[dict[str, Any]]) -> None:
        names = ("customer_id", "merged_user", "retained_user")
        self.doubt |= {str(record[name]) for record in records for name in names if name in record}
        self.order_doubt |= {number for record in records for number in _orders(record)}

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
            elif orders := _orders(record):
                for number in orders:
                    self.orders[number].append(self._clock())
                    self.order_users[number].add((record["customer_id"], record["actions"][0]["current_time"]))
            elif not self._ignores(record):
                self.users.setdefault(record["customer_id"], {})
                taken = [(action["action"], action["attributes"]["audience"]) for action in record["actions"]]
                self.events[record["customer_id"]] += taken
        return True

    def _ignores(self, record: dict[str, Any]) -> bool:
        return bool(record.get("update_existing_only")) and record["customer_id"] not in self.users

    def _update(self, record: dict[str, Any]) -> None:
        if self._ignores(record):
            return
        user = self.users.setdefault(record["customer_id"], {})
        changes = dict(record["attributes"])
        for name, values in changes.pop("removeValueFromArrayField", {}).items():
            user[name] = [value for value in user.get(name, []) if value not in values]
        for name, values in changes.pop("addValueToArrayField", {}).items():
            user[name] = [*user.get(name, []), *(value for value in values if value not in user.get(name, []))]
        user |= changes


def _orders(record: dict[str, Any]) -> list[int]:
    """The numbers of the events in a record that were posted as events."""
    return [action["attributes"]["number"] for action in record.get("actions", ()) if action["action"] == "order"]


class NoCircuits:
    """Leaves every call alone."""

    def guard(self, send: Send, _: Workspace) -> Send:
        """See CircuitBreakers."""
        return send

    def open_answer(self, _: Workspace) -> None:
        """See CircuitBreakers."""


class NoSamples:
    """Keeps none."""

    def keep(self, _: Sequence[RetryMessage]) -> None:
        """See SampleTable."""


@dataclass
class DeadlineInMemory:
    """Runs work where it is called. A delivery may be given up although it is done."""

    troubles: Troubles

    def run_within[T](self, _: Budget, work: Callable[[], T], grace: float | None = None) -> T:
        """See Deadline."""
        done = work()
        if grace is not None and self.troubles.gives_up:
            self.troubles.gives_up = False
            raise DeadlineExceeded
        return done


class NoCounts:
    """Counts nothing."""

    def received(self, *_: Any) -> None:
        """See Counts."""

    def drained(self, *_: Any) -> None:
        """See Counts."""


def _order_key(user: str, number: int) -> str:
    return KEYS.event("01/ACME/alpha", f'{user}\0id:"{number}"\x000')


def _records(request: Request) -> list[dict[str, Any]]:
    body = json.loads(request.body)
    return list(body.get("elements") or body.get("merge_data") or [body])


class World:
    """Both functions on everything above, with a clock that is moved."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.now = 1_700_000_000.0
        self.troubles = Troubles()
        clock = lambda: self.now  # noqa: E731 # one clock for all, that reads this world's time
        self.moengage = MoEngageInMemory(self.troubles, clock)
        self.retry = QueueInMemory(self.troubles, clock)
        self.dead = QueueInMemory(self.troubles, clock)
        self.custody = Custody(retry=self.retry, dead=self.dead)
        self.table = TableInMemory(self.troubles)
        self.ledger = Ledger(self.table, lambda: KEYS, clock)
        self.event_table = ItemsInMemory[EventItem](self.troubles)
        self.deliveries = Deliveries(
            self.ledger,
            EventLedger(self.event_table, lambda: KEYS, clock),
            KnownUsers(ItemsInMemory[KnownUser](self.troubles), lambda: KEYS, clock),
        )
        self.outcomes: dict[tuple[str, int], Outcome] = {}  # the last of each profile, by request and index
        self.warnings: set[str] = set()
        self._documents = {document["id"]: document for document in documents or DOCUMENTS}
        self._paused = False
        self._overloaded: Cause | None = None
        self._active: dict[str, ActiveDestination] = {}
        self._clock = clock
        self._paces = MemoryPaceTable()
        self.requests = 0
        self.left_claims: set[str] = set()  # of events, by key

    def load(self, destination: str) -> ActiveDestination | None:
        """See DestinationStore."""
        if destination not in self._active and destination in self._documents:
            self._active[destination] = ActiveDestination(
                parse_destination(self._documents[destination]),
                1,
                "http://moengage.invalid",
                "key",
                (token_digest(f"{destination}.token"),),
                paused=self._paused,
            )
        return self._active.get(destination)

    def document(self, destination: str) -> dict[str, Any]:
        """Returns a destination's document."""
        return self._documents[destination]

    def change(self, destination: str, **fields: Any) -> None:
        """Changes a destination's document."""
        self._documents[destination] = self._documents[destination] | fields
        self._active.clear()

    def overload(self, cause: Cause | None) -> None:
        """From now on profiles are queued first, or no longer."""
        self._overloaded = cause

    def cause(self, _: Workspace) -> Cause | None:
        """See QueueFirst."""
        return self._overloaded

    def observe(self, *_: Any) -> None:
        """See QueueFirst."""

    def backlog(self, _: Workspace) -> None:
        """See QueueFirst."""

    def slow(self, _: Workspace) -> None:
        """See QueueFirst."""

    def pause(self) -> None:
        """From now on everything is queued and nothing is sent."""
        self._paused = True
        self._active.clear()

    def resume(self) -> None:
        """What is queued is sent again."""
        self._paused = False
        self._active.clear()

    def post(
        self, profiles: Sequence[Any], received: float, destination: str = "alpha", kind: Kind = Kind.PROFILES
    ) -> list[tuple[str, str | None]] | None:
        """Posts to ingest; returns outcome and reason of each, None where the sender learns of no custody."""
        self.requests += 1
        request = IngestRequest(
            destination,
            json.dumps(profiles),
            f"Bearer {destination}.token",
            "203.0.113.7",
            int(received * 1000),
            f"r{self.requests:06d}",
            kind=kind,
        )
        try:
            results = self._ingest().take(request)
        except Crash:
            self._leave_claims()
            return None
        except QueueUnavailable:
            return None
        return [(result.outcome.value, result.reason and result.reason.value) for result in results]

    def drain(self, most: int = 1000, *, again: bool = False) -> None:
        """Drains what is visible, as Lambda does; `again`: the queue delivers it once more all the same."""
        received = self.retry.receive(most)
        try:
            staying = self._drain().drain(received, self._budget())
        except Crash:
            self._leave_claims()
            return
        for message in received:
            if message.id not in staying and message.id in self.retry.messages:
                if again:
                    self.retry.messages[message.id].visible = self.now + 1
                else:
                    del self.retry.messages[message.id]

    def _leave_claims(self) -> None:
        """A function is gone: nobody can know which of its events it has sent."""
        items = self.event_table.items.values()
        self.left_claims |= {item.key for item in items if item.state is EventState.SENDING}

    def redrive(self) -> None:
        """Redrives every message of the dead-letter queue with the operator's command."""
        sqs: Any = SqsInMemory(dead=self.dead, retry=self.retry)
        queue = DeadLetterQueue(sqs, "dead", "retry", clock=lambda: self.now, sleep=lambda _: None)
        with suppress(Crash, QueueUnavailable):
            queue.redrive(queue.look().messages)

    def settle(self) -> None:
        """Ends all trouble, every pause and overload, and lets time pass until nothing is retried any more."""
        self.troubles.end()
        self.resume()
        self.overload(None)
        for _ in range(200):
            if not self.retry.messages:
                break
            self.now += 400
            self.drain()
        self.now += 400
        self.moengage.catch_up()
        assert not self.retry.messages, f"retried for ever: {[dict(each) for each in self.retry]}"

    def in_doubt(self, user: str) -> bool:
        """Whether an answer about this user was lost, on the way or before it was noted."""
        return user in self.moengage.doubt or KEYS.user("01/ACME", user) in self.table.unnoted

    def order_in_doubt(self, user: str, number: int) -> bool:
        """Whether an answer about this event was lost, on the way or before it was noted."""
        return number in self.moengage.order_doubt or _order_key(user, number) in self.event_table.unnoted

    def order_left(self, user: str, number: int) -> bool:
        """Whether a function died that had claimed this event."""
        return _order_key(user, number) in self.left_claims

    def row(self, user: str) -> LedgerRow | None:
        """Returns the ledger's row of a user."""
        item = self.table.items.get(KEYS.user("01/ACME", user))
        return item and row_of(item, self.table.names)

    def _send(self, request: Request, seconds: float) -> Answer:
        assert not self._paused, "something was sent while paused"
        return self.moengage.send(request, seconds)

    def parts(self) -> dict[str, Any]:
        """Returns what both functions work with."""
        return {
            "destinations": self,
            "deliveries": self.deliveries,
            "circuits": NoCircuits(),
            "moengage": SimpleNamespace(send=self._send),
            "custody": self.custody,
            "counts": NoCounts(),
            "queue_first": self,
            "trace": self._traced,
            "clock": self._clock,
            "rate_limiter": RateLimiter(self._paces, self._clock),
        }

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _traced(self, _: str, profiles: Iterable[TracedProfile]) -> None:
        for each in profiles:
            self.outcomes[each.request, each.index] = each.result.outcome
            self.warnings |= set(each.result.warnings)

    def _ingest(self) -> Ingest:
        return Ingest(**self.parts(), deadline=DeadlineInMemory(self.troubles))  # type: ignore[arg-type] # in memory

    def _drain(self) -> Drain:
        return Drain(
            **self.parts(), samples=NoSamples(), retry_window_seconds=RETRY_WINDOW_DAYS * 86_400, sleep=self._sleep
        )  # type: ignore[arg-type] # in memory

    def _budget(self) -> Budget:
        return Budget(50.0, self._clock)
