"""The promises as a whole, against every trouble there is: hypothesis makes up the history, in any order.

At every quiet moment, of each user: MoEngage shows the attributes of the newest update, and the audiences that the
newest statements say, or none without consent. Every profile that was taken into custody has a final outcome. No event
came twice, unless an answer was lost.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.guarantees.oracle import Given, Oracle, consents
from tests.guarantees.profiles import (
    NOBODY,
    USERS,
    Consent,
    answers,
    made,
    name_of,
    of_either,
    of_the_card,
    partial,
    points,
    profiles,
    refusals,
    statuses,
    users,
)
from tests.guarantees.world import ATTRIBUTE, FILE_NAMES, POISON, RETRY_WINDOW_DAYS, World
from tests.guarantees.world import audiences as listed

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.pressure import Cause

ATTRIBUTES = {"alpha": "points", "bravo": "level"}
AUDIENCE_ATTRIBUTES = (ATTRIBUTE, "AEPSegments")
NAMED = {"Gold": "gold", "Gold members": "gold", "Golden": "gold", "News": "news", "Newsletter": "news"}
NAMED |= {"VIP": "vip", "Churn": "churn", "Metal": "tin"}  # audiences by name; zinc has the same one as tin
destinations = st.sampled_from(["alpha", "alpha", "bravo"])
failures = st.sampled_from(["500", "429", "401", "fail", "lost", "unsent", "late"])
failure_pairs = st.tuples(failures, failures)
orders = st.permutations([0, 1, 2])
moments = st.sampled_from(["read", "sending", "answering"])


class Guarantees(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.oracle = Oracle({name: dict(audiences) for name, audiences in FILE_NAMES.items()})
        self.abandoned: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.taken: set[tuple[str, int]] = set()
        self.versions = 1
        self.strangers = 0
        self.period = 0
        self.attribute = ATTRIBUTE

    # --- what AEP does

    @rule(
        batch=st.lists(profiles, min_size=1, max_size=4),
        late=st.integers(0, 3000),
        gap=st.integers(1, 20),
        destination=destinations,
    )
    def post(self, batch: list[dict[str, Any]], late: int, gap: int, destination: str) -> None:
        """AEP posts; `late` milliseconds are spent on the way, so that requests overtake each other."""
        self.world.now += gap
        self._give(batch, self.world.now - late / 1000, destination)

    def _give(self, batch: list[dict[str, Any]], received: float, destination: str = "alpha") -> None:
        results = self.world.post(batch, received, destination)
        while results is None:  # AEP posts again what is not in custody; here it does so until it is
            self.world.now += 15
            received = self.world.now
            results = self.world.post(batch, received, destination)
        assert len(results) == len(batch)
        self._given(batch, received, destination)

    def _given(self, batch: Iterable[dict[str, Any]], received: float, destination: str = "alpha") -> None:
        request = self.world.requests
        for index, profile in enumerate(batch):
            user = name_of(profile)
            self.taken.add((f"r{request:06d}", index))
            newest = self.oracle.newest(user, destination)
            activated = frozenset(self.oracle.activated[destination])
            place = index, request
            given = Given(int(received * 1000), place, destination, user, profile, activated, self.period)
            self.oracle.given.append(given)
            if destination == "alpha" and (newest is None or newest[:2] < given[:2]):
                self.abandoned.pop(user, None)

    @rule(user=users, first=points, second=points, gold=statuses, kind=failures)
    def one_fails_and_the_next_overtakes_it(self, user: str, first: int, second: int, gold: str, kind: str) -> None:
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1, "alpha")
        self.post([made(user, second, gold)], 0, 1, "alpha")
        self.quiet()

    @rule(user=users, first=points, second=points, kind=failures, wait=st.integers(1, 30))
    def one_fails_and_the_former_comes_back(self, user: str, first: int, second: int, kind: str, wait: int) -> None:
        self.post([made(user, first, "realized")], 0, 1, "alpha")
        self.world.troubles.moengage.append(kind)
        self.post([made(user, second, "realized")], 0, 1, "alpha")
        self.post([made(user, first, "realized")], 0, wait, "alpha")
        self.quiet()

    @rule(user=users, some=st.lists(partial, min_size=2, max_size=4), kind=failures, order=st.randoms())
    def a_membership_travels_in_parts(self, user: str, some: list[dict[str, Any]], kind: str, order: Any) -> None:
        """One change of membership in several messages, which come in any order and may fail."""
        now = self.world.now
        self.world.now += 10
        self.world.troubles.moengage.append(kind)
        parts = list(enumerate(some))
        order.shuffle(parts)
        for place, audiences in parts:
            self._give([made(user, 1, audiences=audiences)], now + place)
        self.quiet()

    @rule(user=users, first=partial, second=partial, destination=destinations)
    def two_rows_of_one_user_in_one_request(
        self, user: str, first: dict[str, Any], second: dict[str, Any], destination: str
    ) -> None:
        self.world.now += 1
        self._give([made(user, 1, audiences=first), made(user, 2, audiences=second)], self.world.now, destination)
        self.quiet()

    @rule(user=users, first=points, second=points, during=moments)
    def two_at_once(self, user: str, first: int, second: int, during: str) -> None:
        other = made(user, second, "realized")
        received = self.world.now + 1.5
        taken: list[int] = []

        def meanwhile() -> None:
            if self.world.post([other], received) is not None:
                taken.append(self.world.requests)

        self.world.troubles.meanwhile[during] = meanwhile
        self.world.now += 1
        first_received, results = self.world.now, self.world.post([made(user, first, "realized")], self.world.now)
        first_request = self.world.requests - (1 if taken else 0)
        self.world.troubles.meanwhile.clear()
        if taken:
            self._note(other, received, taken[0])
        else:
            self._give([other], self.world.now + 2)
        if results is None:
            self._give([made(user, first, "realized")], self.world.now)
        else:
            self._note(made(user, first, "realized"), first_received, first_request)
        self.quiet()

    def _note(self, profile: dict[str, Any], received: float, request: int) -> None:
        activated = frozenset(self.oracle.activated["alpha"])
        place = 0, request
        given = Given(int(received * 1000), place, "alpha", name_of(profile), profile, activated, self.period)
        self.oracle.given.append(given)
        self.abandoned.pop(name_of(profile), None)

    @rule(user=users, first=points, second=points, kind=failures)
    def one_waits_and_the_next_is_not_noted(self, user: str, first: int, second: int, kind: str) -> None:
        self.quiet()
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1, "alpha")
        self.world.troubles.store.extend(["", "", "before"])  # the second is claimed and sent
        self.post([made(user, second, "realized")], 0, 1, "alpha")
        self.quiet()

    @rule(user=users, first=points, second=points, steps=st.integers(0, 9), kind=failures, leaves=st.booleans())
    def one_waits_and_the_next_is_abandoned(
        self, user: str, first: int, second: int, *, steps: int, kind: str, leaves: bool
    ) -> None:
        """It may have come, or not. `leaves`: it enters an audience, which the user then leaves in any case."""
        self.quiet()
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1, "alpha")
        self.world.troubles.crash_in = steps
        given_up = made(user, second, "realized", audiences={"vip": {"status": "realized"}} if leaves else {})
        self.world.now += 1
        if self.world.post([given_up], self.world.now) is None:
            self.abandoned[user].append(given_up)
        else:
            self._give([given_up], self.world.now)
        self.quiet()
        if leaves:
            self.post([made(user, second, audiences={"vip": {"status": "exited"}})], 0, 1, "alpha")
            self.quiet()

    @rule(user=users, first=st.integers(1, 5), second=st.integers(6, 9))
    def an_older_one_comes_after_a_lost_answer(self, user: str, first: int, second: int) -> None:
        self.quiet()
        self.world.troubles.moengage.append("lost")
        self.post([made(user, second, "realized")], 0, 1, "alpha")
        received = self.world.now
        self.world.now += 20
        self._give([made(user, first, "realized")], received - 0.5)
        self.quiet()

    @rule(
        user=users,
        given=points,
        refusal=refusals,
        again=st.booleans(),
        kinds=failure_pairs,
        order=orders,
    )
    def consent_is_withdrawn(
        self, user: str, given: int, refusal: Consent, *, again: bool, kinds: tuple[str, str], order: list[int]
    ) -> None:
        """Given, withdrawn and perhaps given again, with the same data: said in this order, taken in any."""
        self.quiet()
        now = self.world.now
        self.world.now += 10
        self.world.troubles.moengage.extend(kinds)
        story = [made(user, given, "realized", answer) for answer in ("y", refusal, "y" if again else refusal)]
        for place in order:
            self._give([story[place]], now + place)
        self.quiet()

    @rule(
        given=points,
        kinds=failure_pairs,
        order=orders,
        both=st.booleans(),
        refused=st.booleans(),
        settles=st.booleans(),
    )
    def an_anonymous_user_turns_out_to_be_one_without_consent(
        self, given: int, kinds: tuple[str, str], order: list[int], *, both: bool, refused: bool, settles: bool
    ) -> None:
        """Three profiles, in any order: of the anonymous user; of a user, perhaps with it; of both, without consent."""
        self.strangers += 1
        named, anonymous = f"eve-{self.strangers}", f"device-{self.strangers}"
        self.world.moengage.refuses_merges = refused
        now = self.world.now
        self.world.now += 10
        self.world.troubles.moengage.extend(kinds)
        story = [
            made("", given, "realized", ecid=anonymous),
            made(named, given, "realized", ecid=anonymous if both else ""),
            made(named, given, "realized", "n", ecid=anonymous),
        ]
        for place in order:
            self._post_until_taken(story[place], now + place)
            if settles:
                self.world.settle()
        self.world.settle()
        self.world.moengage.refuses_merges = False
        held = {user: self._shown(user) for user in (named, anonymous)}
        assert not any(held.values()), f"in an audience without consent: {held}"
        self.check()

    @rule(given=points, kinds=failure_pairs, skips=st.booleans())
    def an_anonymous_user_withdraws(self, given: int, kinds: tuple[str, str], *, skips: bool) -> None:
        """A withdrawal counts although anonymous profiles are no longer delivered."""
        self.strangers += 1
        anonymous = f"tablet-{self.strangers}"
        self.world.troubles.moengage.extend(kinds)
        self._post_until_taken(made("", given, "realized", ecid=anonymous), self.world.now)
        self.world.settle()
        if skips:
            self.world.change("alpha", anonymous_profiles="skip")
        self._post_until_taken(made("", given, "realized", "n", ecid=anonymous), self.world.now + 1)
        self.world.settle()
        self.world.change("alpha", anonymous_profiles="deliver")
        assert not self._shown(anonymous), f"{anonymous} is in an audience without consent"
        self.check()

    def _post_until_taken(self, profile: dict[str, Any], received: float) -> None:
        while self.world.post([profile], received) is None:
            self.world.now += 15

    @rule(
        some=st.lists(
            st.tuples(st.sampled_from(["named", "anonymous", "both"]), st.sampled_from(["alpha", "bravo"]), of_either),
            min_size=2,
            max_size=5,
        ),
        kinds=st.lists(failures, max_size=2),
        refused=st.booleans(),
    )
    def an_anonymous_user_is_recognized(
        self, some: list[tuple[str, str, dict[str, Any]]], kinds: list[str], refused: bool
    ) -> None:
        """Messages of a named user, of an anonymous one, and of both; MoEngage may refuse to merge them."""
        self.strangers += 1
        named, anonymous = f"fay-{self.strangers}", f"phone-{self.strangers}"
        self.world.moengage.refuses_merges = refused
        self.world.troubles.moengage.extend(kinds)
        for who, destination, audiences in some:
            self.world.now += 1
            user = "" if who == "anonymous" else named
            profile = made(user, 1, ecid="" if who == "named" else anonymous, audiences=audiences)
            self._give([profile], self.world.now, destination)
        self.world.settle()
        self.world.moengage.refuses_merges = False
        self._check_people(named, anonymous, refused=refused)
        self.check()

    def _check_people(self, named: str, anonymous: str, *, refused: bool) -> None:
        merged = (anonymous, named) in self.world.moengage.merges
        doubt = any(map(self.world.in_doubt, (named, anonymous)))
        shown = {user: self._shown(user) for user in (named, anonymous)}
        if refused:
            assert not merged
            assert doubt or not [wrong for user in shown if (wrong := self.oracle.wrong([user], shown[user]))]
        elif anonymous not in self.world.moengage.users and named in self.world.moengage.users:
            assert not self.oracle.wrong([named, anonymous], shown[named]), "a merge lost audiences"

    def _shown(self, user: str) -> list[str]:
        return list(self.world.moengage.users.get(user, {}).get(self.attribute, []))

    @rule(
        some=st.lists(st.tuples(of_the_card, answers), min_size=2, max_size=4),
        kinds=st.lists(failures, max_size=2),
    )
    def another_connector_filled_the_attribute_before(
        self, some: list[tuple[dict[str, Any], Consent]], kinds: list[str]
    ) -> None:
        """Charlie takes over from Adobe's own card: of the names there it knows only those of the messages."""
        self.strangers += 1
        user, before = f"gus-{self.strangers}", ["Gold", "Theirs", "VIP"]
        self.world.moengage.users[user] = {self.attribute: list(before)}
        self.world.troubles.moengage.extend(kinds)
        for audiences, consent in some:
            self.world.now += 1
            self._give([made(user, 1, None, consent, audiences=audiences)], self.world.now, "charlie")
        self.world.settle()
        expected = {name for each in self.oracle.expected([user]) for name in each.names}
        told = {name for audience, name in FILE_NAMES["charlie"].items() if self._is_told(user, audience)}
        assert set(self._shown(user)) == expected | (set(before) - told), f"{user}: {self._shown(user)}, not {expected}"
        self.check()

    def _is_told(self, user: str, audience: str) -> bool:
        about = [
            each.profile["segmentMembership"]["ups"].get(audience) for each in self.oracle.given if each.user == user
        ]
        return any(entry and entry["status"] not in {"", "exiting"} for entry in about)

    @rule(user=users, first=partial)
    def some_ids_name_nobody(self, user: str, first: dict[str, Any]) -> None:
        """Such a profile is nobody's, and such an id is never merged into a user."""
        self.world.now += 1
        self._post_until_taken(made("", 1, "realized", ecid=NOBODY), self.world.now)
        self._give([made(user, 1, ecid=NOBODY, audiences=first)], self.world.now + 1)
        self.quiet()
        assert NOBODY not in self.world.moengage.users
        assert not [pair for pair in self.world.moengage.merges if NOBODY in pair]

    # --- what the operator does

    @rule(names=st.fixed_dictionaries({"gold": st.sampled_from(["Gold", "Gold members"]), "vip": st.booleans()}))
    def audiences_are_renamed_and_unmapped(self, names: dict[str, Any]) -> None:
        """An audience is renamed in the file, or no longer activated; MoEngage shows it at the user's next update."""
        self.quiet()
        activated = FILE_NAMES["alpha"] | {"gold": names["gold"]}
        self.oracle.activated["alpha"] = {each: activated[each] for each in activated if each != "vip" or names["vip"]}
        for destination in ATTRIBUTES:
            self.world.change(destination, audiences=listed(self.oracle.activated[destination]))
        self._everyone_is_updated()

    @rule(attribute=st.sampled_from(AUDIENCE_ATTRIBUTES))
    def audiences_move_to_another_attribute(self, attribute: str) -> None:
        self.quiet()
        self.attribute = attribute
        for destination in FILE_NAMES:
            self.world.change(destination, audience_attribute=attribute)
        self._everyone_is_updated()

    def _everyone_is_updated(self) -> None:
        """Each user's next update, from every destination that knows the user; it mentions no audience."""
        for user in USERS:
            for destination in ATTRIBUTES:
                if newest := self.oracle.newest(user, destination):
                    self.world.now += 1
                    again = newest.profile | {"segmentMembership": {"ups": {}}}
                    self._give([again], self.world.now, destination)
        self.quiet()

    @rule()
    def pause(self) -> None:
        self.world.pause()

    @rule()
    def resume(self) -> None:
        self.world.resume()

    @rule(cause=st.sampled_from([None, *Cause]))
    def overload(self, cause: Cause | None) -> None:
        """Requests are too many to be delivered one by one, or no longer."""
        self.world.overload(cause)

    @rule()
    def mapping_changes(self) -> None:
        if self.versions < 4:
            self.versions += 1
            attributes = {f"points_{version}": "points" for version in range(2, self.versions + 1)}
            self.world.change("alpha", attributes={"points": "points"} | attributes)

    @rule()
    def redrive(self) -> None:
        self.world.redrive()

    @rule()
    def moengage_takes_what_it_refused(self) -> None:
        """Dead letters are delivered as if new, unless there is newer data."""
        self.quiet()
        self.world.moengage.healed = True
        self.world.redrive()
        self.quiet()
        assert not list(self.world.dead), "MoEngage takes it now, and it is dead all the same"
        self.world.moengage.healed = False

    @rule(user=users, first=points, second=points, kind=failures)
    def a_pause_outlasts_the_retry_window(self, user: str, first: int, second: int, kind: str) -> None:
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1, "alpha")
        self.world.pause()
        self.post([made(user, second, "realized")], 0, 1, "alpha")
        for _ in range(2):  # drain sees it while paused, before and after the window
            self.world.now += RETRY_WINDOW_DAYS * 43_200
            self.world.drain()
        self.world.now += RETRY_WINDOW_DAYS * 43_200
        self.world.resume()
        self.world.troubles.moengage.append(kind)
        self.world.drain()
        self.quiet()
        assert not [letter for letter in self.world.dead if letter["reason"] == "gave_up"]

    # --- what goes wrong

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        self.world.now += seconds
        self.world.moengage.catch_up()

    @rule(most=st.integers(1, 5), again=st.booleans())
    def drain(self, most: int, again: bool) -> None:
        self.world.drain(most, again=again)

    @rule(user=users, first=points, during=moments, gap=st.integers(1, 20))
    def drained_meanwhile(self, user: str, first: int, during: str, gap: int) -> None:
        """The backlog is drained while ingest is in the middle of an update of the same user."""
        self.world.troubles.meanwhile[during] = self.world.drain
        self.post([made(user, first, "realized")], 0, gap, "alpha")
        self.world.troubles.meanwhile.clear()

    @rule(during=moments, most=st.integers(1, 3))
    def two_drains_at_once(self, during: str, most: int) -> None:
        """Each has a part of the backlog, and the queue may deliver the first one's again before it is done."""

        def other() -> None:
            for stored in self.world.retry.messages.values():
                stored.visible = min(stored.visible, self.world.now)
            self.world.drain()

        self.world.troubles.meanwhile[during] = other
        self.world.drain(most)
        self.world.troubles.meanwhile.clear()

    @rule(kind=failures, times=st.integers(1, 3))
    def moengage_fails(self, kind: str, times: int) -> None:
        self.world.troubles.moengage.extend([kind] * times)

    @rule(kind=st.sampled_from(["before", "after"]), skip=st.integers(0, 2))
    def ledger_fails(self, kind: str, skip: int) -> None:
        self.world.troubles.store.extend([""] * skip + [kind])

    @rule()
    def a_delivery_takes_too_long(self) -> None:
        """Ingest queues the next request although the delivery that it gives up is done."""
        self.world.troubles.gives_up = True

    @rule(kind=st.sampled_from(["before", "after"]))
    def queue_fails(self, kind: str) -> None:
        self.world.troubles.queue.append(kind)

    @rule(steps=st.integers(0, 8))
    def function_crashes(self, steps: int) -> None:
        self.world.troubles.crash_in = steps

    # --- what must hold

    @rule()
    def quiet(self) -> None:
        self.world.settle()
        self.period += 1
        self.check()

    def check(self) -> None:
        for user in USERS:
            if not self.abandoned[user]:
                self.check_audiences(user)
            for destination, attribute in ATTRIBUTES.items():
                if newest := self.oracle.newest(user, destination):
                    self.check_attributes(user, newest, attribute)
        self.check_events()
        unfinished = {each for each in self.taken if self.world.outcomes.get(each) in {None, "retrying"}}
        assert not unfinished, f"in custody without an outcome: {unfinished}"

    def check_audiences(self, user: str) -> None:
        if self._dead(user):
            return  # a rejected update's audiences wait with it
        wrong = self.oracle.wrong([user], self._shown(user))
        assert not wrong, wrong
        others = {name: self.world.moengage.users.get(user, {}).get(name) for name in AUDIENCE_ATTRIBUTES}
        assert not any(others[name] for name in others if name != self.attribute), f"{user}'s names were left: {others}"

    def check_attributes(self, user: str, newest: Given, attribute: str) -> None:
        taken = [newest.profile, *(self.abandoned[user] if newest.destination == "alpha" else [])]
        consenting = [each for each in taken if consents(each, user)]
        if len(consenting) < len(taken):
            return  # nothing is sent without consent; what was sent before stays
        if newest.profile["points"] == POISON and self.world.moengage.users.get(user, {}).get(attribute) != POISON:
            assert self._dead(user) or len(taken) > 1, "a rejected profile is not among the dead letters"
            return
        shown = self.world.moengage.users[user].get(attribute)
        assert shown in {each["points"] for each in taken}, f"{user} is stale"

    def check_events(self) -> None:
        merged = {user for pair in self.world.moengage.merges for user in pair}  # whose events are those of two
        for user, events in self.world.moengage.events.items():
            if user in merged:
                continue
            by_name: dict[str, list[str]] = defaultdict(list)
            for action, name in events:
                assert name in NAMED, f"{user}: an event of an audience named {name}"
                by_name[NAMED[name]].append(action)
            if self.world.in_doubt(user):
                self._check_known_last_events(user, by_name)
                continue
            for name, actions in by_name.items():
                expected = ["AEP Segment Entered", "AEP Segment Exited"] * len(actions)
                assert actions == expected[: len(actions)], f"{user}: events of {name} {Counter(actions)}"
            if user in USERS and not self.abandoned[user] and not self._dead(user):
                self._check_last_events(user, by_name)

    def _check_known_last_events(self, user: str, by_name: dict[str, list[str]]) -> None:
        """An event of which the answer was lost may come twice, but the last one is what the ledger says it is."""
        row = self.world.row(user)
        known: dict[str, set[bool | None]] = defaultdict(set)  # of all audiences of one name
        for each in row.memberships.values() if row else ():
            known[NAMED.get(each.name, "")].add(each.entered)
        for name in by_name.keys() & known.keys():
            was = by_name[name][-1].endswith("Entered")
            assert None in known[name] or any(known[name]) == was, f"{user}: the last event of {name} is another one"

    def _check_last_events(self, user: str, by_name: dict[str, list[str]]) -> None:
        """The user was sent into just those audiences that MoEngage shows; one of no destination has no events."""
        entered = {audience for audience, actions in by_name.items() if actions[-1].endswith("Entered")}
        expected = {NAMED[name]: each.certain for each in self.oracle.expected([user]) for name in each.names}
        activated = {audience for destination in ATTRIBUTES for audience in self.oracle.activated[destination]}
        assert entered & activated <= expected.keys(), f"{user} is sent out of no audience: {by_name}"
        assert {name for name, certain in expected.items() if certain} <= entered, (
            f"{user} is sent into none: {by_name}"
        )

    def _dead(self, user: str) -> bool:
        profiles = [letter["profile"] for letter in self.world.dead if letter["kind"] == Kind.PROFILES]
        return any(name_of(profile) == user for profile in profiles)

    @invariant()
    def nothing_invalid_was_sent(self) -> None:
        known = {"points", "level", *AUDIENCE_ATTRIBUTES}
        assert all(user.keys() & known for user in self.world.moengage.users.values())

    def teardown(self) -> None:
        self.quiet()
