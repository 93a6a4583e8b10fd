"""Bodies of other interfaces are named in the refusal, and no profile is taken for one."""

import json
from typing import Any

import pytest
from tests.unit.given import PAYLOADS

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.aep.envelopes import envelope_name

EVENT = {"_id": "1", "eventType": "commerce.purchases", "timestamp": "2024-03-02T11:22:33Z", "identityMap": {}}
ENTITY = {"entityId": "a", "mergePolicy": {"id": "b"}, "entity": {"identityMap": {}}}
STREAMED = {"header": {"schemaRef": {}}, "body": {"xdmMeta": {}, "xdmEntity": {"identityMap": {}}}}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"requestId": "1", "timestamp": 1, "records": [{"data": "e30="}]}, "Firehose"),
        ({"Records": [{"kinesis": {"data": "e30="}, "eventID": "1"}]}, "Kinesis"),
        (STREAMED, "streaming ingestion"),
        ({"messages": [STREAMED, STREAMED]}, "streaming ingestion"),
        ({"GkouGBUt": ENTITY, "HkouGBUt": ENTITY}, "profile API"),
        (ENTITY, "profile API"),
        (EVENT, "XDM event"),
        ([EVENT, EVENT], "XDM event"),
        ({"profiles": [EVENT]}, "XDM event"),
        ({"xdm": EVENT, "data": {}}, "Edge Network"),
        ({"event": {"xdm": EVENT}}, "Edge Network"),
        ({"events": [{"xdm": EVENT}]}, "Edge Network"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_known_envelope_is_named_in_the_refusal(body: Any, name: str) -> None:
    with pytest.raises(MalformedBody, match=name):
        read_body(json.dumps(body))


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"identityMap": {}, "records": [{"data": "x"}]},
        {"identityMap": {}, "entity": {}, "entityId": "a"},
        {"segmentMembership": {}, "eventType": "a", "timestamp": 1},
        {"attributes": {}, "eventType": "a", "timestamp": 1, "events": [{}]},
        {"identityMap": {}, "timestamp": 1},
        {"person": {"name": {"lastName": "x"}}},
        {"records": [], "events": [], "messages": [], "header": {}, "body": {}},
        "text",
        None,
        [EVENT],
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_what_is_no_known_envelope_has_no_name(profile: Any) -> None:
    assert envelope_name(profile) is None


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_no_payload_that_adobe_publishes_is_taken_for_an_envelope(path: Any) -> None:
    assert envelope_name(json.loads(path.read_text())) is None


def test_an_event_beside_profiles_does_not_refuse_them() -> None:
    assert read_body(json.dumps([{"identityMap": {}}, EVENT])) == [{"identityMap": {}}, EVENT]
