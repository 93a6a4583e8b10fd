"""The promises as a whole, against every trouble there is: hypothesis makes up the history, in any order.

At every quiet moment: each user in MoEngage equals the newest update that was given, and is in no audience if that has
no consent; every profile that was taken into custody has come to an outcome; no event came twice, but where an answer
was lost.
"""

from collections import Counter, defaultdict
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.guarantees.world import POISON, RETRY_WINDOW_DAYS, World

from aep_moengage.outcomes import Outcome

USERS = ("ada", "bob")
AUDIENCE = "AEP Segment"


def made(user: str, points: int, gold: str, consent: str = "y", ecid: str = "") -> dict[str, Any]:
    """A profile of a user: points, membership of one audience, and consent."""
    identities = {"crmid": user, "ECID": ecid}
    return {
        "identityMap": {namespace: [{"id": identity}] for namespace, identity in identities.items() if identity},
        "points": points,
        "segmentMembership": {"ups": {"gold": {"status": gold}}},
        "consents": {"marketing": {"email": {"val": consent}}},
    }


def agrees(profile: dict[str, Any]) -> bool:
    """Whether a profile has consent."""
    return bool(profile["consents"]["marketing"]["email"]["val"] == "y")


users = st.sampled_from(USERS)
points = st.integers(1, POISON)
statuses = st.sampled_from(["realized", "exited"])
consents = st.sampled_from(["y", "y", "n"])
profiles = st.builds(made, users, points, statuses, consents)
failures = st.sampled_from(["500", "429", "401", "fail", "lost", "unsent", "late"])


