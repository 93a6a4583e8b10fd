"""What holds of the mapping of events for any JSON whatsoever."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.moengage_openapi import errors
from tests.unit.given import RECEIVED_MS, destination
from tests.unit.mapping.test_transform_properties import ENTRIES, JSON, KEYS, MAPPED, SCALARS, TEXTS, shuffled

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.aep.events import read_events
from aep_moengage.mapping.events import CompiledEvents, EventDecision
from aep_moengage.mapping.mapping import Action
from aep_moengage.moengage.event_records import pack_actions
from aep_moengage.outcomes import MappingWarning
from aep_moengage_dev.simulator.contract import check_record
from aep_moengage_dev.simulator.violations import of_record

PLAIN = {name: options for name, options in MAPPED.items() if not name.startswith("moe_")}
RULES: list[Any] = [
    "all",
    [{"attributes": "all"}],
    ["commerce.purchases", {"action": "Each", "for_each": "productListItems"}, {"attributes": PLAIN}],
    [{"action": {"source": "a"}, "for_each": "b", "attributes": {"x": "item", "y": "item.a", "z": "a"}}],
    [{"time": "a", "once_by": "b", "identities": {"user_id": [{"attribute": "a"}, "crmid"]}, "only": "a || b"}],
]
COMPILED = [CompiledEvents(destination(events=rules)) for rules in RULES] + [
    CompiledEvents(destination(events="all", consent=["consents"], anonymous_profiles="skip")),
    CompiledEvents(destination(events=RULES[2], hold_anonymous="30m")),
]
ITEMS = st.lists(st.fixed_dictionaries({}, optional={"SKU": SCALARS, "name": SCALARS, "quantity": SCALARS}), max_size=4)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "eventType": st.sampled_from(["commerce.purchases", "moe_x", "id", "\ud800", "a\x00b", "x" * 300]) | JSON,
        "_id": SCALARS,
        "timestamp": SCALARS,
        "identityMap": st.dictionaries(st.sampled_from(["crmid", "ECID"]), ENTRIES) | JSON,
        "productListItems": ITEMS | JSON,
        "commerce": st.fixed_dictionaries(
            {"order": st.dictionaries(st.sampled_from(["purchaseID", "taxAmount"]), JSON)}
        ),
        "placeContext": st.fixed_dictionaries({}, optional={"localTime": SCALARS, "ianaTimezone": TEXTS}) | JSON,
        "timeZone": TEXTS | JSON,
        "environment": st.fixed_dictionaries({}, optional={"operatingSystem": SCALARS, "type": SCALARS}) | JSON,
        "application": st.fixed_dictionaries({}, optional={"version": TEXTS | JSON}) | JSON,
        "web": JSON,
        "a": JSON,
        "b": JSON,
    },
)
IDENTIFIED = FIELDS.map(lambda event: {"identityMap": {"crmid": [{"id": "ada"}]}, "eventType": "x"} | event)
EVENTS = (
    FIELDS
    | IDENTIFIED
    | st.one_of(
        FIELDS.map(lambda event: {"xdm": event, "data": {"a": 1}}),
        FIELDS.map(lambda event: {"event": {"xdm": event}}),
        FIELDS.map(lambda event: {"body": {"xdmEntity": event}}),
    )
    | st.dictionaries(KEYS, JSON, max_size=4)
)


def check(decision: EventDecision) -> None:
    sent = decision.action in {Action.DELIVER, Action.HOLD}
    assert (decision.reason is None) is sent is bool(decision.occurrences)
    assert any(each.held for each in decision.occurrences) is (decision.action is Action.HOLD)
    assert all(isinstance(warning, MappingWarning) for warning in decision.warnings)
    assert len({(each.customer_id, each.identity) for each in decision.occurrences}) == len(decision.occurrences)


@given(st.sampled_from(COMPILED), EVENTS | JSON)
@settings(max_examples=300, deadline=None)
def test_moengage_takes_each_event_as_it_is(compiled: CompiledEvents, raw: Any) -> None:
    """As MoEngage's OpenAPI has it, and the simulator, which shares no code with the mapping."""
    decision = compiled.transform(raw, RECEIVED_MS)
    check(decision)
    for occurrence in decision.occurrences:
        for body, count in pack_actions(occurrence.customer_id, occurrence.actions, update_existing_only=True):
            record = json.loads(body.decode("utf-8"), parse_constant=pytest.fail)
            assert len(record["actions"]) == count
            assert errors(record) == []
            assert check_record(record, frozenset({"event"})) == "event"
            spoilt = {violation.rule for violation in of_record("event", record)}
            assert spoilt <= {"date_stored_as_string"}, "a text that only looks like a date stays a text"


@given(st.sampled_from(COMPILED), EVENTS)
@settings(max_examples=200, deadline=None)
def test_the_same_event_is_the_same_in_whatever_order_it_is_written(compiled: CompiledEvents, raw: Any) -> None:
    first, again, other = (compiled.transform(each, RECEIVED_MS) for each in (raw, raw, shuffled(raw)))
    assert repr(first) == repr(again)
    assert first[:2] == other[:2]
    assert [each[:3] for each in first.occurrences] == [each[:3] for each in other.occurrences]


@given(st.binary(max_size=60) | st.text(max_size=60) | JSON.map(json.dumps))
def test_any_body_is_read_or_refused(body: str | bytes) -> None:
    try:
        events = read_events(body)
    except MalformedBody:
        return
    assert isinstance(events, list)
