"""A delivery with a ledger and a MoEngage in memory, and a clock that the test moves."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.unit.given import RECEIVED_MS, destination

from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import update_of
from aep_moengage.ledger.event_claims import EventItem
from aep_moengage.ledger.items import item_of, row_of
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.known_users import KnownUser
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.packing import name_id, names_of
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer, Verdict

KEYS = LedgerKeys("a stack's ledger key")
ACCEPTED = Answer(Verdict.ACCEPTED, "200")
REFUSED = Answer(Verdict.REFUSED, "400")
FAILED = Answer(Verdict.TRANSIENT, "500")
LOST = Answer(Verdict.TRANSIENT, "no answer", lost=True)


def recipient(**changes: Any) -> ActiveDestination:
    """A destination that is active, with its credentials."""
    return ActiveDestination(destination(**changes), 1, "https://moengage.invalid", "key", ())


class Table:
    """The ledger's rows, kept as DynamoDB keeps them; `failing` says of the coming calls which ones fail."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.names: dict[bytes, str] = {}
        self.failing: deque[bool] = deque()

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """See LedgerTable."""
        self._call()
        return {user: row_of(self.items[user], self.names) for user in users if user in self.items}

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """See LedgerTable."""
        self._call()
        return [self._write(row, existed) for row, existed in rows]

    def _call(self) -> None:
        if self.failing and self.failing.popleft():
            raise LedgerUnavailable("DynamoDB is down")

    def _write(self, row: LedgerRow, existed: bool) -> bool:
        known = self.items.get(row.user)
        if (known is not None) != existed or (known is not None and known["version"]["N"] != str(row.version - 1)):
            return False
        self.names |= {name_id(name): name for name in names_of(row.memberships)}
        self.items[row.user] = item_of(row)
        return True


class Items[I: EventItem | KnownUser]:
    """Items of a ledger; `failing` says of the coming calls which ones fail."""

    def __init__(self) -> None:
        self.items: dict[str, I] = {}
        self.failing: deque[bool] = deque()

    def read(self, keys: Sequence[str]) -> dict[str, I]:
        """See EventTable of the connector."""
        self._call()
        return {key: self.items[key] for key in keys if key in self.items}

    def write(self, items: Sequence[tuple[I, bool]]) -> list[bool]:
        """See EventTable of the connector."""
        self._call()
        return [self._write(*each) for each in items]

    def _call(self) -> None:
        if self.failing and self.failing.popleft():
            raise LedgerUnavailable("DynamoDB is down")

    def _write(self, item: I, existed: bool) -> bool:
        known = self.items.get(item.key)
        if (known is not None) != existed or (known is not None and known.version != item.version - 1):
            return False
        self.items[item.key] = item
        return True


class EventTable(Items[EventItem]):
    """The event ledger's items."""


class KnownUserTable(Items[KnownUser]):
    """The known users' items."""


class MoEngage:
    """Gives the answers that are set, and otherwise accepts; `records` are the accepted ones, in their order."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _: False
        self.records: list[dict[str, Any]] = []
        self.requests: list[Request] = []

    def send(self, request: Request, _: float) -> Answer:
        """See MoEngage."""
        self.requests.append(request)
        records = _records(request)
        answer = self.answers.popleft() if self.answers else ACCEPTED
        if any(map(self.refuses, records)):
            answer = REFUSED
        if answer.verdict is Verdict.ACCEPTED:
            self.records += records
        return answer


def _records(request: Request) -> list[dict[str, Any]]:
    body = json.loads(request.body)
    return list(body.get("elements") or body.get("merge_data") or [body])


class Connector:
    """Delivers to destinations of one MoEngage; time stands still unless `now` is moved."""

    def __init__(self) -> None:
        self.now = RECEIVED_MS / 1000
        self.table = Table()
        self.moengage = MoEngage()
        self.ledger = Ledger(self.table, lambda: KEYS, lambda: self.now)
        self.requests = 0

    def deliver(
        self,
        to: ActiveDestination,
        *profiles: Any,
        received: float | None = None,
        in_custody: bool = False,
        attempts: int = 0,
    ) -> list[Result]:
        """Delivers profiles of one request, received at epoch seconds, by default now; every request comes later."""
        self.now += 0.001
        self.requests += 1
        received_ms = round((self.now if received is None else received) * 1000)
        request = f"r{self.requests:06d}"
        updates = [
            update_of(
                each, received_ms=received_ms, index=index, request=request, attempts=attempts, in_custody=in_custody
            )
            for index, each in enumerate(profiles)
        ]
        return self._delivery(to).deliver(updates, self._budget())

    def refresh(self, to: ActiveDestination, *customer_ids: str) -> list[Result]:
        """Brings users' audience attributes up to date."""
        self.now += 0.001
        return self._delivery(to).refresh(customer_ids, self._budget())

    def sent(self, to: ActiveDestination, *profiles: Any, **how: Any) -> list[dict[str, Any]]:
        """Delivers profiles; returns the records that MoEngage accepted."""
        before = len(self.moengage.records)
        self.deliver(to, *profiles, **how)
        return self.moengage.records[before:]

    def row(self, customer_id: str, to: ActiveDestination) -> LedgerRow | None:
        """What the ledger knows of a user."""
        return self.ledger.find(to.workspace.id, customer_id)

    def _delivery(self, to: ActiveDestination) -> Delivery:
        return Delivery(to, self.ledger, self.moengage.send, longest_call=5)

    def _budget(self) -> Budget:
        return Budget(10, lambda: self.now)


def outcomes(results: Iterable[Result]) -> list[tuple[str, str | None]]:
    """The outcome and reason of each result."""
    return [(each.outcome.value, each.reason.value if each.reason else None) for each in results]


def message(user: str | None = "ada", *, ecid: str | None = None, **audiences: Any) -> dict[str, Any]:
    """A profile with some audiences, each by its status or as a whole entry; other values go into `values`."""
    values = audiences.pop("values", {})
    entries = {name: {"status": said} if isinstance(said, str) else said for name, said in audiences.items()}
    identities = {name: [{"id": each}] for name, each in (("crmid", user), ("ECID", ecid)) if each}
    return {"identityMap": identities, "segmentMembership": {"ups": entries}, **values}


def shown(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The attributes of each customer record."""
    return [record["attributes"] for record in records if record["type"] == "customer"]


def events(records: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each event: Entered or Exited, and the audience's name."""
    actions = [action for record in records if record["type"] == "event" for action in record["actions"]]
    return [(action["action"].removeprefix("AEP Segment "), action["attributes"]["audience"]) for action in actions]