class Guarantees(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.newest: dict[str, tuple[tuple[int, int, int], dict[str, Any]]] = {}
        self.abandoned: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.given = 0
        self.strangers = 0

    @rule(batch=st.lists(profiles, min_size=1, max_size=4), late=st.integers(0, 3000), gap=st.integers(1, 20))
    def post(self, batch: list[dict[str, Any]], late: int, gap: int) -> None:
        """AEP posts; `late` milliseconds are spent on the way, so that requests overtake each other."""
        self.world.now += gap
        self._give(batch, self.world.now - late / 1000)

    def _give(self, batch: list[dict[str, Any]], received: float) -> None:
        results = self.world.post(batch, received)
        while results is None:  # AEP posts again what is not in custody; here it does so until it is
            self.world.now += 15
            received = self.world.now
            results = self.world.post(batch, received)
        assert len(results) == len(batch)
        self._given(batch, received)

    def _given(self, batch: list[dict[str, Any]], received: float) -> None:
        self.given += len(batch)
        for index, profile in enumerate(batch):
            user = name_of(profile)
            place = (int(received * 1000), index, self.given)
            if user not in self.newest or self.newest[user][0] < place:
                self.newest[user] = (place, profile)
                self.abandoned.pop(user, None)

    @rule(user=users, first=points, second=points, gold=statuses, kind=failures)
    def one_fails_and_the_next_overtakes_it(self, user: str, first: int, second: int, gold: str, kind: str) -> None:
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1)
        self.post([made(user, second, gold)], 0, 1)
        self.quiet()

    @rule(user=users, first=points, second=points, kind=failures, wait=st.integers(1, 30))
    def one_fails_and_the_former_comes_back(self, user: str, first: int, second: int, kind: str, wait: int) -> None:
        self.post([made(user, first, "realized")], 0, 1)
        self.world.troubles.moengage.append(kind)
        self.post([made(user, second, "realized")], 0, 1)
        self.post([made(user, first, "realized")], 0, wait)
        self.quiet()

    @rule(user=users, first=points, second=points, during=st.sampled_from(["read", "sending", "answering"]))
    def two_at_once(self, user: str, first: int, second: int, during: str) -> None:
        other = made(user, second, "realized")
        received = self.world.now + 1.5
        taken: list[bool] = []
        self.world.troubles.meanwhile[during] = lambda: taken.append(self.world.post([other], received) is not None)
        self.post([made(user, first, "realized")], 0, 1)
        self.world.troubles.meanwhile.clear()
        if taken == [True]:
            self._given([other], received)
        else:
            self._give([other], self.world.now + 2)
        self.quiet()

    @rule(user=users, first=points, second=points, steps=st.integers(0, 9), kind=failures)
    def one_waits_and_the_next_is_abandoned(self, user: str, first: int, second: int, steps: int, kind: str) -> None:
        self.quiet()
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1)
        self.world.troubles.crash_in = steps
        given_up = made(user, second, "realized")
        self.world.now += 1
        if self.world.post([given_up], self.world.now) is None:
            self.abandoned[user].append(given_up)
        else:
            self._give([given_up], self.world.now)
        self.quiet()

    @rule(user=users, first=st.integers(1, 5), second=st.integers(6, 9))
    def an_older_one_comes_after_a_lost_answer(self, user: str, first: int, second: int) -> None:
        self.quiet()
        self.world.troubles.moengage.append("lost")
        self.post([made(user, second, "realized")], 0, 1)
        received = self.world.now
        self.world.now += 20
        self._give([made(user, first, "realized")], received - 0.5)
        assert self.world.moengage.users[user]["points"] == second, "MoEngage shows what is older"

    @rule(
        user=users,
        given=points,
        again=st.booleans(),
        kinds=st.tuples(failures, failures),
        order=st.permutations(range(3)),
    )
    def consent_is_withdrawn(
        self, user: str, given: int, again: bool, kinds: tuple[str, str], order: list[int]
    ) -> None:
        """Given, withdrawn and perhaps given again, with the same data: told in this order, taken in any."""
        self.quiet()
        now = self.world.now
        self.world.now += 10
        self.world.troubles.moengage.extend(kinds)
        story = [made(user, given, "realized", answer) for answer in ("y", "n", "y" if again else "n")]
        for place in order:
            self._give([story[place]], now + place)
        self.quiet()

    @rule(given=points, kinds=st.tuples(failures, failures), order=st.permutations(range(3)), both=st.booleans())
    def an_anonymous_user_turns_out_to_be_one_without_consent(
        self, given: int, kinds: tuple[str, str], order: list[int], both: bool
    ) -> None:
        """Three profiles, in any order: of the anonymous user; of a user, perhaps with it; of both, without consent."""
        self.strangers += 1
        named, anonymous = f"eve-{self.strangers}", f"device-{self.strangers}"
        now = self.world.now
        self.world.now += 10
        self.world.troubles.moengage.extend(kinds)
        story = [
            made("", given, "realized", ecid=anonymous),
            made(named, given, "realized", ecid=anonymous if both else ""),
            made(named, given, "realized", "n", ecid=anonymous),
        ]
        for place in order:
            while self.world.post([story[place]], now + place) is None:
                self.world.now += 15
        self.quiet()
        held = {user: self.world.moengage.users.get(user, {}).get(AUDIENCE) for user in (named, anonymous)}
        assert not any(held.values()), f"held in an audience without consent: {held}"

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        self.world.now += seconds
        self.world.moengage.catch_up()

    @rule(most=st.integers(1, 5), again=st.booleans())
    def drain(self, most: int, again: bool) -> None:
        self.world.drain(most, again=again)

    @rule(user=users, first=points, during=st.sampled_from(["read", "sending", "answering"]), gap=st.integers(1, 20))
    def drained_meanwhile(self, user: str, first: int, during: str, gap: int) -> None:
        """The backlog is drained while ingest is in the middle of an update of the same user."""
        self.world.troubles.meanwhile[during] = self.world.drain
        self.post([made(user, first, "realized")], 0, gap)
        self.world.troubles.meanwhile.clear()

    @rule(during=st.sampled_from(["read", "sending", "answering"]), most=st.integers(1, 3))
    def two_drains_at_once(self, during: str, most: int) -> None:
        """Each has a part of the backlog, and the queue may hand the first one's out again before it is done."""

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

    @rule(kind=st.sampled_from(["before", "after"]))
    def queue_fails(self, kind: str) -> None:
        self.world.troubles.queue.append(kind)

    @rule(steps=st.integers(0, 8))
    def function_crashes(self, steps: int) -> None:
        self.world.troubles.crash_in = steps

    @rule()
    def pause(self) -> None:
        self.world.pause()

    @rule()
    def resume(self) -> None:
        self.world.resume()

    @rule(user=users, first=points, second=points, kind=failures)
    def a_pause_outlasts_the_retry_window(self, user: str, first: int, second: int, kind: str) -> None:
        self.world.troubles.moengage.append(kind)
        self.post([made(user, first, "realized")], 0, 1)
        self.world.pause()
        self.post([made(user, second, "realized")], 0, 1)
        for _ in range(2):  # drain sees it while paused, before and after the window
            self.world.now += RETRY_WINDOW_DAYS * 43_200
            self.world.drain()
        self.world.now += RETRY_WINDOW_DAYS * 43_200
        self.world.resume()
        self.world.troubles.moengage.append(kind)
        self.world.drain()
        self.quiet()
        assert not [letter for letter in self.world.dead if letter["reason"] == "gave_up"]

    @rule()
    def mapping_changes(self) -> None:
        if self.world.mapping_versions < 4:
            self.world.change_mapping()

    @rule()
    def redrive(self) -> None:
        self.world.redrive()

    @rule()
    def moengage_takes_what_it_refused(self) -> None:
        """What was dead is delivered as if new, unless something newer has been since."""
        self.quiet()
        self.world.moengage.healed = True
        self.world.redrive()
        self.quiet()
        assert not list(self.world.dead), "what MoEngage takes now is dead all the same"
        self.world.moengage.healed = False

    @rule()
    def quiet(self) -> None:
        self.world.settle()
        self.check()

    def check(self) -> None:
        for user, (_, profile) in self.newest.items():
            taken = [profile, *self.abandoned[user]]  # what nobody waits for may have been newer, and taken
            if not any(map(agrees, taken)):
                assert not self.world.moengage.users.get(user, {}).get(AUDIENCE), f"{user} is held without consent"
            elif all(map(agrees, taken)):
                self.check_user(user, profile, taken)
        for user, events in self.world.moengage.events.items():
            if not self.world.in_doubt(user):
                assert Counter(events).total() == len(alternating(events)), f"{user} got an event twice: {events}"

    def check_user(self, user: str, profile: dict[str, Any], taken: list[dict[str, Any]]) -> None:
        if profile["points"] == POISON:
            if profile in [letter["profile"] for letter in self.world.dead]:
                return  # refused; MoEngage may hold what it took of the same points before, when it was healed
            if self.world.moengage.users.get(user, {}).get("points") != POISON:
                assert len(taken) > 1, "a rejected profile is not among the dead letters"
                return
        shown = self.world.moengage.users[user]
        assert shown["points"] in {each["points"] for each in taken}, f"{user} is stale"
        inside = profile["segmentMembership"]["ups"]["gold"]["status"] == "realized"
        if len(taken) == 1:
            assert shown.get(AUDIENCE, []) == (["gold"] if inside else []), f"{user}'s audiences are stale"

    @invariant()
    def nothing_invalid_was_sent(self) -> None:
        assert all("points" in user for user in self.world.moengage.users.values())

    def teardown(self) -> None:
        self.quiet()


