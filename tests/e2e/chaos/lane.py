"""A lane: one destination, its MoEngage behind a gate, what was sent on it, and what came of that.

Lanes are the data centers of a stack, so that several cases run side by side, each with a MoEngage of its own.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.gate import Gate
from tests.e2e.deployed import Answer, Connected

from aep_moengage_dev.simulator.simulator import Simulator

AUDIENCE = "AEP Segment"
ATTRIBUTES = 20
ROUNDS = 3  # updates of each user, one after the other
_SINGLES, _BATCH = 8, 25  # requests of one profile, and the size of others; the rest goes in one large request


def username(region: str) -> str:
    """The workspace of a lane."""
    return f"CHAOS{region}"


def document(region: str) -> dict[str, Any]:
    """What the destination of a lane has of its own."""
    attributes = {f"a{number}": f"values.a{number}" for number in range(1, ATTRIBUTES)}
    return {
        "region": region,
        "username": username(region),
        "audiences": "all",
        "audience_events": True,
        "identities": {"user_id": "crmid"},
        "attributes": {"points": {"source": "points", "type": "integer"}, **attributes},
    }


@dataclass(frozen=True)
class Sent:
    """The newest update of a user."""

    points: int
    inside: tuple[str, ...]


def update(user: str, number: int) -> tuple[dict[str, Any], Sent]:
    """A user's update of this number; `gold` is entered and left by turns, `news` is never left."""
    statuses = {"gold": "exited" if number % 2 else "realized", "news": "realized"}
    membership = {"ups": {name: {"status": status} for name, status in statuses.items()}}
    profile = {"identityMap": {"crmid": [{"id": user}]}, "points": number, "segmentMembership": membership}
    inside = tuple(name for name, status in statuses.items() if status == "realized")
    return profile, Sent(number, inside)


@dataclass(frozen=True)
class Row:
    """A line of the table. All but the name and the seconds are counts of profiles, users or events."""

    case: str
    profiles: int
    delivered: int
    retried: int
    dead: int
    lost: int
    stale: int
    doubled: int
    in_doubt: bool  # events may be doubled: the answers were lost after MoEngage took what was sent
    uncounted: int  # how far apart the metrics' `received` and the sum of the outcomes are
    seconds: float  # until MoEngage took the last update

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        doubled = 0 if self.in_doubt else self.doubled
        return not (self.lost or self.stale or doubled or self.uncounted)


@dataclass
class Lane:
    """Sends a case's updates and accounts for them."""

    destination: Connected
    simulator: Simulator
    gate: Gate
    case: Case | None = None
    newest: dict[str, Sent] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    begun: float = 0.0

    def begin(self, case: Case) -> None:
        """Lets the trouble begin; all that was before is forgotten."""
        self.case, self.newest, self.begun = case, {}, time.monotonic()
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
        if case.way != "open":
            self.gate.turn(case.way)

    def send(self, users: int) -> None:
        """Posts the updates of so many users in requests of all sizes; if drain is meant, in one that ingest queues."""
        assert self.case
        for number in range(ROUNDS):
            updates = {name: update(name, number) for name in (f"{self.case.name}/{i}" for i in range(users))}
            for some in [list(updates)] if self.case.killed == "Drain" else _requests(list(updates)):
                self.post([updates[name][0] for name in some])
                self.newest |= {name: updates[name][1] for name in some}

    def post(self, profiles: list[dict[str, Any]]) -> Answer:
        """Posts a request until it is taken, as AEP does."""
        while True:
            answer = self.destination.post(profiles[0] if len(profiles) == 1 else profiles)
            self.seconds.append(answer.seconds)
            if answer.status == 200:
                self.outcomes.update(answer.outcomes)
                return answer
            assert answer.status in {429, 500, 502, 503, 504}, answer.content

    def forget_answers(self) -> None:
        """Counts and times answers from now on."""
        self.outcomes.clear()
        self.seconds.clear()

    def heal(self) -> None:
        """Ends the trouble in MoEngage and on the way there."""
        self.simulator.faults.clear()
        if self.case and self.case.way != "open":  # turning ends the connections that there are
            self.gate.turn("open")

    def row(self, letters: list[Any], counted: Counter[str]) -> Row:
        """Accounts for the case: `letters` are the destination's dead letters, `counted` its metrics since it began."""
        assert self.case
        known = self.simulator.workspace.snapshot()
        users, events = known["users"], known["events"]
        dead = {letter["identityMap"]["crmid"][0]["id"] for letter in letters}
        # of a record that it drops with a 200 MoEngage says that it took it: nobody can know better
        due = self.refused if self.case.bulk_rejects != "silent" else frozenset()
        taken = {name: sent for name, sent in self.newest.items() if name not in self.refused}
        stale = [
            name
            for name, sent in taken.items()
            if name in users and not (_shows(users[name], sent) and _told(events.get(name, []), sent))
        ]
        received = sum(self.outcomes.values())
        settled = sum(counted[name] for name in ("delivered", "unchanged", "superseded", "skipped", "rejected"))
        applied = [each.at for each in self.simulator.requests if each.applied]
        return Row(
            case=self.case.name,
            profiles=received,
            delivered=counted["delivered"],
            retried=self.outcomes["retrying"],
            dead=len(letters),
            lost=len(taken.keys() - users.keys()) + len(due ^ dead),
            stale=len(stale),
            doubled=sum(_doubled(each) for each in events.values()),
            in_doubt=self.case.in_doubt,
            uncounted=abs(counted["received"] - settled) + abs(counted["retrying"]),
            seconds=max(applied, default=self.begun) - self.begun,
        )


def _requests(users: list[str]) -> Iterator[list[str]]:
    yield from ([user] for user in users[:_SINGLES])
    rest = users[_SINGLES:]
    if len(rest) > _BATCH:
        yield rest[:_BATCH]
        rest = rest[_BATCH:]
    if rest:
        yield rest


def _shows(user: dict[str, Any], sent: Sent) -> bool:
    attributes = user["attributes"]
    return attributes.get("points") == sent.points and tuple(attributes.get(AUDIENCE, ())) == sent.inside


def _told(events: list[dict[str, Any]], sent: Sent) -> bool:
    """Whether the last event of each audience says what the newest update did."""
    last = {event["attributes"]["audience"]: event["action"] for event in events}
    return {name for name, action in last.items() if action.endswith("Entered")} == set(sent.inside)


def _doubled(events: list[dict[str, Any]]) -> int:
    """Events that say what the one before them said: nobody enters twice without leaving."""
    names = {event["attributes"]["audience"] for event in events}
    of_each = [[event["action"] for event in events if event["attributes"]["audience"] == name] for name in names]
    return sum(first == second for actions in of_each for first, second in pairwise(actions))
