"""Consent: each value that XDM knows is decided on, nothing else is consent, and XDM's precedence holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.given import codes, decide, destination, identities, profile

from aep_moengage.document.consent import BY_DEFAULT, ConsentValue, compile_consent
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.identities import compile_delivered
from aep_moengage.mapping.mapping import Action
from aep_moengage.outcomes import SkipReason

XDM = ["y", "n", "p", "u", "dy", "dn", "LI", "CT", "CP", "VI", "PI"]
EMAIL = "consents.marketing.email"
OPT_IN_EMAIL = 'optInOut."https://ns.adobe.com/xdm/channels/email"'


def consenting(value: Any) -> dict[str, Any]:
    return profile(consents={"marketing": {"email": {"val": value}}})


def marketing(**channels: str) -> dict[str, Any]:
    return {"marketing": {channel: {"val": value} for channel, value in channels.items()}}


def consents(found: Any, *, path: str = EMAIL, values: Any = None, ids: Any = None, user_id: Any = "crmid") -> bool:
    """Whether a profile with these consents, and these ids beside its crmid, may be sent."""
    identity_map = {"crmid": [{"id": "user-1"}], **{name: [{"id": each}] for name, each in (ids or {}).items()}}
    delivered = compile_delivered(identities(user_id=user_id))
    return compile_consent(path, values, delivered)({"identityMap": identity_map, "consents": found})


def test_the_values_are_those_of_xdm_each_with_a_reason() -> None:
    assert list(ConsentValue) == XDM
    assert all(value.meaning and value.why for value in ConsentValue)
    assert BY_DEFAULT == ("y",)


@pytest.mark.parametrize("value", XDM)
def test_a_value_counts_if_it_is_the_default_or_listed(value: str) -> None:
    by_default = decide(consenting(value), consent=[EMAIL])
    listed = decide(consenting(value), consent=[{"path": EMAIL, "values": [value]}])

    assert by_default.action == (Action.DELIVER if value == "y" else Action.SKIP)
    assert listed.action == Action.DELIVER


@given(st.text(max_size=3) | st.none() | st.booleans() | st.integers() | st.lists(st.just("y")))
def test_what_is_not_spelled_as_in_xdm_is_no_consent(value: Any) -> None:
    agrees = compile_consent("consent", ConsentValue)

    assert agrees({"consent": {"val": value}}) == agrees({"consent": value}) == (value in XDM)
    assert compile_consent(EMAIL, ConsentValue)(consenting(value)) == (value in XDM)


@pytest.mark.parametrize(
    ("found", "agrees"),
    [
        (marketing(any="n", email="y"), False),
        (marketing(any="N ", email="y"), False),
        ({"marketing": {"any": {"val": False}, "email": {"val": "y"}}}, False),
        (marketing(any="y", email="n"), False),
        (marketing(any="y", email="p"), False),
        (marketing(any="y"), True),
        (marketing(any="y", email="y"), True),
        (marketing(any="u", email="y"), True),
        (marketing(any="dn", email="y"), True),
        (marketing(any="u"), False),
        (marketing(email="y"), True),
        (marketing(sms="y"), False),
        ({"marketing": {"any": {"val": "y"}, "email": {}}}, True),
        ({"marketing": {"any": {"val": "y"}, "email": {"val": True}}}, False),
        ({"marketing": {}}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
@pytest.mark.parametrize("path", [EMAIL, f"{EMAIL}.val"])
def test_a_refusal_of_all_marketing_overrules_a_channel_and_consent_to_it_stands_in(
    found: Any, agrees: bool, path: str
) -> None:
    assert consents(found, path=path) is agrees


def test_a_refusal_that_a_rule_lists_does_not_overrule() -> None:
    assert consents(marketing(any="n", email="y"), values=["y", "n"])


def test_a_rule_for_all_marketing_is_not_overruled_by_a_channel() -> None:
    assert consents(marketing(any="y", email="n"), path="consents.marketing.any")


@pytest.mark.parametrize(
    ("email", "any_", "subscription", "agrees"),
    [("y", "y", "y", True), ("n", "y", "y", False), ("y", "n", "y", False), ("y", "y", None, False)],
)
def test_a_refusal_of_the_channel_overrules_a_subscription(
    email: str, any_: str, subscription: str | None, agrees: bool
) -> None:
    subscriptions = {"daily-mail": {"val": subscription}} if subscription else {}
    found = {"marketing": {"any": {"val": any_}, "email": {"val": email, "subscriptions": subscriptions}}}
    assert consents(found, path=f'{EMAIL}.subscriptions."daily-mail"') is agrees


@pytest.mark.parametrize("path", ["consents.share", "consents.collect.val", "consents.personalize.content"])
def test_marketing_says_nothing_of_other_purposes(path: str) -> None:
    found = marketing(any="n") | {name: {"val": "y"} for name in ("share", "collect")}
    assert consents(found | {"personalize": {"content": {"val": "y"}}}, path=path)
    assert not consents(marketing(any="y"), path=path)


def specific(namespace: str, found: str, value: str, **profile_wide: str) -> dict[str, Any]:
    """Consents with a preference for the e-mail channel of one identity."""
    return marketing(**profile_wide) | {"idSpecific": {namespace: {found: marketing(email=value)}}}


@pytest.mark.parametrize(
    ("found", "agrees"),
    [
        (specific("crmid", "user-1", "n", email="y"), False),
        (specific("CRMID", "User-1 ", "n", email="y"), False),
        (specific("crmid", "user-1", "p", email="y"), False),
        (specific("crmid", "user-1", "y", email="u"), True),
        (specific("crmid", "user-1", "y"), True),
        (specific("crmid", "user-1", "y", email="n"), False),
        (specific("crmid", "user-1", "y", any="n"), False),
        (specific("crmid", "user-2", "n", email="y"), True),
        (specific("crmid", "user-2", "y"), False),
        (specific("loyalty", "user-1", "n", email="y"), True),
        (specific("crmid", "user-1", "y") | {"idSpecific": "y"}, False),
        (marketing(email="y") | {"idSpecific": {"crmid": {"user-1": marketing(sms="n")}}}, True),
        (marketing(email="y") | {"idSpecific": {"crmid": ["user-1"], "ECID": None}}, True),
    ],
)
def test_a_preference_for_the_identity_that_is_delivered_overrules_the_profiles(found: Any, agrees: bool) -> None:
    assert consents(found) is agrees


@pytest.mark.parametrize(
    ("found", "agrees"),
    [
        (specific("Email", "ada@example.com", "n", email="y"), False),
        (specific("Email", "bob@example.com", "n", email="y"), True),
        (specific("Email", "ada@example.com", "y"), False),
    ],
)
def test_another_identity_of_the_profile_can_refuse_but_not_consent(found: Any, agrees: bool) -> None:
    assert consents(found, ids={"Email": "ada@example.com"}) is agrees


@pytest.mark.parametrize("value", ["y", "n"])
@pytest.mark.parametrize(
    "user_id",
    [
        ["loyalty", {"namespace": "Email", "transform": "sha256"}],
        {"attribute": "identityMap.Email[0].id", "transform": "lowercase"},
    ],
)
def test_an_identity_is_looked_up_as_aep_has_it_whatever_its_source_and_transform(value: str, user_id: Any) -> None:
    found = specific("email", "Ada@Example.com", value, email="u")
    assert consents(found, ids={"Email": "Ada@Example.com"}, user_id=user_id) is (value == "y")


def test_an_id_that_cannot_be_read_has_no_preferences_of_its_own() -> None:
    delivered = compile_delivered(identities(user_id="crmid"))
    assert delivered({"identityMap": {"crmid": [{"id": 0.5}]}}) is None


@pytest.mark.parametrize(
    ("choices", "values", "agrees"),
    [
        ({"https://ns.adobe.com/xdm/channels/email": "in"}, None, True),
        ({"https://ns.adobe.com/xdm/channels/email": "in", "globalOptout": False}, None, True),
        ({"https://ns.adobe.com/xdm/channels/email": "in", "globalOptout": True}, None, False),
        ({"https://ns.adobe.com/xdm/channels/email": "in", "globalOptout": "true"}, ["in"], False),
        ({"https://ns.adobe.com/xdm/channels/email": "out"}, None, False),
        ({"https://ns.adobe.com/xdm/channels/email": "pending"}, None, False),
        ({"https://ns.adobe.com/xdm/channels/email": "pending"}, ["in", "pending"], True),
        ({"https://ns.adobe.com/xdm/channels/sms": "in"}, None, False),
        ("in", None, False),
        (None, None, False),
    ],
)
def test_the_older_opt_in_out_can_be_named(choices: Any, values: Any, agrees: bool) -> None:
    assert compile_consent(OPT_IN_EMAIL, values)({"optInOut": choices}) is agrees


@pytest.mark.parametrize(
    ("path", "values", "found", "agrees"),
    [
        ("_tenant.emailOptIn", [True], {"_tenant": {"emailOptIn": True}}, True),
        ("_tenant.emailOptIn", [True], {"_tenant": {"emailOptIn": 1}}, False),
        ("_tenant.emailOptIn", ["yes", "Y"], {"_tenant": {"emailOptIn": "Y"}}, True),
        ("optInOut.globalOptout", [False], {"optInOut": {"globalOptout": False}}, True),
        ("consents.marketing.any.val == 'n' && 'n' || consents.marketing.email.val", None, consenting("y"), True),
        ("consents.marketing.[any.val, email.val] | [?@ != null] | [0]", ["dy"], consenting("dy"), True),
        ("consents.idSpecific.crmid.user.share", None, {"consents": {"idSpecific": {"crmid": {}}}}, False),
    ],
)
def test_any_other_path_or_expression_is_compared_as_it_is(path: str, values: Any, found: Any, agrees: bool) -> None:
    assert compile_consent(path, values)(found) is agrees


def test_precedence_holds_below_a_tenants_own_field_too() -> None:
    agrees = compile_consent("_tenant.consents.marketing.email")
    assert agrees({"_tenant": {"consents": marketing(email="y")}})
    assert not agrees({"_tenant": {"consents": marketing(any="n", email="y")}})


@pytest.mark.parametrize(
    ("path", "value"),
    [*((EMAIL, value) for value in ("vi", "Y", "yes", "in", True)), (OPT_IN_EMAIL, "y"), (OPT_IN_EMAIL, True)],
)
def test_a_value_that_xdm_does_not_know_there_is_an_error(path: str, value: Any) -> None:
    known = "y, n, p, u, dy, dn, LI, CT, CP, VI, PI" if path == EMAIL else "in, out, pending, not_provided"
    good = known.partition(",")[0]
    with pytest.raises(DestinationFaults) as caught:
        destination(consent=[{"path": path, "values": [good, value]}])

    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("consent[0].values[1]", "not_allowed")
    assert known in fault.allowed


@pytest.mark.parametrize("value", ["", None, 5, ["y"], {}])
def test_a_value_is_text_or_true_or_false(value: Any) -> None:
    with pytest.raises(DestinationFaults) as caught:
        destination(consent=[{"path": "_tenant.optIn", "values": ["y", value]}])

    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("consent[0].values[1]", "wrong_type")


def test_who_is_skipped_for_consent_is_known_with_every_identity_and_audience() -> None:
    audiences = {"ups": {"gold": {"status": "realized"}, "silver": {"status": "exited"}}}
    identities = {"crmid": [{"id": "ada"}], "ECID": [{"id": "anon"}]}
    decision = decide({"identityMap": identities, "segmentMembership": audiences}, consent=[EMAIL])

    assert (decision.action, decision.reason, decision.attributes) == (Action.SKIP, SkipReason.CONSENT, None)
    assert (decision.customer_id, decision.anonymous_id) == ("ada", "anon")
    assert [(each.key[1], each.inside) for each in decision.statements] == [("gold", True), ("silver", False)]
    assert codes(decision) == []
