"""The sample events: each makes the functions do what its description says."""

import json
from typing import Any

import pytest
import yaml
from tests.functional.functions.cloud import Cloud

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

EVENTS = PROJECT / "events"
TOKEN, KEY = "acme-production.the-token-that-connect-printed", "the-data-app-key"


def event(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / name).read_text()))


@pytest.fixture
def connected(emulated: Cloud, moengage: Simulator) -> Cloud:
    """A cloud with the sample destination and the credentials that the sample events show."""
    moengage.access.password = KEY
    document = yaml.safe_load((EVENTS / "destination.yaml").read_text())
    emulated.connect(document, password=KEY, tokens=(TOKEN,))
    return emulated


@pytest.mark.parametrize(
    ("name", "outcomes", "users"),
    [
        ("apigateway-profile.json", ["delivered"], {"14575006536349286404619648085736425115"}),
        (
            "apigateway-batch.json",
            ["delivered", "delivered", "skipped", "delivered"],
            {"user-001", "user-002", "user-003"},
        ),
        ("apigateway-basic.json", ["delivered"], {"e86fb215-0921-4537-bc77-969ff775752c"}),
    ],
)
def test_a_request_as_the_gateway_hands_it_over(
    connected: Cloud, moengage: Simulator, name: str, outcomes: list[str], users: set[str]
) -> None:
    answer = connected.call(event(name))

    assert answer.status == 200, answer.json
    assert [result["outcome"] for result in answer.json["results"]] == outcomes
    assert set(moengage.workspace.users) == users


@pytest.fixture
def connected_for_events(emulated: Cloud, moengage: Simulator) -> Cloud:
    """A cloud with the sample destination that takes events."""
    moengage.access.password = KEY
    document = yaml.safe_load((EVENTS / "destination-events.yaml").read_text())
    emulated.connect(document, password=KEY, tokens=(TOKEN,))
    return emulated


def test_events_as_the_gateway_hands_them_over(connected_for_events: Cloud, moengage: Simulator) -> None:
    answer = connected_for_events.call(event("apigateway-event.json"))

    assert [result["outcome"] for result in answer.json["results"]] == [
        "delivered",
        "delivered",
        "skipped",
        "delivered",
    ]
    assert {user: [each["action"] for each in sent] for user, sent in moengage.workspace.events.items()} == {
        "user-001": ["Purchase", "Product Purchased"],
        "user-002": ["web_webpagedetails_pageViews"],
        "14575006536349286404619648085736425115": ["application_launch"],
    }
    assert moengage.workspace.violations == []


@pytest.mark.parametrize("name", ["purchase", "edge", "forwarding", "streaming", "journey", "batch"])
def test_every_shape_of_an_event_is_delivered(connected_for_events: Cloud, moengage: Simulator, name: str) -> None:
    if name == "batch":
        how = {"destination": "acme-production", "authorization": f"Bearer {TOKEN}", "kind": "events"}
        answer = connected_for_events.post(event("event-batch.json"), **how)
    else:
        answer = connected_for_events.call(event(f"apigateway-event-{name}.json"))

    assert answer.json["results"][0] == {"index": 0, "outcome": "delivered"}
    first = moengage.workspace.events["user-003" if name == "journey" else "user-001"][0]
    assert first["action"] == ("Cart abandoned" if name == "journey" else "Purchase")
    assert first["current_time"] == "2026-01-12T09:29:58Z"
    assert moengage.workspace.campaigns


def test_messages_with_events_of_the_retry_queue(connected_for_events: Cloud, moengage: Simulator) -> None:
    assert connected_for_events.hand_over(event("sqs-event.json")["Records"]) == set()
    assert set(moengage.workspace.events) == {"user-001", "user-002"}


def test_records_of_the_stream(
    connected_for_events: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_STREAM", "acme-production")

    assert connected_for_events.stream(event("kinesis-records.json")["Records"]) == []
    connected_for_events.drain()

    assert [each["action"] for each in moengage.workspace.events["user-001"]] == ["Purchase", "Product Purchased"]
    assert set(moengage.workspace.users) >= {"14575006536349286404619648085736425115"}


def test_a_record_that_is_poison_becomes_a_dead_letter_and_the_other_is_delivered(
    connected_for_events: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_STREAM", "acme-production")
    poison, _ = records = event("kinesis-poison.json")["Records"]

    assert connected_for_events.stream(records) == []
    connected_for_events.drain()

    assert list(moengage.workspace.events) == ["user-001"]
    (letter,) = connected_for_events.dead_letters()
    assert (letter["reason"], letter["profile"], letter["kind"]) == ("not_an_event", "no JSON at all", "events")
    assert letter["request"] == poison["eventID"]


def test_the_health_check(connected: Cloud) -> None:
    answer = connected.call(event("apigateway-health.json"))

    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_messages_of_the_retry_queue(connected: Cloud, moengage: Simulator) -> None:
    assert connected.hand_over(event("sqs-retry.json")["Records"]) == set()
    assert set(moengage.workspace.users) == {"14575006536349286404619648085736425115", "user-001", "user-003"}


def test_a_foreign_message_stays_and_the_other_is_delivered(connected: Cloud, moengage: Simulator) -> None:
    records = event("sqs-poison.json")["Records"]

    assert connected.hand_over(records) == {records[1]["messageId"]}
    assert set(moengage.workspace.users) == {"14575006536349286404619648085736425115"}
