"""Cautions: likely mistakes in a destination file."""

from typing import Any

import pytest
from tests.unit.given import destination, profile

from aep_moengage_cli.files.caution import Caution
from aep_moengage_cli.files.cautions import cautions
from aep_moengage_cli.files.missing_cautions import missing_cautions
from aep_moengage_cli.files.outcome_cautions import outcome_cautions
from aep_moengage_cli.files.survey import survey

ADA = profile(
    person={"name": {"firstName": "Ada"}},
    _tenant={"loyaltyPoints": "7", "e-mail": "ada@x.com"},
    segmentMembership={"ups": {"gold-members": {"status": "realized"}}},
)


def of(samples: list[Any], **changes: Any) -> list[Caution]:
    return cautions(destination(**changes), survey(samples))


def codes(found: list[Caution]) -> list[tuple[str, str]]:
    return [(caution.code, caution.path) for caution in found]


def test_destination_that_fits_its_samples_has_no_cautions() -> None:
    fitting = {
        "First_Name": "person.name.firstName",
        "points": {"source": "_tenant.loyaltyPoints", "type": "number"},
        "address": '_tenant."e-mail"',
    }
    audiences = [{"id": "gold-members", "namespace": "UPS"}]
    assert of([ADA], attributes=fitting, audiences=audiences, identities={"user_id": "CRMID"}) == []


@pytest.mark.parametrize(
    ("changes", "code", "path", "near"),
    [
        (
            {"attributes": {"a": "person.firstName"}},
            "source_never_found",
            "attributes.a.source",
            ("person.name.firstName",),
        ),
        (
            {"attributes": {"a": "_tenant.loyalty_points"}},
            "source_never_found",
            "attributes.a.source",
            ("_tenant.loyaltyPoints",),
        ),
        ({"attributes": {"a": '_tnt."e-mail"'}}, "source_never_found", "attributes.a.source", ('_tenant."e-mail"',)),
        ({"attributes": {"a": "orders[-1].total"}}, "source_never_found", "attributes.a.source", ()),
        ({"identities": {"user_id": ["crmid", "crm_id"]}}, "identity_never_found", "identities.user_id[1]", ("crmid",)),
        (
            {"identities": {"user_id": "crmid", "anonymous_id": {"attribute": "device"}}},
            "source_never_found",
            "identities.anonymous_id[0].attribute",
            (),
        ),
        ({"attributes": {"a": {"identity": "crm_id"}}}, "identity_never_found", "attributes.a.identity", ("crmid",)),
        ({"audiences": [{"id": "gold-member"}]}, "audience_never_found", "audiences[0].id", ("gold-members",)),
    ],
)
def test_missing_source_is_reported_with_similar_names(
    changes: dict[str, Any], code: str, path: str, near: tuple[str, ...]
) -> None:
    changes = {"identities": {"user_id": "crmid"}} | changes
    (caution,) = missing_cautions(destination(**changes), survey([ADA, profile()]))

    assert (caution.code, caution.path, caution.near) == (code, path, near)
    assert "of 2 profiles" in caution.message
    assert all(f"did you mean {near[0]}" in str(caution) for _ in near)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"identities": {"anonymous_id": "ECID"}}, "no_user_id", "identities"),
        ({"attributes": {"AEP Segment": "a"}}, "audience_attribute_mapped", "attributes.AEP Segment"),
        ({"attributes": {"city": "a"}}, "attribute_create_only", "attributes.city"),
        ({"attributes": {"cr_t": "a"}}, "attribute_create_only", "attributes.cr_t"),
        ({"attributes": {f"a{n}": "a" for n in range(257)}}, "too_many_attributes", "attributes"),
        (
            {"attributes": {"a": {"source": "a", "type": "number", "default": "none"}}},
            "default_not_sent",
            "attributes.a.default",
        ),
        (
            {"attributes": {"a": {"source": "a", "transform": ["uppercase", "sha256"]}}},
            "transform_without_effect",
            "attributes.a.transform",
        ),
    ],
)
def test_document_alone_has_cautions(changes: dict[str, Any], code: str, path: str) -> None:
    assert codes(cautions(destination(**changes), None)) == [(code, path)]


def emails(*ids: Any) -> dict[str, Any]:
    return {"identityMap": {"Email": [{"id": found} for found in ids]}}


@pytest.mark.parametrize(
    ("samples", "differ"),
    [
        ([emails("Mia@x.com", "mia@x.com")], "1 of the samples' ids"),
        ([emails("Mia@x.com"), emails("mia@x.com ", "MIA@x.com", "bob@x.com", 7)], "1 of the samples' ids"),
        ([emails("mia@x.com"), emails(" mia@x.com", "bob@x.com")], None),
    ],
)
def test_ids_that_differ_by_case_only_are_reported(samples: list[Any], differ: str | None) -> None:
    found = of(samples, identities={"user_id": "email"})

    assert codes(found) == ([("ids_differ_by_case", "identities.user_id[0]")] if differ else [])
    assert all(differ and differ in caution.message for caution in found)
    assert of(samples, identities={"user_id": {"namespace": "email", "transform": "lowercase"}}) == []


