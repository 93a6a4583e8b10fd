"""Bodies with events, in every shape in which they are sent."""

import json
from typing import Any

import pytest
from tests.unit.given import payload

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.aep.events import event_values, is_experience_event, read_events

PURCHASE = {"_id": "e1", "eventType": "commerce.purchases", **payload("experience_event_commerce")}
MESSAGE = {"header": {"datasetId": "d"}, "body": {"xdmMeta": {"schemaRef": {}}, "xdmEntity": PURCHASE}}
SHAPES = [
    PURCHASE,
    {"xdm": PURCHASE},
    {"event": {"xdm": PURCHASE}},
    {"event": {"xdm": PURCHASE}, "request": {"headers": {}}},
    MESSAGE,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_event_is_found_in_every_shape(shape: dict[str, Any]) -> None:
    assert [event_values(each) for each in read_events(json.dumps(shape))] == [PURCHASE]
    assert is_experience_event(shape)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("wrap", [lambda some: some, lambda some: {"events": some}, lambda some: {"messages": some}])
def test_several_events_come_in_an_array(shape: dict[str, Any], wrap: Any) -> None:
    other = {"eventType": "web.webpagedetails.pageViews"}

    read = read_events(json.dumps(wrap([shape, other])))

    assert [event_values(each) for each in read] == [PURCHASE, other]


@pytest.mark.parametrize("edge", [{"xdm": {"a": 1}, "data": {"b": 2}}, {"event": {"xdm": {"a": 1}, "data": {"b": 2}}}])
def test_data_of_the_edge_network_is_beside_the_event(edge: dict[str, Any]) -> None:
    assert event_values(edge) == {"a": 1, "data": {"b": 2}}


def test_a_field_named_data_of_the_event_itself_stays() -> None:
    assert event_values({"xdm": {"data": 1}, "data": {"b": 2}}) == {"data": 1}


@pytest.mark.parametrize(
    "other",
    [
        {"event": {"eventType": "order", "eventId": "7"}, "profile": {"id": "ada"}, "journey": {"id": "j"}},
        {"order_id": 7, "events": 3},
        {"xdm": "text", "messages": "none"},
        {"body": "text"},
    ],
)
def test_any_other_object_is_an_event_as_it_is(other: dict[str, Any]) -> None:
    assert read_events(json.dumps(other)) == [other]
    assert event_values(other) == other
    assert not is_experience_event(other)


def test_an_event_is_not_changed_by_reading() -> None:
    edge = {"xdm": {"a": 1}, "data": {"b": 2}}

    event_values(edge)

    assert edge == {"xdm": {"a": 1}, "data": {"b": 2}}


def test_an_event_that_cannot_be_read_spoils_no_other() -> None:
    assert read_events('{"events": [{"a": NaN}, {"b": 1}]}') == ['{"a": NaN}', {"b": 1}]


@pytest.mark.parametrize(
    ("body", "why"),
    [("7", "neither an object nor an array"), ("[1]", "no JSON object"), ("{", "an event, an array of events")],
)
def test_a_malformed_body_is_refused(body: str, why: str) -> None:
    with pytest.raises(MalformedBody, match=why):
        read_events(body)


def test_a_profile_is_no_event() -> None:
    assert not is_experience_event({"segmentMembership": {}, "eventType": "x"})
    assert not is_experience_event("text")
