"""What holds of the transform for any JSON whatsoever."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.moengage_openapi import errors
from tests.unit.given import RECEIVED_MS, destination

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.delivery.preview import records_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.document.destination import ValueType
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.records import (
    ADD_TO_ARRAY,
    BLOCKED_NAMES,
    BULK_BODY_BYTES,
    CUSTOMER_BODY_BYTES,
    REMOVE_FROM_ARRAY,
    RESERVED_NAMES,
)
from aep_moengage.moengage.standard_attributes import READ_ONLY_NAMES, STANDARD_TYPES
from aep_moengage.outcomes import MappingWarning
from aep_moengage_dev.simulator.contract import check_record
from aep_moengage_dev.simulator.violations import of_record

KEYS = st.sampled_from(
    [
        "a",
        "b",
        "id",
        "_id",
        "a.b",
        "moe_x",
        "status",
        "value",
        "name",
        "source",
        "person",
        "attributes",
        "consents",
        "identityMap",
        "segmentMembership",
        "crmid",
        "ECID",
        "ecid",
        "ups",
        "primary",
        "lastQualificationTime",
        *("email", "birthday", "u_bd", "cr_t", "geo", "moe_spam", "moe_email_optin_status"),
    ]
)
TEXTS = st.sampled_from(
    [
        *(
            "y",
            "exited",
            "realized",
            "EXITED",
            "Europe/Berlin",
            "guest",
            "user-1",
            "",
            " ",
            "\ud800",
            "9" * 30,
            "1e999",
        ),
        *("\x1f" * 600, "x" * 600, "https://x/" + "y" * 600),
        *("2024-03-02T11:22:33.5+0530", "YYYY-MM-DD", "0001-01-01T00:00:00+23:00"),
        *("2024-03-02t24:00:00z", "19900517", "20240302112233", "63072000000", "opted out"),
        *("x" * 511 + "\U0001f469\u200d\U0001f467", "//x/" + "y" * 600),
    ]
) | st.text(max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from([10**400, -(2**63)]) | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(st.just("x"), min_size=51, max_size=52)
        | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)
ENTRIES = st.lists(st.fixed_dictionaries({}, optional={"id": SCALARS, "primary": SCALARS}), max_size=3) | JSON
AUDIENCES = st.dictionaries(
    st.text(max_size=3),
    st.fixed_dictionaries(
        {}, optional={"status": TEXTS, "lastQualificationTime": SCALARS, "validUntil": SCALARS, "name": SCALARS}
    )
    | JSON,
    max_size=60,
)
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        "identityMap": st.dictionaries(st.sampled_from(["crmid", "CrmId", "ECID"]), ENTRIES) | JSON,
        "segmentMembership": st.dictionaries(st.sampled_from(["ups", "UPS", "AAM"]), AUDIENCES) | JSON,
        "attributes": st.dictionaries(KEYS, st.fixed_dictionaries({"value": JSON}) | JSON) | JSON,
        "person": JSON,
        "a": JSON,
        "b": JSON,
    },
)
TYPES = list(ValueType)
MAPPED = {
    "plain": "a",
    "nested": "a.b",
    "searched": "a[0] || b",
    "summed": "sum(a)",
    "hashed": {"source": "b", "transform": ["trim", "lowercase", "sha256"]},
    "default": {"source": "absent", "default": "x"},
    "kept": {"source": "a", "keep_blank": True},
    "identity": {"identity": "Email"},
    "in_seconds": {"source": "a", "type": "datetime", "unit": "epoch_s"},
    **{f"as_{kind}": {"source": "a", "type": kind} for kind in TYPES},
    **dict.fromkeys(STANDARD_TYPES, "a"),
    "moe_unsubscribe": {"source": "a", "type": "string"},
}


def recipient(**changes: Any) -> ActiveDestination:
    return ActiveDestination(destination(**changes), 1, "https://moengage.invalid", "key", ())


RECIPIENTS = [
    recipient(attributes=MAPPED, audience_events=True),
    recipient(attributes="all", update_existing_only=True),
    recipient(attributes=MAPPED, consent=["consents"], anonymous_profiles="skip"),
    recipient(attributes=MAPPED, audiences=[{"id": "a", "name": "A"}, {"id": "b"}], existing_audiences="keep"),
    recipient(identities={"user_id": [{"attribute": "a"}, {"attribute": "a[0].b"}]}, attributes="all"),
]


def decided(to: ActiveDestination, raw: Any) -> Decision:
    return to.mapping.transform(raw, RECEIVED_MS)


def records(to: ActiveDestination, raw: Any) -> list[bytes]:
    """What MoEngage is sent of a profile, the first of its user."""
    update = update_of(raw, received_ms=RECEIVED_MS, index=0, request="r1")
    return [due.record.body for due in records_of(to, update, decided(to, raw)) if not due.too_large]


def leaves(value: Any) -> Iterator[Any]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if parts is None:
        yield value
    else:
        for part in parts:
            yield from leaves(part)


def check_attributes(attributes: dict[str, Any]) -> None:
    assert len(attributes) <= 256
    for name, value in attributes.items():
        if name in {ADD_TO_ARRAY, REMOVE_FROM_ARRAY}:
            assert not value.keys() & attributes.keys()
        else:
            assert name not in BLOCKED_NAMES | RESERVED_NAMES | READ_ONLY_NAMES
            assert len(name) <= 200
            assert "." not in name
        if isinstance(value, list):
            assert len(value) <= (100 if value and isinstance(value[0], dict) else 50)
            assert len({type(element) in {int, float} or type(element) for element in value}) <= 1
    for leaf in leaves(attributes):
        assert leaf is not None
        assert not isinstance(leaf, str) or len(leaf) <= 512
        assert not isinstance(leaf, int) or abs(leaf) < 2**63
        assert not isinstance(leaf, float) or leaf - leaf == 0


def check(decision: Decision) -> None:
    assert all(isinstance(warning, MappingWarning) for warning in decision.warnings)
    assert (decision.reason is None) is (decision.action is Action.DELIVER) is (decision.attributes is not None)
    assert decision.anonymous_id is None or decision.anonymous_id != decision.customer_id
    for statement in decision.statements:
        assert statement.since <= RECEIVED_MS
        assert statement.name is None or 0 < len(statement.name) <= 512
        assert statement.name is None or statement.name == statement.name.strip()
    if decision.attributes is not None:
        assert len(decision.customer_id or "") > 1
        check_attributes(json.loads(decision.attributes, parse_constant=pytest.fail))


@given(st.sampled_from(RECIPIENTS), PROFILES | JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_gets_a_decision_that_moengage_can_take(to: ActiveDestination, raw: Any) -> None:
    decision = decided(to, raw)
    check(decision)
    for body in records(to, raw):
        assert len(body) <= CUSTOMER_BODY_BYTES
        record = json.loads(body.decode("utf-8"), parse_constant=pytest.fail)
        assert record["customer_id"] == decision.customer_id
        if record["type"] == "customer":
            check_attributes(record["attributes"])
        else:
            assert len(body) < BULK_BODY_BYTES


@given(st.sampled_from(RECIPIENTS), PROFILES)
@settings(max_examples=200, deadline=None)
def test_moengage_takes_each_record_as_it_is(to: ActiveDestination, raw: Any) -> None:
    """As MoEngage's OpenAPI has it, and the simulator, which shares no code with the transform."""
    for record in map(json.loads, records(to, raw)):
        assert errors(record) == []
        assert check_record(record, frozenset({record["type"]})) == record["type"]
        spoilt = {violation.rule for violation in of_record(record["type"], record)}
        assert spoilt <= {"date_stored_as_string"}, "a text that only looks like a date stays a text"


def shuffled(value: Any) -> Any:
    """The same JSON with every object's members the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(part) for part in value] if isinstance(value, list) else value


@given(st.sampled_from(RECIPIENTS), PROFILES)
@settings(max_examples=200, deadline=None)
def test_the_same_profile_gives_the_same_bytes_in_whatever_order_it_is_written(to: ActiveDestination, raw: Any) -> None:
    first, again, other = decided(to, raw), decided(to, raw), decided(to, shuffled(raw))
    assert repr(first) == repr(again)
    assert first[:5] == other[:5]
    assert sorted(map(repr, first.statements)) == sorted(map(repr, other.statements))


@given(st.binary(max_size=60) | st.text(max_size=60) | JSON.map(json.dumps))
def test_any_body_is_read_or_refused(body: str | bytes) -> None:
    try:
        profiles = read_body(body)
    except MalformedBody:
        return
    assert isinstance(profiles, list)
