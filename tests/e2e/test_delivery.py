"""AEP's own payloads, posted to the deployed endpoint, become the right users in MoEngage."""

import json

import pytest
import yaml
from tests.e2e.deployed import EVENTS, Connected, connected, named, unique, wait_until

from aep_moengage.delivery.updates import Kind
from aep_moengage_cli.profiles.sending import url_for
from aep_moengage_dev.local.stack import LocalStack

ADOBES = ("http_api_default", "kinesis_legacy_existing")


def sample(name: str, user: str) -> dict[str, object]:
    """An Adobe payload, with its first ECID replaced: the samples share one, and so would other tests."""
    payload: dict[str, object] = json.loads((EVENTS / f"{name}.json").read_text())
    identities = payload["identityMap"]
    assert isinstance(identities, dict)
    identities["ecid"] = [{"id": user}]
    return payload


@pytest.fixture(scope="module", autouse=True)
def edited(stack: LocalStack) -> Connected:
    """A destination whose document changes while the functions have it; they read it anew while other tests run."""
    acme = connected(stack)
    acme.post(named(unique(), "Lovelace"))
    acme.publish(attributes={"Surname": "person.name.lastName"})
    return acme


def test_http_api_profile_becomes_a_user(acme: Connected) -> None:
    user = unique()
    acme.deliver(sample("http_api_default", user))
    attributes = acme.moengage.attributes(user)
    assert attributes
    assert attributes["First_Name"] == "John"
    assert attributes["Last_Name"] == "Doe"
    assert attributes["tier"] == "none"
    assert attributes["AEP Segment"] == ["Lapsed buyers", "Newsletter readers", "Store visitors"]


def test_kinesis_status_existing_is_membership(acme: Connected) -> None:
    user = unique()
    acme.deliver(sample("kinesis_legacy_existing", user))
    assert acme.moengage.attributes(user) == {"tier": "none", "AEP Segment": ["Newsletter readers"]}


@pytest.mark.parametrize("name", ["sdk_freeform_attributes", "sdk_predefined_attributes"])
def test_both_shapes_of_a_destination_sdk_card_are_mapped(stack: LocalStack, name: str) -> None:
    user = unique()
    acme = connected(
        stack,
        audiences=[{"id": "11111111-1111-1111-1111-111111111111", "name": "Card holders"}],
        identities={"anonymous_id": "mobileIds"},
        attributes={"Last_Name": "lastName"},
    )
    payload = json.loads((EVENTS / f"{name}.json").read_text())
    payload["identityMap"]["mobileIds"][0]["id"] = user
    acme.deliver(payload)
    assert acme.moengage.attributes(user) == {"Last_Name": "lastName", "AEP Segment": ["Card holders"]}


@pytest.mark.parametrize("name", ["http_api_segment_names", "http_api_segment_timestamps"])
def test_profile_without_identity_is_skipped(acme: Connected, name: str) -> None:
    answer = acme.post((EVENTS / f"{name}.json").read_bytes())
    assert answer.outcomes == ["skipped"]
    assert answer.reasons == ["no_identity"]


def test_profile_without_identity_does_not_affect_its_batch(acme: Connected) -> None:
    first, last = unique(), unique()
    answer = acme.deliver({"profiles": [named(first, "Lovelace"), {"identityMap": {}}, named(last, "Hopper")]})
    assert answer.outcomes[1] == "skipped"
    users = acme.moengage.users()
    assert (users[first]["attributes"]["Last_Name"], users[last]["attributes"]["Last_Name"]) == ("Lovelace", "Hopper")


def test_unchanged_profile_is_not_sent_again(acme: Connected) -> None:
    user = unique()
    acme.deliver(named(user, "Lovelace"))
    acme.deliver(named(user, "Lovelace"))
    assert acme.moengage.users()[user]["applied"] == 1


@pytest.mark.parametrize("name", ["purchase", "edge", "forwarding", "streaming", "journey"])
def test_an_event_in_every_shape_arrives_once_and_triggers_a_campaign(stack: LocalStack, name: str) -> None:
    rules = yaml.safe_load((EVENTS / "destination-events.yaml").read_text())["events"]
    acme = connected(stack, identities={"user_id": "crmid"}, events=rules)
    user = unique()
    body = (EVENTS / f"event-{name}.json").read_text().replace("user-001", user).replace("user-003", user)
    endpoint = url_for(acme.endpoint, Kind.EVENTS)

    outcomes = [acme.post(body, endpoint=endpoint).outcomes for _ in range(2)]
    acme.drain()

    assert outcomes[1] in (["unchanged"], ["retrying"]), "the second is the same event"
    expected = ["Cart abandoned"] if name == "journey" else ["Purchase", "Product Purchased"]
    assert [event["action"] for event in acme.moengage.events()[user]] == expected
    assert [campaign["event"] for campaign in acme.moengage.campaigns()[user]] == expected


def test_several_events_in_one_body_arrive_in_every_wrapper(stack: LocalStack) -> None:
    row = {"only": "order_id", "action": "Order", "identities": {"user_id": {"attribute": "crm_id"}}}
    acme = connected(stack, identities={"user_id": "crmid"}, events=["application.launch", row])

    def launch(user: str) -> dict[str, object]:
        return {"eventType": "application.launch", "identityMap": {"crmid": [{"id": user}]}}

    for wrap in (list, lambda some: {"events": some}, lambda some: {"messages": some}):
        users = [unique() for _ in range(3)]
        bare, edge, of_sql = launch(users[0]), {"xdm": launch(users[1])}, {"crm_id": users[2], "order_id": users[2]}
        acme.post(wrap([bare, edge, of_sql]), endpoint=url_for(acme.endpoint, Kind.EVENTS))
        acme.drain()
        arrived = [[event["action"] for event in acme.moengage.events()[user]] for user in users]
        assert arrived == [["application_launch"], ["application_launch"], ["Order"]]


def test_an_event_of_somebody_unknown_waits_and_arrives_under_the_user(stack: LocalStack) -> None:
    acme = connected(stack, identities={"user_id": "crmid", "anonymous_id": "ECID"}, events="all", hold_anonymous="30m")
    device, user = unique("device"), unique()
    known = {"ECID": [{"id": device}], "crmid": [{"id": user}]}
    event = {"_id": device, "eventType": "application.launch", "timestamp": "2026-01-12T09:30:00Z"}

    held = acme.post(event | {"identityMap": {"ECID": known["ECID"]}}, endpoint=url_for(acme.endpoint, Kind.EVENTS))
    assert held.reasons == ["held"]
    acme.deliver(named(user, "Lovelace") | {"identityMap": known})
    stack.ministack.set_queues_forward(120)  # it is looked at again after a minute
    acme.drain()

    (arrived,) = acme.moengage.events()[user]
    assert (arrived["action"], arrived["current_time"]) == ("application_launch", "2026-01-12T09:30:00Z")
    assert device not in acme.moengage.events()


def test_changed_document_takes_effect_without_a_deploy(edited: Connected) -> None:
    user = unique()

    def surname() -> bool:
        edited.post(named(user, "Byron"))
        return (edited.moengage.attributes(user) or {}).get("Surname") == "Byron"

    wait_until(surname, 60, "the new mapping is in use within a minute")
