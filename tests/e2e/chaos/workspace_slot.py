"""A workspace slot: one destination with a MoEngage of its own behind a TLS proxy, and the account of a case.

Slots are the data centers of a stack, so several cases run side by side.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.e2e.chaos.aws_proxy import AwsProxy
from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.tls_proxy import TlsProxy
from tests.e2e.deployed import Answer, Connected

from aep_moengage.delivery.updates import Kind
from aep_moengage_cli.profiles.sending import url_for
from aep_moengage_dev.simulator.simulator import Simulator

AEP_WAITS = 2.0  # seconds
AUDIENCE = "AEP Segment"
ATTRIBUTES = 20
ORDER = "Order"
UPDATES: tuple[dict[str, str], ...] = (  # of each user, one after the other: each names only what changed
    {"gold": "realized", "news": "realized"},
    {"gold": "exited"},
    {"vip": "realized"},
)
_SINGLES, _BATCH = 8, 25  # requests of one profile, then one of this size; the rest goes in one large request
_ACCEPTED_WITHIN = 120.0  # seconds for a request, repeated as AEP repeats it


def username(region: str) -> str:
    """Returns the MoEngage workspace of a slot."""
    return f"CHAOS{region}"


def document(region: str) -> dict[str, Any]:
    """Returns the fields in which the destination of a slot differs from the sample."""
    attributes = {f"a{number}": f"values.a{number}" for number in range(1, ATTRIBUTES)}
    return {
        "region": region,
        "username": username(region),
        "audiences": "all",
        "audience_events": True,
        "identities": {"user_id": "crmid"},
        "attributes": {"points": {"source": "points", "type": "integer"}, **attributes},
        "events": [{"type": "order", "action": ORDER, "attributes": {"number": "number"}}],
    }


@dataclass(frozen=True)
class Sent:
    """The newest update of a user, and all audiences that the user is in."""

    points: int
    inside: tuple[str, ...]


def update(user: str, number: int) -> tuple[dict[str, Any], Sent]:
    """Returns a user's update of this number, and what MoEngage has to show after it and the ones before."""
    membership = {"ups": {name: {"status": status} for name, status in UPDATES[number].items()}}
    profile = {"identityMap": {"crmid": [{"id": user}]}, "points": number, "segmentMembership": membership}
    newest = {name: status for said in UPDATES[: number + 1] for name, status in said.items()}
    return profile, Sent(number, tuple(sorted(name for name, status in newest.items() if status == "realized")))


def order(user: str) -> dict[str, Any]:
    """Returns an event of a user, which MoEngage has to have once."""
    return {"_id": user, "eventType": "order", "number": 1, "identityMap": {"crmid": [{"id": user}]}}


@dataclass(frozen=True)
class Row:
    """A line of the table. Fields are counts of profiles, users or events, unless another unit is given."""

    case: str
    profiles: int
    delivered: int
    retried: int
    dead: int
    lost: int
    stale: int
    wrong_audiences: int
    doubled: int
    in_doubt: bool  # events may be doubled: the answers were lost after MoEngage applied the requests
    queued_twice: bool  # profiles may be counted twice: SQS has kept messages that it seemed to refuse
    uncounted: int  # difference between the metric `received` and the sum of the outcomes
    failed: int  # calls to AWS
    refused: int  # posts that were answered with a 5xx, and repeated
    unfounded: int  # those of them during which no call to SQS failed, so that custody could have been had
    late: int  # answers to posts after AEP has stopped waiting
    slowest: float  # seconds that an answer took
    seconds: float  # until MoEngage applied the last update

    @property
    def broken(self) -> dict[str, int]:
        """How many broke a promise, by what the promise forbids."""
        forbidden = {
            "lost": self.lost,
            "stale": self.stale,
            "wrong audiences": self.wrong_audiences,
            "doubled": 0 if self.in_doubt else self.doubled,
            "uncounted": 0 if self.queued_twice else self.uncounted,
            "refused without a cause": self.unfounded,
            "late": self.late,
        }
        return {what: count for what, count in forbidden.items() if count}

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not self.broken