def name_of(profile: dict[str, Any]) -> str:
    """The user that a profile is of."""
    return str(profile["identityMap"]["crmid"][0]["id"])


def alternating(events: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Events without those that repeat the one before: one cannot enter twice without leaving."""
    return [event for place, event in enumerate(events) if place == 0 or events[place - 1] != event]


TestGuarantees = Guarantees.TestCase
TestGuarantees.settings = settings(
    max_examples=400,
    stateful_step_count=40,
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_everything_ends_in_one_outcome() -> None:
    world = World()
    results = world.post([made("ada", 1, "realized"), made("ada", 2, "exited"), {}, "no profile"], world.now)  # type: ignore[list-item] # on purpose
    assert results is not None
    assert [result.outcome for result in results] == [
        Outcome.SUPERSEDED,
        Outcome.DELIVERED,
        Outcome.SKIPPED,
        Outcome.REJECTED,
    ]


@pytest.mark.parametrize("gap", [1, 4, 6, 9, 12])
@pytest.mark.parametrize("steps", range(9))
def test_a_call_that_outlives_its_function_never_overwrites_what_is_newer(steps: int, gap: int) -> None:
    world = World()
    world.troubles.moengage.extend(["500", "late"])
    world.post([made("ada", 1, "realized")], world.now)
    world.now += 400
    world.troubles.crash_in = steps
    world.drain()
    world.troubles.crash_in = None
    world.now += gap
    world.post([made("ada", 2, "realized")], world.now)
    world.settle()

    assert world.moengage.users["ada"]["points"] == 2
