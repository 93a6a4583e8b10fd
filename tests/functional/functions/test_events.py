"""Events at the door: taken into custody, sent once, retried, and answered in time."""

import json
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, TOKEN, Cloud, http_event
from tests.unit.given import payload

from aep_moengage_dev.simulator.simulator import Simulator

EVENTS = DESTINATION | {"events": "all"}


def purchase(identity: str, user: str = "ada", **fields: Any) -> dict[str, Any]:
    event = {"_id": identity, "eventType": "commerce.purchases", "timestamp": "2026-01-12T09:30:00Z"}
    return event | {"identityMap": {"crmid": [{"id": user}]}, **payload("experience_event_commerce")} | fields


def outcomes(cloud: Cloud, body: Any, **how: Any) -> list[str]:
    return cloud.outcomes(body, kind="events", **how)


@pytest.fixture
def moto(cloud: Cloud) -> Cloud:
    cloud.connect(EVENTS)
    return cloud


@pytest.fixture
def mini(emulated: Cloud) -> Cloud:
    emulated.connect(EVENTS)
    return emulated


def test_a_purchase_arrives_and_triggers_a_campaign(moto: Cloud, moengage: Simulator) -> None:
    assert outcomes(moto, purchase("e1")) == ["delivered"]

    (event,) = moengage.workspace.events["ada"]
    assert event["attributes"]["order_id"] == "a8g784hjq1mnp3"
    assert event["attributes"]["value"] == 159.0
    assert [each["event"] for each in moengage.workspace.campaigns["ada"]] == ["commerce_purchases"]


def test_an_event_is_sent_once(moto: Cloud, moengage: Simulator) -> None:
    assert outcomes(moto, purchase("e1")) == ["delivered"]
    assert outcomes(moto, purchase("e1")) == ["unchanged"]
    assert len(moengage.workspace.events["ada"]) == 1


def test_a_newer_profile_supersedes_no_event(moto: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=500, times=1)
    assert outcomes(moto, purchase("e1")) == ["retrying"]
    assert moto.outcomes({"identityMap": {"crmid": [{"id": "ada"}]}, "points": 1}) == ["delivered"]

    moto.drain()

    assert len(moengage.workspace.events["ada"]) == 1


def test_a_batch_is_sent_in_bulk_once(mini: Cloud, moengage: Simulator) -> None:
    batch = [purchase(f"e{number}", f"user-{number % 7}") for number in range(40)]

    assert outcomes(mini, {"events": batch}) == ["delivered"] * 40
    assert outcomes(mini, [*batch[:30], purchase("new")]) == ["unchanged"] * 30 + ["delivered"]
    assert sum(map(len, moengage.workspace.events.values())) == 41


def test_a_large_request_is_queued_and_drained_in_order(mini: Cloud, moengage: Simulator) -> None:
    batch = [purchase(f"e{n}", timestamp=f"2026-01-12T09:{59 - n:02d}:00Z") for n in range(60)]

    assert outcomes(mini, batch) == ["retrying"] * 60
    mini.drain()

    times = [each["current_time"] for each in moengage.workspace.events["ada"]]
    assert len(times) == 60
    assert times == sorted(times)


def test_what_moengage_refuses_becomes_a_dead_letter_of_its_kind(moto: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="poison", customer_ids=["ada"])

    assert outcomes(moto, purchase("e1")) == ["rejected"]

    (letter,) = moto.dead_letters()
    assert (letter["kind"], letter["reason"], letter["profile"]["_id"]) == ("events", "refused", "e1")


def test_what_is_no_event(moto: Cloud) -> None:
    answer = moto.post([purchase("e1"), "text", purchase("e2", "")], kind="events")

    assert [(each["outcome"], each.get("reason")) for each in answer.json["results"]] == [
        ("delivered", None),
        ("rejected", "not_an_event"),
        ("skipped", "no_identity"),
    ]


@pytest.mark.parametrize(
    ("how", "status"),
    [({"authorization": None}, 401), ({"authorization": "Bearer acme.wrong"}, 401), ({"destination": "nobody"}, 403)],
)
def test_senders_are_those_of_profiles(moto: Cloud, how: dict[str, Any], status: int) -> None:
    assert moto.post(purchase("e1"), kind="events", **how).status == status


def test_the_path_may_end_with_a_slash(moto: Cloud) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    event = http_event("/destinations/acme/events/", "POST", headers, json.dumps(purchase("e1")))

    assert moto.call(event).json["results"][0]["outcome"] == "delivered"


def test_a_malformed_body_is_refused(moto: Cloud) -> None:
    answer = moto.post("{", kind="events")

    assert answer.status == 400
    assert "an event" in answer.json["detail"]


def test_an_event_is_queued_as_profiles_are_where_the_destination_is_paused(moto: Cloud, moengage: Simulator) -> None:
    moto.connect(EVENTS, paused=True)
    assert outcomes(moto, purchase("e1")) == ["retrying"]

    moto.connect(EVENTS)
    moto.drain()

    assert len(moengage.workspace.events["ada"]) == 1


def test_without_rules_nothing_is_sent(cloud: Cloud, moengage: Simulator) -> None:
    answer = cloud.post(purchase("e1"), kind="events")

    assert answer.json["results"] == [{"index": 0, "outcome": "skipped", "reason": "event_not_mapped"}]
    assert moengage.workspace.events == {}


def test_after_a_call_without_an_answer_in_time_events_are_queued_first(moto: Cloud, moengage: Simulator) -> None:
    """Drain waits longer for MoEngage, so it loses fewer answers."""
    moengage.faults.add(kind="hang", times=1)
    assert outcomes(moto, purchase("e1")) == ["retrying"]
    calls = len(moengage.requests)

    answer = moto.post(purchase("e2"), kind="events")

    assert answer.json["results"] == [{"index": 0, "outcome": "retrying", "reason": "queued"}]
    assert len(moengage.requests) == calls
