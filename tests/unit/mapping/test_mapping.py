"""The decision about a profile."""

from typing import Any

import pytest
from tests.unit.given import PAYLOADS, RECEIVED_MS, attributes_of, decide, destination, payload, profile, sent

from aep_moengage.mapping.mapping import Action, CompiledMapping
from aep_moengage.moengage.user_records import customer_record
from aep_moengage.outcomes import RejectReason, SkipReason

IDENTITIES = {"user_id": ["crmid", "Email"], "anonymous_id": ["ECID", "mobileIds"]}
MAPPED = {
    "Last_Name": "person.name.lastName",
    "last_name": "lastName",
    "birthday": {"source": "person.birthDate", "type": "datetime"},
    "email": {"source": "personalEmail.address || person.email", "transform": ["trim", "lowercase"]},
    "tier": {"source": "_tenant.loyaltyTier", "default": "none"},
}
GOLDEN: dict[str, tuple[str, str | None, dict[str, Any] | None, list[tuple[str, str]]]] = {
    "http_api_default": (
        "14575006536349286404619648085736425115",
        None,
        {
            "Last_Name": "Doe",
            "email": "john.doe@acme.com",
            "tier": "none",
            "AEP Segment": ["5114d758-ce71-43ba-b53e-e2a91d67b67f", "947c1c46-008d-40b0-92ec-3af86eaf41c1", "Gold"],
        },
        [("invalid_datetime", "birthday")],
    ),
    "kinesis_legacy_existing": (
        "14575006536349286404619648085736425115",
        None,
        {"email": "yourstruly@adobe.con", "tier": "none", "AEP Segment": ["Gold"]},
        [],
    ),
    "sdk_freeform_attributes": (
        "e86fb215-0921-4537-bc77-969ff775752c",
        None,
        {"last_name": "lastName", "tier": "none", "AEP Segment": ["11111111-1111-1111-1111-111111111111"]},
        [],
    ),
    "sdk_predefined_attributes": (
        "e86fb215-0921-4537-bc77-969ff775752c",
        None,
        {"last_name": "lastName", "tier": "none", "AEP Segment": ["11111111-1111-1111-1111-111111111111"]},
        [],
    ),
    "experience_event_commerce": ("", "no_identity", None, []),
    "http_api_segment_names": ("", "no_identity", None, []),
    "http_api_segment_timestamps": ("", "no_identity", None, []),
}
AUDIENCES = [
    {"id": "59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae", "name": "Gold"},
    {"id": "7841ba61-23c1-4bb3-a495-00d3g5fe1e93"},
    {"id": "947c1c46-008d-40b0-92ec-3af86eaf41c1"},
    {"id": "5114d758-ce71-43ba-b53e-e2a91d67b67f"},
    {"id": "11111111-1111-1111-1111-111111111111"},
]


def test_every_payload_has_its_golden_decision() -> None:
    assert GOLDEN.keys() == {path.stem for path in PAYLOADS.glob("*.json")}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_decisions(name: str) -> None:
    customer_id, reason, attributes, warned = GOLDEN[name]
    settings: dict[str, Any] = {"identities": IDENTITIES, "audiences": AUDIENCES, "attributes": MAPPED}
    decision = decide(payload(name), **settings)
    records = sent(payload(name), **settings)

    assert (decision.reason, [(w.code, w.field) for w in decision.warnings]) == (reason, warned)
    if attributes is None:
        assert (decision.action, decision.attributes, records) == (Action.SKIP, None, [])
    else:
        assert records == [{"type": "customer", "customer_id": customer_id, "attributes": attributes}]
        assert (decision.action, decision.customer_id, decision.anonymous_id) == ("deliver", customer_id, None)


@pytest.mark.parametrize("thing", [None, 7, 1.5, "text", True, [], [{}]])
def test_what_is_no_object_is_rejected(thing: Any) -> None:
    decision = decide(thing)
    assert (decision.action, decision.reason) == (Action.REJECT, RejectReason.NOT_A_PROFILE)


