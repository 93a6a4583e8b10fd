"""Delivery of events: each once, in the order of their time, and none lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.deliveries import FAILED, KEYS, LOST, REFUSED, EventTable, MoEngage, recipient
from tests.unit.given import RECEIVED_MS
from tests.unit.paces import FixedPace

from aep_moengage.budget import Budget
from aep_moengage.delivery.event_delivery import EventDelivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind, update_of
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.moengage.pacing import Grant, Quota
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.outcomes import WarningCode

HOUR = 3600.0
THROTTLED = Answer(Verdict.THROTTLED, "429", retry_after=7.0)


def event(identity: str, user: str = "ada", second: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "_id": identity,
        "eventType": "commerce.purchases",
        "timestamp": f"2025-12-31T10:00:{second:02d}Z",
        "identityMap": {"crmid": [{"id": user}]},
    } | fields


class Connector:
    """Delivers events of one destination; time stands still unless `now` is moved."""

    def __init__(self, **changes: Any) -> None:
        self.now = RECEIVED_MS / 1000
        self.table = EventTable()
        self.moengage = MoEngage()
        self.to: ActiveDestination = recipient(**{"events": "all"} | changes)
        self.ledger = EventLedger(self.table, lambda: KEYS, lambda: self.now)

    def deliver(self, *events: Any, seconds: float = 60.0, pace: Any = None) -> list[Result]:
        updates = [
            update_of(each, received_ms=RECEIVED_MS, index=index, request="r1", kind=Kind.EVENTS)
            for index, each in enumerate(events)
        ]
        arguments = {"pace": pace} if pace else {}
        delivery = EventDelivery(self.to, self.ledger, self.moengage.send, longest_call=5.0, **arguments)
        return delivery.deliver(updates, Budget(seconds, lambda: 0.0))

    def outcomes(self, *events: Any, **how: Any) -> list[str]:
        return [short(result) for result in self.deliver(*events, **how)]

    def later(self, seconds: float) -> "Connector":
        self.now += seconds
        return self

    @property
    def sent(self) -> list[str]:
        """The users and times of the events that MoEngage accepted, in their order."""
        return [
            f"{each['customer_id']} {a['current_time'][17:19]}"
            for each in self.moengage.records
            for a in each["actions"]
        ]


def short(result: Result) -> str:
    return f"{result.outcome}/{result.reason}" if result.reason else str(result.outcome)


def test_an_event_is_delivered_by_the_call_whose_answer_is_exact() -> None:
    connector = Connector()

    assert connector.outcomes(event("e1")) == ["delivered"]
    (request,) = connector.moengage.requests
    assert "/v1/event/" in request.url


def test_several_events_are_sent_in_bulk() -> None:
    connector = Connector()

    assert connector.outcomes(*(event(f"e{number}") for number in range(20))) == ["delivered"] * 20
    (request,) = connector.moengage.requests
    assert "/v1/transition/" in request.url


def test_an_event_is_sent_once_within_the_window() -> None:
    connector = Connector(event_window_hours=2)

    assert connector.outcomes(event("e1"), event("e1")) == ["delivered", "unchanged"]
    assert connector.later(HOUR).outcomes(event("e1")) == ["unchanged"]
    assert connector.later(2 * HOUR).outcomes(event("e1")) == ["delivered"], "the window is over"
    assert len(connector.sent) == 2


def test_the_window_ends_by_time_although_the_item_is_still_there() -> None:
    connector = Connector(event_window_hours=1)
    connector.deliver(event("e1"))

    assert connector.later(HOUR + 1).table.items
    assert connector.outcomes(event("e1")) == ["delivered"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"once_by": "number"}, {"number": 2}),
        ({}, {"_id": "e2"}),
        ({}, {"_id": None, "other": 1}),
        ({}, {"identityMap": {"crmid": [{"id": "bob"}]}}),
    ],
)
def test_different_events_are_each_delivered(first: dict[str, Any], second: dict[str, Any]) -> None:
    connector = Connector(events=[{"type": "commerce.purchases"} | first])

    assert connector.outcomes(event("e1", number=1), event("e1", number=1) | second) == ["delivered", "delivered"]


def test_two_destinations_each_deliver_an_event() -> None:
    first, second = Connector(), Connector(id="other")
    second.table = first.table
    second.ledger = EventLedger(first.table, lambda: KEYS, lambda: second.now)

    assert [*first.outcomes(event("e1")), *second.outcomes(event("e1"))] == ["delivered", "delivered"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(FAILED, "retrying/transient"), (THROTTLED, "retrying/throttled"), (REFUSED, "rejected/refused")],
)
def test_what_moengage_did_not_take_can_be_sent_again(answer: Answer, outcome: str) -> None:
    connector = Connector()
    connector.moengage.answers.append(answer)

    assert connector.outcomes(event("e1")) == [outcome]
    assert connector.outcomes(event("e1")) == ["delivered"]


def test_after_a_lost_answer_an_event_is_sent_again_with_a_warning() -> None:
    connector = Connector()
    connector.moengage.answers.append(LOST)

    (lost,) = connector.deliver(event("e1"))
    assert short(lost) == "retrying/transient"
    assert lost.retry_after == 15.0
    assert connector.later(5).outcomes(event("e1")) == ["retrying/transient"], "it may still take effect"
    (again,) = connector.later(11).deliver(event("e1"))
    assert short(again) == "delivered"
    assert again.warnings == (WarningCode.ANSWER_LOST,)


def test_after_a_lost_answer_nothing_is_sent_again_where_the_destination_wants_it_at_most_once() -> None:
    connector = Connector(event_delivery="at_most_once")
    connector.moengage.answers.append(LOST)

    (lost,) = connector.deliver(event("e1"))
    assert short(lost) == "unchanged"
    assert lost.warnings == (WarningCode.ANSWER_LOST,)
    assert connector.later(20).outcomes(event("e1")) == ["unchanged"]
    assert connector.sent == []


@pytest.mark.parametrize(("mode", "outcome"), [("at_least_once", "delivered"), ("at_most_once", "unchanged")])
def test_an_event_whose_function_died_is_in_doubt(mode: str, outcome: str) -> None:
    connector = Connector(event_delivery=mode)
    key = KEYS.event(f"{connector.to.workspace.id}/acme", 'ada\0id:"e1"\x000')
    connector.ledger.claim([key], lease_seconds=10, window_seconds=HOUR, at_most_once=False)

    assert connector.outcomes(event("e1")) == ["retrying/transient"], "another delivery is in flight"
    (result,) = connector.later(11).deliver(event("e1"))
    assert short(result) == outcome
    assert result.warnings == (WarningCode.ANSWER_LOST,)


def test_events_of_a_user_go_out_in_the_order_of_their_time() -> None:
    connector = Connector()
    some = [event("e3", second=3), event("e1", second=1), event("b2", "bob", second=2), event("e2", second=2)]

    connector.deliver(*some)

    assert [each for each in connector.sent if each.startswith("ada")] == ["ada 01", "ada 02", "ada 03"]


def test_after_a_failure_later_events_of_the_same_user_wait_and_others_do_not() -> None:
    connector = Connector(events=[{"attributes": "all"}])
    large = {"text": ["x" * 500] * 50} | {f"text{number}": ["x" * 500] * 50 for number in range(3)}
    connector.moengage.answers.append(FAILED)

    outcomes = connector.outcomes(event("e1", second=1, **large), event("e2", second=2), event("b1", "bob", second=3))

    assert outcomes == ["retrying/transient", "retrying/transient", "delivered"]
    assert connector.outcomes(event("e2", second=2), event("e1", second=1, **large)) == ["delivered", "delivered"]
    assert connector.sent == ["bob 03", "ada 01", "ada 02"]


def test_only_the_event_that_moengage_refuses_is_rejected() -> None:
    connector = Connector()
    connector.moengage.refuses = lambda record: record["customer_id"] == "bad"

    outcomes = connector.outcomes(event("e1"), event("e2", "bad"), event("e3"), event("e4", "eve"))

    assert outcomes == ["delivered", "rejected/refused", "delivered", "delivered"]
    assert len(connector.sent) == 3


def test_an_event_of_many_items_is_split_and_each_record_is_sent_once() -> None:
    rule = {"type": "commerce.purchases", "for_each": "items", "attributes": {"text": "item"}}
    connector = Connector(events=[rule])
    many = event("e1", items=[f"{number:03d}" + "x" * 500 for number in range(250)])
    connector.moengage.answers.extend([Answer(Verdict.ACCEPTED, "200"), FAILED])

    assert connector.outcomes(many) == ["retrying/transient"]
    assert connector.outcomes(many) == ["delivered"]
    texts = [a["attributes"]["text"][:3] for each in connector.moengage.records for a in each["actions"]]
    assert sorted(texts) == [f"{number:03d}" for number in range(250)]


def test_an_event_that_is_too_large_is_rejected() -> None:
    connector = Connector(events=[{"attributes": "all"}])
    large = {f"text{number}": ["x" * 500] * 50 for number in range(8)}

    assert connector.outcomes(event("e1", **large), event("e2")) == ["rejected/record_too_large", "delivered"]


def test_events_that_are_not_sent() -> None:
    connector = Connector(events=["commerce.purchases"], anonymous_profiles="skip")
    unknown = event("e1") | {"eventType": "other"}
    anonymous = event("e1") | {"identityMap": {"ECID": [{"id": "device-1"}]}}

    assert connector.outcomes(unknown, anonymous, event("e1", ""), "text") == [
        "skipped/event_not_mapped",
        "skipped/anonymous",
        "skipped/no_identity",
        "rejected/not_an_event",
    ]
    assert connector.moengage.requests == []
    assert not connector.table.items


def test_a_paused_destination_sends_nothing() -> None:
    connector = Connector()
    connector.to = ActiveDestination(connector.to.destination, 1, "https://x.invalid", "key", (), paused=True)

    assert connector.outcomes(event("e1")) == ["retrying/paused"]
    assert not connector.table.items


def test_without_time_nothing_is_claimed_and_nothing_sent() -> None:
    connector = Connector()

    assert connector.outcomes(event("e1"), seconds=0.2) == ["retrying/transient"]
    assert not connector.table.items
    assert connector.moengage.requests == []


@pytest.mark.parametrize("calls", [[True], [False, True]])
def test_while_the_ledger_is_down_before_sending_events_wait(calls: list[bool]) -> None:
    connector = Connector()
    if len(calls) > 1:
        connector.deliver(event("e1"))
    connector.table.failing.extend(calls)

    assert connector.outcomes(event("e1")) == ["retrying/transient"]


def test_an_event_that_could_not_be_noted_is_delivered_all_the_same() -> None:
    connector = Connector()
    connector.table.failing.extend([False, True])

    assert connector.outcomes(event("e1")) == ["delivered"]
    (again,) = connector.later(100).deliver(event("e1"))
    assert again.warnings == (WarningCode.ANSWER_LOST,), "in doubt: it may be there twice now"


def test_bulks_keep_to_the_pace() -> None:
    connector, pace = Connector(), FixedPace([Grant(0, 9.0)])

    assert connector.outcomes(event("e1"), event("e2"), pace=pace) == ["retrying/throttled"] * 2
    assert pace.asked == [(Quota.BULK_EVENTS, 2, 1)]
    assert connector.outcomes(event("e1"), event("e2")) == ["delivered"] * 2


def test_what_the_pace_does_not_let_through_is_tried_again_in_order() -> None:
    connector, pace = Connector(), FixedPace([Grant(1), Grant(0, 9.0)])

    assert connector.outcomes(event("e1"), event("e2"), pace=pace) == ["delivered", "retrying/throttled"]
    assert connector.outcomes(event("e1"), event("e2")) == ["unchanged", "delivered"]


def test_after_a_part_of_a_bulk_failed_its_users_later_events_are_held() -> None:
    connector, pace = Connector(), FixedPace([Grant(1), Grant(1)])
    connector.moengage.answers.append(FAILED)

    assert connector.outcomes(event("e1"), event("e2"), pace=pace) == ["retrying/transient"] * 2
    assert len(pace.asked) == 1, "the second event is of the same user"


def test_update_existing_only_is_passed_on() -> None:
    connector = Connector(update_existing_only=True)

    connector.deliver(event("e1"))

    assert connector.moengage.records[0]["update_existing_only"] is True


def test_a_user_has_the_same_pseudonym_as_in_profiles() -> None:
    connector = Connector()
    destination = connector.to.destination
    connector.to = ActiveDestination(destination, 1, "https://x.invalid", "key", (), trace_key="secret")

    (result,) = connector.deliver(event("e1"))

    assert len(result.users) == 1
    assert "ada" not in result.users[0]


def test_keys_show_neither_user_nor_event() -> None:
    connector = Connector()
    connector.deliver(event("canary-event", "canary-user"))

    keys: Sequence[str] = list(connector.table.items)
    assert len(keys) == 1
    assert keys[0].startswith("event#")
    assert "canary" not in str(connector.table.items)
