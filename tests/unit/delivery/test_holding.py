"""Holding: events of somebody who is not known yet wait for the user, and then for no longer than the file says."""

from typing import Any

import pytest
from tests.unit.deliveries import KEYS, EventTable, KnownUserTable, MoEngage, Table, message, recipient
from tests.unit.given import RECEIVED_MS

from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.event_delivery import EventDelivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind, update_of
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.ledger.known_users import KnownUsers
from aep_moengage.ledger.ledger import Ledger

HOLD = 1800.0
IDENTITIES = {"user_id": "crmid", "anonymous_id": "ECID"}


def event(identity: str, user: str = "", device: str = "device-1", second: int = 0) -> dict[str, Any]:
    ids = {"crmid": user, "ECID": device}
    return {
        "_id": identity,
        "eventType": "application.launch",
        "timestamp": f"2025-12-31T10:00:{second:02d}Z",
        "identityMap": {name: [{"id": each}] for name, each in ids.items() if each},
    }


class Connector:
    """Delivers profiles and events of one destination; for how long an event has been held is moved with `now`."""

    def __init__(self, **changes: Any) -> None:
        self.now = RECEIVED_MS / 1000
        self.held_ms: int | None = RECEIVED_MS
        clock = lambda: self.now  # noqa: E731 # one clock for all
        self.known_table = KnownUserTable()
        self.known = KnownUsers(self.known_table, lambda: KEYS, clock)
        self.moengage = MoEngage()
        given = {"events": "all", "identities": IDENTITIES, "hold_anonymous": "30m"} | changes
        self.to: ActiveDestination = recipient(**given)
        self.profiles = Ledger(Table(), lambda: KEYS, clock)
        self.events = EventLedger(EventTable(), lambda: KEYS, clock)

    def post(self, *events: Any) -> list[Result]:
        """Delivers events that came at the beginning."""
        return self._deliver(EventDelivery, self.events, events, RECEIVED_MS, Kind.EVENTS)

    def merge(self, *profiles: Any) -> None:
        """Delivers profiles that come now."""
        self._deliver(Delivery, self.profiles, profiles, round(self.now * 1000), Kind.PROFILES)

    def _deliver(self, delivery: Any, ledger: Any, some: Any, received_ms: int, kind: Kind) -> list[Result]:
        updates = [
            update_of(each, received_ms=received_ms, index=index, request="r1", kind=kind, held_ms=self.held_ms)
            for index, each in enumerate(some)
        ]
        made = delivery(self.to, ledger, self.moengage.send, longest_call=5.0, known=self.known)
        results: list[Result] = made.deliver(updates, Budget(60.0, lambda: 0.0))
        return results

    def outcomes(self, *events: Any) -> list[str]:
        return [f"{each.outcome}/{each.reason}" if each.reason else str(each.outcome) for each in self.post(*events)]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """The users and times of the events that MoEngage accepted, in their order."""
        records = [each for each in self.moengage.records if each["type"] == "event"]
        return [(each["customer_id"], action["current_time"]) for each in records for action in each["actions"]]


def test_an_event_waits_until_a_profile_says_who_its_person_is_and_keeps_its_time() -> None:
    connector = Connector()

    assert connector.outcomes(event("e1", second=7)) == ["retrying/held"]
    connector.now += 600
    assert connector.outcomes(event("e1", second=7)) == ["retrying/held"]
    assert connector.sent == []
    connector.merge(message("ada", ecid="device-1"))
    assert connector.outcomes(event("e1", second=7)) == ["delivered"]
    assert connector.sent == [("ada", "2025-12-31T10:00:07Z")]


def test_an_event_with_both_identities_says_it_too_even_in_the_same_request() -> None:
    connector = Connector()

    outcomes = connector.outcomes(event("e2", "ada", second=2), event("e1", second=1), event("b1", device="device-2"))

    assert outcomes == ["delivered", "delivered", "retrying/held"]
    assert connector.sent == [("ada", "2025-12-31T10:00:01Z"), ("ada", "2025-12-31T10:00:02Z")]


def test_who_never_became_known_is_skipped_when_the_time_is_over() -> None:
    connector = Connector()
    connector.now += HOLD - 1
    assert connector.outcomes(event("e1")) == ["retrying/held"]
    connector.now += 1
    assert connector.outcomes(event("e1")) == ["skipped/anonymous"]
    connector.merge(message("ada", ecid="device-1"))
    assert connector.sent == []


