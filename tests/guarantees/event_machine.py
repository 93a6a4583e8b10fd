"""The promises about events, beside those about profiles: each event comes once, whatever becomes of profiles.

At every quiet moment every event that was taken into custody is in MoEngage, or among the dead letters if MoEngage
refuses it; and none came twice within the window. What has an anonymous identity only comes under its user, if that one
is known in time, and with its own time; and else never. An event whose answer was lost is apart: it may have come
twice, or not at all where the destination wants that rather.
"""

from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule
from tests.guarantees.machine import Guarantees, failure_pairs, moments
from tests.guarantees.profiles import made, name_of, points, users
from tests.guarantees.world import EVENT_WINDOW_HOURS, HOLD_MINUTES, POISON

from aep_moengage.delivery.updates import Kind

_WINDOW = EVENT_WINDOW_HOURS * 3600
_THEN = "2023-11-14T08:00:00Z"


class EventGuarantees(Guarantees):
    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, dict[str, Any]] = {}  # the events that were taken into custody, by number
        self.numbers = 1000  # no points, and no poison among them
        self.at_most_once = False
        self.held: dict[int, str | None] = {}  # whose each event is that had an anonymous identity only

    @rule(
        some=st.lists(st.tuples(users, points), min_size=1, max_size=4),
        repeated=st.lists(st.integers(0, 30), max_size=2),
        late=st.sampled_from([0, 0, 0, 500, 3000]),
        gap=st.integers(1, 20),
    )
    def post_events(self, some: list[tuple[str, int]], repeated: list[int], late: int, gap: int) -> None:
        """A sender posts events, some of them again, until they are in custody."""
        self.world.now += gap
        known = list(self.orders.values())
        batch = [self._order(user, points) for user, points in some]
        batch += [known[place] for place in repeated if place < len(known)]
        while self.world.post(batch, self.world.now - late / 1000, kind=Kind.EVENTS) is None:
            self.world.now += 15
        self.orders |= {event["number"]: event for event in batch}
        self.taken |= {(f"r{self.world.requests:06d}", index) for index in range(len(batch))}

    @rule(user=users, kinds=failure_pairs, during=moments)
    def an_event_is_posted_twice_at_once(self, user: str, kinds: tuple[str, str], during: str) -> None:
        event = self._order(user, 1)
        taken: list[Any] = []

        def post() -> None:
            taken.append(self.world.post([event], self.world.now, kind=Kind.EVENTS))

        self.world.troubles.moengage.extend(kinds)
        self.world.troubles.meanwhile[during] = post
        post()
        self.world.troubles.meanwhile.clear()
        if any(each is not None for each in taken):
            self.orders[event["number"]] = event
        self.quiet()

    @rule(user=users, steps=st.integers(0, 9), wait=st.sampled_from([1, 15, 20]))
    def a_function_dies_and_the_event_comes_again(self, user: str, steps: int, wait: int) -> None:
        event = self._order(user, 1)
        self.world.troubles.crash_in = steps
        first = self.world.post([event], self.world.now, kind=Kind.EVENTS)
        self.world.troubles.crash_in = None
        self.world.now += wait
        again = self.world.post([event], self.world.now, kind=Kind.EVENTS)
        if first is not None or again is not None:
            self.orders[event["number"]] = event
        self.quiet()

    @rule()
    def events_are_from_now_on_sent_at_most_once(self) -> None:
        self.at_most_once = True
        self.world.change("alpha", event_delivery="at_most_once")

    @rule(
        waits=st.lists(st.integers(1, 500), max_size=3),
        said_by=st.sampled_from(["profile", "profile for another destination", "event", "nobody"]),
        kinds=failure_pairs,
        paused=st.booleans(),
    )
    def an_event_of_somebody_unknown(
        self, waits: list[int], said_by: str, kinds: tuple[str, str], *, paused: bool
    ) -> None:
        """It is looked at some times; then its user becomes known, or the hold ends, perhaps in a pause."""
        self.quiet()
        if paused:
            self.world.pause()
        self.strangers += 1
        named, device = f"ida-{self.strangers}", f"laptop-{self.strangers}"
        event = self._of([("ECID", device)]) | {"timestamp": _THEN}
        self._post_event(event)
        for wait in waits:
            self.world.now += wait
            self.world.drain()
        self.world.troubles.moengage.extend(kinds)
        if said_by == "event":
            self._post_event(both := self._of([("ECID", device), ("crmid", named)]))
            self.orders[both["number"]] = both
        elif said_by != "nobody":
            to = "alpha" if said_by == "profile" else "bravo"
            self._give([made(named, 1, ecid=device)], self.world.now, to)
        if paused or said_by == "nobody":
            self.world.now += HOLD_MINUTES * 60
        self.held[event["number"]] = None if said_by == "nobody" else named
        self.quiet()

    def _post_event(self, event: dict[str, Any]) -> None:
        while self.world.post([event], self.world.now, kind=Kind.EVENTS) is None:
            self.world.now += 15
        self.taken.add((f"r{self.world.requests:06d}", 0))

    def _order(self, user: str, points: int) -> dict[str, Any]:
        return self._of([("crmid", user)], points)

    def _of(self, identities: list[tuple[str, str]], points: int = 1) -> dict[str, Any]:
        self.numbers += 1
        event = {"_id": str(self.numbers), "number": self.numbers, "eventType": "order", "points": points}
        return event | {"identityMap": {namespace: [{"id": each}] for namespace, each in identities}}

    def check(self) -> None:
        super().check()
        for number, event in self.orders.items():
            self.check_order(number, event)
        for number, user in self.held.items():
            self.check_held(number, user)

    def check_order(self, number: int, event: dict[str, Any]) -> None:
        """An event that MoEngage refuses is a dead letter until it is taken."""
        came = sorted(self.world.moengage.orders.get(number, []))
        doubt = self.world.order_in_doubt(name_of(event), number)
        dead = event["points"] == POISON and event in [letter["profile"] for letter in self.world.dead]
        perhaps = self.at_most_once and (doubt or self.world.order_left(name_of(event), number))
        assert came or dead or perhaps, f"event {number} is lost"
        soon = [later for former, later in pairwise(came) if later - former < _WINDOW]
        assert not soon or doubt, f"event {number} came {len(came)} times"

    def check_held(self, number: int, user: str | None) -> None:
        """An event comes under the user who became known in time, and with its own time; never under another."""
        came = self.world.moengage.order_users.get(number, set())
        if user is None:
            assert not came, f"event {number} came although nobody was known"
            return
        doubt = self.world.order_in_doubt(user, number)
        assert came <= {(user, _THEN)}, f"event {number} is not {user}'s: {came}"
        perhaps = self.at_most_once and (doubt or self.world.order_left(user, number))
        assert came or perhaps, f"event {number} of {user} is lost"
        assert doubt or len(self.world.moengage.orders[number]) == 1, f"event {number} came more than once"