@pytest.mark.parametrize(
    ("identities", "customer_id", "anonymous_id"),
    [
        ({"crmid": [{"id": "user-1"}]}, "user-1", None),
        ({"CRMID": [{"id": "user-1"}], "ecid": [{"id": "anon-1"}]}, "user-1", "anon-1"),
        ({"email": [{"id": "e@x"}], "crmid": []}, "e@x", None),
        ({"email": [{"id": "e@x"}], "crmid": [{"id": "user-1"}]}, "user-1", None),
        ({"ECID": [{"id": "anon-1"}]}, "anon-1", None),
        ({"mobileids": [{"id": "anon-2"}]}, "anon-2", None),
        ({"crmid": [{"id": "same"}], "ECID": [{"id": "same"}]}, "same", None),
        ({"crmid": [{"id": "user-1"}], "ECID": [{"id": "null"}]}, "user-1", None),
        ({"crmid": [{"id": 12345}]}, "12345", None),
    ],
)
def test_the_customer_id_is_the_user_id_else_the_anonymous_id(
    identities: Any, customer_id: str, anonymous_id: str | None
) -> None:
    decision = decide({"identityMap": identities}, identities=IDENTITIES)
    assert (decision.action, decision.customer_id, decision.anonymous_id) == ("deliver", customer_id, anonymous_id)
    assert attributes_of(decision) == {}


@pytest.mark.parametrize("identities", [None, {}, [], {"crmid": [{"id": " "}]}, {"other": [{"id": "x"}]}])
def test_a_profile_without_an_identity_is_skipped(identities: Any) -> None:
    decision = decide({"identityMap": identities, "segmentMembership": {"ups": {"gold": {}}}})
    assert (decision.action, decision.reason) == ("skip", SkipReason.NO_IDENTITY)
    assert (decision.attributes, decision.statements) == (None, ())


@pytest.mark.parametrize(
    ("fields", "customer_id"),
    [
        ({"_tenant": {"crm": "user-9"}}, "user-9"),
        ({"_tenant": {"crm": 12345}}, "12345"),
        ({"_tenant": {"crm": {"no": "id"}}, "identityMap": {"crmid": [{"id": "user-1"}]}}, "user-1"),
        ({"attributes": {"_tenant.crm": {"value": "user-9"}}}, "user-9"),
    ],
)
def test_an_identity_may_be_an_attribute(fields: Any, customer_id: str) -> None:
    identities = {"user_id": [{"attribute": "_tenant.crm"}, "crmid"]}
    assert decide(fields, identities=identities).customer_id == customer_id


def test_anonymous_profiles_can_be_skipped() -> None:
    anonymous = {"identityMap": {"ECID": [{"id": "anon-1"}]}}
    assert decide(anonymous, anonymous_profiles="skip").reason is SkipReason.ANONYMOUS
    named = decide(profile() | {"identityMap": {"ECID": [{"id": "anon-1"}], "crmid": [{"id": "user-1"}]}})
    assert (named.action, named.anonymous_id) == (Action.DELIVER, "anon-1")


@pytest.mark.parametrize(
    "customer_id",
    ["a\nb", "x" * 1025, 0.5, 1e300, 2.0**53],
)
def test_an_invalid_customer_id_is_rejected_rather_than_replaced(customer_id: Any) -> None:
    decision = decide({"identityMap": {"crmid": [{"id": customer_id}], "ECID": [{"id": "anon-1"}]}})
    assert (decision.action, decision.reason) == (Action.REJECT, RejectReason.INVALID_CUSTOMER_ID)
    assert decision.attributes is None


@pytest.mark.parametrize("anonymous_id", ["null", "a\nb", 0.5])
def test_an_unusable_anonymous_id_is_never_merged(anonymous_id: Any) -> None:
    decision = decide({"identityMap": {"crmid": [{"id": "user-1"}], "ECID": [{"id": anonymous_id}]}})
    assert (decision.action, decision.customer_id, decision.anonymous_id) == (Action.DELIVER, "user-1", None)


@pytest.mark.parametrize(
    ("rules", "consents", "agrees"),
    [
        (["consents.marketing.email"], {"marketing": {"email": {"val": "y"}}}, True),
        (["consents.marketing.email.val"], {"marketing": {"email": {"val": "y"}}}, True),
        (["consents.marketing.email"], {"marketing": {"email": {"val": "n"}}}, False),
        (["consents.marketing.email"], {"marketing": {"email": {"val": "Y"}}}, False),
        (["consents.marketing.email"], {"marketing": {"email": {}}}, False),
        (["consents.marketing.email"], {"marketing": {"email": {"val": True}}}, False),
        (["consents.marketing.email"], {}, False),
        (["consents.marketing.email"], None, False),
        ([{"path": "consents.collect", "values": ["y", "p"]}], {"collect": {"val": "p"}}, True),
        ([{"path": "consents.collect", "values": ["y", "p"]}], {"collect": {"val": "u"}}, False),
        (["consents.collect", "consents.share"], {"collect": {"val": "y"}, "share": {"val": "y"}}, True),
        (["consents.collect", "consents.share"], {"collect": {"val": "y"}}, False),
        ([], {"collect": {"val": "n"}}, True),
    ],
)
def test_only_profiles_that_consent_to_everything_asked_are_delivered(rules: Any, consents: Any, agrees: bool) -> None:
    decision = decide(profile(consents=consents), consent=rules)
    expected = (Action.DELIVER, None) if agrees else (Action.SKIP, SkipReason.CONSENT)
    assert (decision.action, decision.reason) == expected