def test_who_became_known_is_delivered_however_late_it_is_looked_at() -> None:
    connector = Connector()
    connector.merge(message("ada", ecid="device-1"))
    connector.now += 9 * HOLD

    assert connector.outcomes(event("e1")) == ["delivered"]


def test_a_held_event_that_came_again_with_its_user_is_sent_once() -> None:
    connector = Connector()
    connector.post(event("e1"))

    assert connector.outcomes(event("e1", "ada")) == ["delivered"]
    assert connector.outcomes(event("e1")) == ["unchanged"]


@pytest.mark.parametrize(("age", "wait"), [(0, 60), (59, 60), (240, 240), (1000, 800), (1790, 10), (1799.9, 1)])
def test_it_is_looked_at_again_when_it_has_waited_as_long_once_more_and_at_the_end(age: float, wait: float) -> None:
    connector = Connector()
    connector.now += age

    (result,) = connector.post(event("e1"))
    assert result.retry_after == pytest.approx(wait, abs=0.01)


def test_what_it_waited_for_otherwise_does_not_count() -> None:
    connector = Connector()
    connector.held_ms = None
    connector.now += 9 * HOLD

    (result,) = connector.post(event("e1"))
    assert (str(result.reason), result.retry_after) == ("held", 60)


def test_it_waits_for_no_longer_than_a_message_can() -> None:
    connector = Connector(hold_anonymous="24h")
    connector.now += 3 * 3600

    assert connector.post(event("e1"))[0].retry_after == 900


def test_without_a_hold_an_event_is_delivered_under_its_anonymous_id_and_nothing_is_noted() -> None:
    connector = Connector(hold_anonymous=None)

    assert connector.outcomes(event("e1"), event("e2", "ada")) == ["delivered", "delivered"]
    assert {user for user, _ in connector.sent} == {"device-1", "ada"}
    connector.merge(message("ada", ecid="device-1"))
    assert connector.known_table.items == {}


def test_a_hold_counts_although_anonymous_profiles_are_skipped() -> None:
    assert Connector(anonymous_profiles="skip").outcomes(event("e1")) == ["retrying/held"]


def test_a_profile_without_consent_names_nobody() -> None:
    connector = Connector(consent=["consents.marketing.email"])
    connector.merge(message("ada", ecid="device-1"))

    assert connector.known_table.items == {}


def test_an_event_waits_as_a_whole_so_that_all_that_it_becomes_arrives() -> None:
    """One rule has the user from the event itself, the other one does not know it."""
    own = {"only": "`true`", "action": "Own", "identities": {"user_id": {"attribute": "login"}}}
    connector = Connector(events=[own, "application.launch"])
    both = event("e1") | {"login": "ada"}

    assert connector.outcomes(both) == ["retrying/held"]
    connector.merge(message("ada", ecid="device-1"))
    assert connector.outcomes(both) == ["delivered"]
    (record,) = [each for each in connector.moengage.records if each["type"] == "event"]
    assert [each["action"] for each in record["actions"]] == ["Own", "application_launch"]

    unknown = Connector(events=[own, "application.launch"])
    unknown.now += HOLD
    assert unknown.outcomes(both) == ["delivered"], "what has a user is not lost with what has none"
    assert [user for user, _ in unknown.sent] == ["ada"]


@pytest.mark.parametrize("calls", [[True], [False, True]])
def test_while_nobody_can_be_looked_up_events_wait(calls: list[bool]) -> None:
    connector = Connector()
    connector.known_table.failing.extend(calls)

    assert connector.outcomes(event("e1"), event("e2", "ada")) == ["retrying/transient"] * 2
    assert connector.outcomes(event("e1"), event("e2", "ada")) == ["delivered"] * 2


def test_a_profile_whose_users_cannot_be_noted_waits() -> None:
    connector = Connector()
    connector.known_table.failing.append(True)
    connector.merge(message("ada", ecid="device-1"))

    assert connector.moengage.records == []


def test_both_users_of_a_known_event_are_in_its_trace() -> None:
    connector = Connector()
    connector.to = ActiveDestination(connector.to.destination, 1, "https://x.invalid", "key", (), trace_key="secret")
    (before,) = connector.post(event("e1"))
    connector.merge(message("ada", ecid="device-1"))
    (after,) = connector.post(event("e1"))

    assert len(before.users) == 1
    assert len(after.users) == 2
    assert before.users[0] in after.users
