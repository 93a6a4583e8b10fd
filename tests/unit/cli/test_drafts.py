"""Drafts of destination files: they have no errors, whatever the samples are."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.given import RECEIVED_MS, payload
from tests.unit.mapping.test_transform_properties import JSON, PROFILES, TEXTS

from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import Action, CompiledMapping
from aep_moengage.moengage.records import attribute_name_fault
from aep_moengage_cli.files.drafts import FILL_IN, Heading, draft
from aep_moengage_cli.files.naming import Names
from aep_moengage_cli.files.proposals import propose_attributes, propose_identities
from aep_moengage_cli.files.survey import survey

FILLED_IN = Heading("acme", "Acme", "03", "ABCD1234")
IDS = st.sampled_from(["user-1", "14575006536349286404619648085736425115", "ada@example.com"])
NAMESPACES = st.sampled_from(["crmid", "CRMID", "Email", "ECID", "gaid", "Email_LC_SHA256", "acme_member", "a: [b]"])
IDENTITIES = st.dictionaries(NAMESPACES, st.lists(st.fixed_dictionaries({"id": IDS}), min_size=1, max_size=2))
AUDIENCES = st.dictionaries(
    st.sampled_from(["ups", "UPS", "Acme: x"]) | st.text(max_size=3),
    st.dictionaries(TEXTS, st.fixed_dictionaries({"status": st.just("realized")}, optional={"name": JSON}), max_size=3),
    max_size=3,
)
PAYLOADS = st.builds(
    lambda profile, identities, audiences, extra: (
        profile | extra | {"identityMap": identities, "segmentMembership": audiences}
    ),
    PROFILES,
    IDENTITIES,
    AUDIENCES,
    st.dictionaries(st.text(max_size=5) | TEXTS, JSON, max_size=4),
)


def drafted(*profiles: Any) -> Destination:
    return parse_destination(yaml.safe_load(draft(FILLED_IN, survey(profiles))))


@given(PAYLOADS)
@example({"\ud800": 1, "identityMap": {"\ud800": [{"id": "user-1"}]}, "segmentMembership": {"\ud800": {"a": {}}}})
@example(
    {"a": {"b: [c]": 1, "#": 2}, "segmentMembership": {"ups": {"a": {"name": "line\nbreak"}, "no": {"name": "no"}}}}
)
@settings(max_examples=150, deadline=None)
def test_draft_from_any_payload_rejects_nothing(profile: dict[str, Any]) -> None:
    text = draft(FILLED_IN, survey([profile]))
    assert text.encode()
    destination = parse_destination(json.dumps(yaml.safe_load(text)))
    assert CompiledMapping(destination).transform(profile, RECEIVED_MS).action is not Action.REJECT


@given(st.lists(JSON | PROFILES, max_size=3))
@settings(max_examples=100, deadline=None)
def test_draft_from_any_json_has_no_errors(profiles: list[Any]) -> None:
    drafted(*profiles)


def test_fill_in_is_an_error_until_replaced() -> None:
    with pytest.raises(DestinationFaults) as raised:
        parse_destination(yaml.safe_load(draft(Heading(), survey([payload("http_api_default")]))))

    assert [(fault.path, fault.value) for fault in raised.value.faults] == [
        ("region", f'"{FILL_IN}"'),
        ("username", f'"{FILL_IN}"'),
    ]


def test_adobes_payload_is_drafted_readably() -> None:
    destination = drafted(payload("http_api_default"), payload("http_api_segment_names"))

    assert destination.identities.user_id == ()
    assert [source.namespace for source in destination.identities.anonymous_id] == ["ecid", "email_lc_sha256"]
    assert isinstance(destination.attributes, dict)
    assert {name: options.source for name, options in destination.attributes.items()} == {
        "birthday": "person.birthDate",
        "first_name": "person.name.firstName",
        "last_name": "person.name.lastName",
        "email": "personalEmail.address",
    }
    named = [(audience.id, audience.name) for audience in destination.audiences if not isinstance(audience, str)]
    assert ("5b998cb9-9488-4ec3-8d95-fa8338ced490", "First name equals John") in named


def test_draft_holds_no_value_of_a_profile() -> None:
    canary = "canary-7f3a"
    profile = {
        "identityMap": {"crmid": [{"id": canary}], "Email": [{"id": canary}]},
        "person": {"name": canary, "tags": [canary], "cart": [{"sku": canary}]},
        "consents": {"collect": {"val": canary}},
    }
    assert canary not in draft(FILLED_IN, survey([profile]))


@pytest.mark.parametrize(
    ("namespaces", "user_id", "anonymous_id", "others"),
    [
        (["ECID", "Email", "crmid"], ("crmid",), ("ECID",), ("Email",)),
        (["Email", "Phone"], ("Email",), (), ("Phone",)),
        (["gaid", "idfa", "ECID", "aaid"], (), ("ECID", "gaid", "idfa", "aaid"), ()),
        (["acme_member"], ("acme_member",), (), ()),
        (["acme_member", "ECID"], ("acme_member",), ("ECID",), ()),
        (["amazon_channel", "ECID"], (), ("ECID",), ("amazon_channel",)),
        (["amazon_channel", "named_user_id"], ("named_user_id",), (), ("amazon_channel",)),
        (["Email", "memberId"], ("memberId",), (), ("Email",)),
        (["ecid", "ECID"], (), ("ecid",), ()),
        ([], (), (), ()),
    ],
)
def test_namespaces_of_persons_and_devices_are_proposed(
    namespaces: list[str], user_id: tuple[str, ...], anonymous_id: tuple[str, ...], others: tuple[str, ...]
) -> None:
    sample = survey([{"identityMap": {namespace: [{"id": "some-id"}] for namespace in namespaces}}])
    proposed = propose_identities(sample)
    assert (proposed.user_id, proposed.anonymous_id, proposed.others) == (user_id, anonymous_id, others)


def test_namespace_of_forbidden_ids_is_not_proposed() -> None:
    sample = survey([{"identityMap": {"crmid": [{"id": "guest"}], "Email": [{"id": "ada@example.com"}]}}])
    proposed = propose_identities(sample)
    assert (proposed.user_id, proposed.unusable) == (("Email",), ("crmid",))
    assert "Not proposed, because MoEngage accepts none of their ids: crmid" in draft(FILLED_IN, sample)


@pytest.mark.parametrize(
    ("values", "kinds", "declared"),
    [
        (["gold"], ("text",), None),
        ([7, 7.5], ("number",), None),
        ([True], ("boolean",), None),
        (["1990-05-17", "2024-03-02T11:22:33Z"], ("date", "date-time"), "datetime"),
        (["YYYY-MM-DD"], ("text",), None),
        ([["a", None], []], ("array",), None),
        ([[]], (), None),
        ([["a"], "a"], ("array", "text"), "array"),
        (["7", 7], ("number", "text"), "string"),
        ([True, "yes"], ("boolean", "text"), "string"),
    ],
)
def test_type_is_declared_if_needed(values: list[Any], kinds: tuple[str, ...], declared: str | None) -> None:
    (proposed,) = propose_attributes(survey([{"a": value} for value in values]))
    assert (proposed.kinds, proposed.type, proposed.remark) == (kinds, declared, "")


@pytest.mark.parametrize("value", [[{"sku": 1}], ["a", 1], [["a"]]])
def test_value_that_moengage_may_refuse_is_proposed_as_a_comment(value: Any) -> None:
    text = draft(FILLED_IN, survey([{"cart": value, "plan": "gold"}]))
    destination = parse_destination(yaml.safe_load(text))
    assert isinstance(destination.attributes, dict)
    assert list(destination.attributes) == ["plan"]
    assert "# cart: " in text


def test_names_are_unique_and_accepted_by_moengage() -> None:
    names = Names("AEP Segment")
    paths = [
        ("person", "name", "firstName"),
        ("billing", "firstName"),
        ("a", "id"),
        ("moe", "x"),
        ("moe_x",),
        ("source",),
        ("",),
        ("x" * 300,),
        ("x" * 300, "x" * 300),
        ("größe",),
        ("homeAddress", "postalCode"),
    ]
    given = [names.give(path) for path in paths] + [names.give(("source",))]
    assert given[:4] == ["first_name", "billing_first_name", "a_id", "x"]
    assert given[-3:] == ["größe", "postal_code", "aep_source_2"]
    assert len(set(given)) == len(given)
    assert not any(map(attribute_name_fault, given))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("homeAddress", "city"), "home_city"),
        (("homeAddress", "state"), "home_state"),
        (("country",), "aep_country"),
        (("geo",), "aep_geo"),
    ],
)
def test_name_that_moengage_never_updates_is_not_proposed(path: tuple[str, ...], name: str) -> None:
    assert Names().give(path) == name


@pytest.mark.parametrize("mark", [{"primary": True}, {"primary": "true"}, {"authenticatedState": "authenticated"}])
def test_unknown_namespace_that_aep_marks_identifies_the_user(mark: dict[str, Any]) -> None:
    identities = {"ECID": [{"id": "38382681"}], "loginName": [{"id": "ada-1", **mark}], "Email": [{"id": "ada@x.com"}]}
    proposed = propose_identities(survey([{"identityMap": identities}]))
    assert (proposed.user_id, proposed.anonymous_id, proposed.others) == (("loginName",), ("ECID",), ("Email",))


def test_addresses_that_are_only_identities_are_proposed() -> None:
    sample = survey([{"identityMap": {"Email": [{"id": "ada@x.com"}], "Phone_E164": [{"id": "+4917012345"}]}}])
    destination = parse_destination(yaml.safe_load(draft(FILLED_IN, sample)))
    assert isinstance(destination.attributes, dict)
    found = {name: options.identity for name, options in destination.attributes.items()}
    assert found == {"email": "Email", "mobile": "Phone_E164"}


def test_address_of_the_profile_is_preferred_to_that_of_an_identity() -> None:
    profile = {"identityMap": {"Email": [{"id": "ada@x.com"}]}, "personalEmail": {"address": "ada@x.com"}}
    (proposed,) = propose_attributes(survey([profile]))
    assert (proposed.name, proposed.source, proposed.identity) == ("email", "personalEmail.address", "")


def test_map_keyed_by_ids_is_one_comment() -> None:
    profiles = [{"views": {f"sku-{number}-{place}": {"count": 1} for place in range(3)}} for number in range(2)]
    text = draft(FILLED_IN, survey(profiles))
    assert text.count("views") == 2  # a name and its source
    assert "# views: {source: views, type: object}" in text


def test_sample_events_become_entries_and_tell_who_people_are() -> None:
    event = {"eventType": "commerce.purchases", "identityMap": {"crmid": [{"id": "ada"}]}, "secret": "canary"}
    nothing = {"eventType": "\ud800"}
    text = draft(FILLED_IN, survey([]), [event, {"xdm": event}, nothing, 7])

    document = parse_destination(yaml.safe_load(text))
    assert [rule.type for rule in document.events] == ["commerce.purchases"]  # type: ignore[union-attr] # a list
    assert [source.namespace for source in document.identities.user_id] == ["crmid"]
    assert "in 2 of 3 events; sent as commerce_purchases" in text
    assert "canary" not in text


def test_sample_events_without_any_type_leave_the_choice_open() -> None:
    text = draft(FILLED_IN, survey([]), [{"identityMap": {"crmid": [{"id": "ada"}]}}])

    assert parse_destination(yaml.safe_load(text)).events == ()