@dataclass
class WorkspaceSlot:
    """Sends the updates of a case and accounts for them."""

    destination: Connected
    simulator: Simulator
    proxy: TlsProxy
    aws: AwsProxy
    case: Case | None = None
    newest: dict[str, Sent] = field(default_factory=dict)
    ordered: set[str] = field(default_factory=set)  # the users of whom an event was posted
    refused: frozenset[str] = frozenset()
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    refusals: list[bool] = field(default_factory=list)  # of each, whether it was founded
    started: float = 0.0

    def start(self, case: Case) -> None:
        """Starts the fault of a case; the previous case is forgotten."""
        self.case, self.newest, self.ordered, self.started = case, {}, set(), time.monotonic()
        self.forget_answers()
        self.simulator.workspace.reset()
        self.simulator.requests.reset()
        self.simulator.api.quota.reset()
        self.refused = frozenset({f"{case.name}/{_SINGLES + 3}"} if case.bulk_rejects else ())
        self.simulator.api.refused = self.refused
        self.simulator.api.bulk_rejects = case.bulk_rejects or "batch"
        if case.rotated:
            self.simulator.access.password += "+"
        if case.fault:
            self.simulator.faults.add(**case.fault)
        if case.connections != "open":
            self.proxy.switch(case.connections)

    def send(self, users: int) -> None:
        """Posts the updates of so many users in requests of all sizes; to kill drain, in one that ingest queues."""
        assert self.case
        for number in range(len(UPDATES)):
            time.sleep(self.case.pause if number else 0)
            updates = {name: update(name, number) for name in (f"{self.case.name}/{i}" for i in range(users))}
            for some in [list(updates)] if self.case.killed == "Drain" else _requests(list(updates)):
                self.post([updates[name][0] for name in some])
                self.newest |= {name: updates[name][1] for name in some}
            if not number:
                self._send_orders(list(updates))

    def _send_orders(self, users: list[str]) -> None:
        """Posts an event of each user, and the first ones twice."""
        assert self.case
        for some in [users] if self.case.killed == "Drain" else [*_requests(users), users[:1]]:
            self.post([order(name) for name in some], kind=Kind.EVENTS)
            self.ordered |= set(some)

    def post(self, profiles: list[dict[str, Any]], kind: Kind = Kind.PROFILES) -> Answer:
        """Posts a request until it is accepted, as AEP does."""
        endpoint = url_for(self.destination.endpoint, kind)
        deadline = time.monotonic() + _ACCEPTED_WITHIN
        while True:
            failed = self.aws.failed["SQS"]
            answer = self.destination.post(profiles[0] if len(profiles) == 1 else profiles, endpoint=endpoint)
            self.seconds.append(answer.seconds)
            if answer.status == 200:
                self.outcomes.update(answer.outcomes)
                return answer
            assert answer.status in {429, 500, 502, 503, 504}, answer.content
            self.refusals.append(self.aws.failed["SQS"] > failed)
            assert time.monotonic() < deadline, f"not accepted within {_ACCEPTED_WITHIN:.0f} s: {answer.content}"

    def forget_answers(self) -> None:
        """Forgets the outcomes and the times of the answers so far, and the refusals."""
        self.outcomes.clear()
        self.refusals.clear()
        self.seconds.clear()

    def heal(self) -> None:
        """Ends the faults of MoEngage and of the connections."""
        self.simulator.faults.clear()
        if self.case and self.case.connections != "open":  # switching ends the open connections
            self.proxy.switch("open")

    def row(self, dead: list[Any], counted: Counter[str]) -> Row:
        """Accounts for the case. `dead`: dead-lettered profiles; `counted`: the destination's metrics in the case."""
        assert self.case
        known = self.simulator.workspace.snapshot()
        users, events = known["users"], {name: _of_audiences(each) for name, each in known["events"].items()}
        orders = Counter({name: len(each) - len(events[name]) for name, each in known["events"].items()})
        dead_users = {profile["identityMap"]["crmid"][0]["id"] for profile in dead}
        # a record that MoEngage drops with a 200 looks accepted, so it cannot be dead-lettered
        due = self.refused if self.case.bulk_rejects != "silent" else frozenset()
        accepted = {name: sent for name, sent in self.newest.items() if name not in self.refused}
        shown = {name: sent for name, sent in accepted.items() if name in users}
        received = sum(self.outcomes.values())
        settled = sum(counted[name] for name in ("delivered", "unchanged", "superseded", "skipped", "rejected"))
        applied = [each.at for each in self.simulator.requests if each.applied]
        return Row(
            case=self.case.name,
            profiles=received,
            delivered=counted["delivered"],
            retried=self.outcomes["retrying"],
            dead=len(dead),
            lost=len(accepted.keys() - users.keys())
            + len(due ^ dead_users)
            + _lost(self.ordered - self.refused, orders),
            stale=sum(users[name]["attributes"].get("points") != sent.points for name, sent in shown.items()),
            wrong_audiences=sum(
                not (_shows(users[name], sent) and _entered_and_left(events.get(name, []), sent))
                for name, sent in shown.items()
            ),
            doubled=sum(_doubled(each) for each in events.values())
            + max(0, (orders - Counter(orders.keys())).total() - counted["answer_lost"]),
            in_doubt=self.case.in_doubt,
            queued_twice=self.case.queued_twice,
            uncounted=abs(counted["received"] - settled) + abs(counted["retrying"]),
            failed=self.aws.failed.total(),
            refused=len(self.refusals),
            unfounded=self.refusals.count(False) if self.case.judges_answers else 0,
            late=sum(each >= AEP_WAITS for each in self.seconds) if self.case.judges_answers else 0,
            slowest=max(self.seconds),
            seconds=max(applied, default=self.started) - self.started,
        )


def _requests(users: list[str]) -> Iterator[list[str]]:
    yield from ([user] for user in users[:_SINGLES])
    rest = users[_SINGLES:]
    if len(rest) > _BATCH:
        yield rest[:_BATCH]
        rest = rest[_BATCH:]
    if rest:
        yield rest


def _of_audiences(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["action"] != ORDER]


def _lost(ordered: set[str], orders: Counter[str]) -> int:
    return sum(not orders[name] for name in ordered)


def _shows(user: dict[str, Any], sent: Sent) -> bool:
    return tuple(user["attributes"].get(AUDIENCE, ())) == sent.inside


def _entered_and_left(events: list[dict[str, Any]], sent: Sent) -> bool:
    """Whether the last event of each audience agrees with the newest update."""
    last = {event["attributes"]["audience"]: event["action"] for event in events}
    return {name for name, action in last.items() if action.endswith("Entered")} == set(sent.inside)


def _doubled(events: list[dict[str, Any]]) -> int:
    """Counts events that repeat the one before them: nobody enters twice without leaving."""
    names = {event["attributes"]["audience"] for event in events}
    of_each = [[event["action"] for event in events if event["attributes"]["audience"] == name] for name in names]
    return sum(first == second for actions in of_each for first, second in pairwise(actions))