def test_changes_by_the_connector_are_counted() -> None:
    samples = [ADA, profile(person={"name": {"firstName": 5}}), 7, {"person": {"name": {"firstName": "x"}}}]
    attributes = {"n": {"source": "person.name.firstName", "type": "number"}}
    mapped = destination(attributes=attributes, identities={"user_id": "crmid"})

    assert [str(caution) for caution in outcome_cautions(mapped, survey(samples))] == [
        "document: 1 of 4 profiles would be rejected: not_a_profile [profiles_not_sent]",
        "document: 1 of 4 profiles would be skipped: no_identity [profiles_not_sent]",
        "attributes.n: left out: the value is not a number (in 1 of 4 profiles) [attribute_changed]",
    ]


def test_cautions_show_no_values() -> None:
    canary = "canary-7f3a"
    samples = [{"identityMap": {"crmid": [{"id": canary}]}, "a": canary, "b": {"c": canary}}]
    attributes = {"n": {"source": "a", "type": "number"}, "x": "b.d"}
    assert canary not in str(of(samples, attributes=attributes, consent=["b.c"]))


def test_unmapped_fields_namespaces_and_audiences_are_listed() -> None:
    sample = profile(
        person={"name": {"firstName": "Ada", "lastName": "Lovelace"}},
        identityMap={"crmid": [{"id": "ada-1"}], "Email": [{"id": "ada@x.com"}]},
        segmentMembership={"ups": {"gold": {"status": "realized", "name": "Gold"}, "new": {"status": "realized"}}},
    )
    found = of(
        [sample],
        attributes={"first": "person.name.firstName"},
        identities={"user_id": "crmid"},
        audiences=[{"id": "new"}],
    )
    assert [str(caution) for caution in found] == [
        "attributes: 1 of the samples' fields is not mapped: person.name.lastName [fields_not_mapped]",
        "identities: 1 of the samples' namespaces is not mapped: Email [namespaces_not_mapped]",
        "audiences: 1 of the samples' audiences is not activated: Gold [audiences_not_activated]",
    ]


def test_field_that_an_expression_reads_is_used() -> None:
    sample = profile(orders=[{"total": 3}], person={"name": {"firstName": "Ada"}})
    found = of([sample], attributes={"total": "orders[-1].total", "name": "person.name.firstName"})
    assert "fields_not_mapped" not in {caution.code for caution in found}


def test_missing_consent_rule_is_reported_with_the_consents_of_the_samples() -> None:
    samples = [profile(consents={"marketing": {"email": {"val": value}}}) for value in ("y", "n", "y")]
    (caution,) = of(samples, identities={"user_id": "crmid"})
    assert (caution.code, caution.path) == ("consent_not_required", "consent")
    assert "consents.marketing.email (not `y` in 1 profile)" in caution.message
    assert of(samples[:1], identities={"user_id": "crmid"}, consent=["consents.marketing.email"]) == []


def test_profiles_that_become_anonymous_users_are_counted() -> None:
    samples = [ADA, {"identityMap": {"ECID": [{"id": "38382681065771928820739672071812090802"}]}}]
    identities = {"user_id": "crmid", "anonymous_id": "ECID"}
    found = of(samples, attributes="all", identities=identities)
    assert [str(caution) for caution in found] == [
        "anonymous_profiles: 1 of 2 profiles have no user_id and become anonymous users in MoEngage; "
        "`anonymous_profiles: skip` leaves them out [profiles_anonymous]"
    ]
    assert of(samples[:1], attributes="all", identities={"user_id": "crmid"}) == []


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("2024-03-02 11:22:33", "declare `type: datetime`"),
        ("02/03/2024", "write it as ISO 8601 in AEP"),
        ("Thu Mar 24 2016 17:46:45 GMT+0000 (UTC)", "write it as ISO 8601 in AEP"),
        ("2 March 2024", "write it as ISO 8601 in AEP"),
        ("/Date(1738263600000+0500)/", "write it as ISO 8601 in AEP"),
        ("2024-13-45T99:99:99Z", "write it as ISO 8601 in AEP"),
        ("2024-03-02T11:22:33Z", None),
        ("2024-03-02T11:22:33.5+01:00", None),
        ("2024-03-02", None),
        ("12:30", None),
        ("Room 12/3", None),
        ("15 Main Street, since 2024-03-02", None),
    ],
)
def test_time_that_stays_text_is_reported(value: str, fix: str | None) -> None:
    found = [str(each) for each in of([profile(t=value)], attributes={"t": "t"}) if each.code == "time_sent_as_text"]
    assert bool(found) is bool(fix)
    assert all(fix and fix in each for each in found)


def test_declared_text_may_look_like_a_time() -> None:
    found = of([profile(t="02/03/2024")], attributes={"t": {"source": "t", "type": "string"}})
    assert "time_sent_as_text" not in {caution.code for caution in found}


@pytest.mark.parametrize(
    ("source", "reported"),
    [("email", True), ({"namespace": "Email", "transform": "lowercase"}, False), ({"attribute": "id"}, False)],
)
def test_ids_that_differ_by_case_are_reported(source: Any, reported: bool) -> None:
    samples = [{"identityMap": {"Email": [{"id": each}]}} for each in ("Mia@x.com", "mia@x.com", "ada@x.com")]
    found = of(samples, identities={"user_id": source})
    assert ("ids_differ_by_case" in {caution.code for caution in found}) is reported