def test_consent_comes_before_the_rejection_of_an_id() -> None:
    decision = decide({"identityMap": {"crmid": [{"id": "a\nb"}]}}, consent=["consents.collect"])
    assert decision.reason is SkipReason.CONSENT


def test_consent_comes_before_anonymous_profiles_are_skipped() -> None:
    anonymous = {"identityMap": {"ECID": [{"id": "anon-1"}]}, "segmentMembership": {"ups": {"gold": {}}}}
    decision = decide(anonymous, consent=["consents.collect"], anonymous_profiles="skip")
    assert (decision.reason, decision.customer_id) == (SkipReason.CONSENT, "anon-1")
    assert [each.key for each in decision.statements] == [("ups", "gold")]


def test_a_profile_without_consent_has_its_identities_and_audiences_but_no_attributes() -> None:
    audiences = {"ups": {"gold": {"status": "realized"}, "silver": {"status": "exited"}}}
    identities = {"crmid": [{"id": "ada"}], "ECID": [{"id": "anon"}]}
    decision = decide(
        {"identityMap": identities, "segmentMembership": audiences, "points": 1},
        consent=["consents.marketing.email"],
        attributes={"points": "points"},
    )

    assert (decision.action, decision.reason, decision.attributes) == (Action.SKIP, SkipReason.CONSENT, None)
    assert (decision.customer_id, decision.anonymous_id) == ("ada", "anon")
    assert {each.key[1]: each.inside for each in decision.statements} == {"gold": True, "silver": False}


def test_a_time_without_its_own_is_when_the_profile_was_received() -> None:
    mapping = CompiledMapping(destination())
    raw = profile(segmentMembership={"ups": {"gold": {}}})
    assert [mapping.transform(raw, moment).statements[0].since for moment in (1000, 2000)] == [1000, 2000]


@pytest.mark.parametrize(
    ("value", "zone"),
    [("Asia/Kolkata", "Asia/Kolkata"), (None, None), (7, None), (["Asia/Kolkata"], None)],
)
def test_the_time_zone_is_that_of_the_preference_details(value: Any, zone: str | None) -> None:
    assert decide(profile(timeZone=value)).time_zone == zone
    assert decide(profile(attributes={"timeZone": {"value": value}})).time_zone == zone


def test_update_existing_only_goes_into_the_record() -> None:
    (record,) = sent(profile(points=1), attributes={"points": "points"}, update_existing_only=True)
    assert record["update_existing_only"] is True
    (record,) = sent(profile(points=1), attributes={"points": "points"})
    assert "update_existing_only" not in record


def test_one_mapping_serves_both_shapes() -> None:
    mapping = CompiledMapping(destination(attributes={"First": "person.name.firstName"}))
    shapes = [
        profile(person={"name": {"firstName": "Ada"}}),
        profile(attributes={"person.name.firstName": {"value": "Ada"}}),
        profile(attributes={"person": {"name": {"firstName": "Ada"}}}),
    ]
    assert [attributes_of(mapping.transform(shape, RECEIVED_MS)) for shape in shapes] == [{"First": "Ada"}] * 3


def large(elements: int) -> dict[str, Any]:
    return {f"a{n}": ["x" * 500] * 50 for n in range(elements)}


@pytest.mark.parametrize(("arrays", "action"), [(5, Action.DELIVER), (6, Action.REJECT)])
def test_a_record_beyond_moengages_limit_is_rejected(arrays: int, action: Action) -> None:
    raw = profile(**large(arrays), segmentMembership={"ups": {"gold": {}}})
    decision = decide(raw, attributes={name: name for name in large(arrays)})
    assert decision.action is action
    assert [each.key for each in decision.statements] == [("ups", "gold")]
    if action is Action.REJECT:
        assert (decision.reason, decision.attributes) == (RejectReason.RECORD_TOO_LARGE, None)
    else:
        assert 120_000 < len(customer_record("user-1", decision.attributes or b"", {})) <= 128_000


def test_the_profile_itself_stays_as_it_was() -> None:
    for name in GOLDEN:
        raw = payload(name)
        decide(raw, identities=IDENTITIES, attributes="all")
        assert raw == payload(name)
