"""Cautions: likely mistakes in a destination file."""

from typing import Any

import pytest
from tests.unit.given import destination, profile

from aep_moengage_cli.files.cautions import Caution, cautions
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
    fitting = {"First_Name": "person.name.firstName", "points": {"source": "_tenant.loyaltyPoints", "type": "number"}}
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
    (caution,) = of([ADA, profile()], **changes)

    assert (caution.code, caution.path, caution.near) == (code, path, near)
    assert "of 2 profiles" in caution.message
    assert all(f"did you mean {near[0]}" in str(caution) for _ in near)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
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
        ({"identities": {"anonymous_id": "ECID"}}, "no_user_id", "identities"),
    ],
)
def test_document_alone_has_cautions(changes: dict[str, Any], code: str, path: str) -> None:
    assert codes(cautions(destination(**changes), None)) == [(code, path)]


def emails(*ids: Any) -> dict[str, Any]:
    return {"identityMap": {"Email": [{"id": found} for found in ids]}}


@pytest.mark.parametrize(
    ("samples", "differ"),
    [
        ([emails("Mia@x.com", "mia@x.com")], "of 2 ids, 1 differ"),
        ([emails("Mia@x.com"), emails("mia@x.com ", "MIA@x.com", "bob@x.com", 7)], "of 4 ids, 2 differ"),
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
    found = of(samples, attributes=attributes, identities={"user_id": "crmid"})

    assert [str(caution) for caution in found] == [
        "document: 1 of 4 profiles would be rejected: not_a_profile [profiles_not_sent]",
        "document: 1 of 4 profiles would be skipped: no_identity [profiles_not_sent]",
        "attributes.n: left out: the value is not a number (in 1 of 4 profiles) [attribute_changed]",
    ]


def test_cautions_show_no_values() -> None:
    canary = "canary-7f3a"
    samples = [{"identityMap": {"crmid": [{"id": canary}]}, "a": canary, "b": {"c": canary}}]
    attributes = {"n": {"source": "a", "type": "number"}, "x": "b.d"}
    assert canary not in str(of(samples, attributes=attributes, consent=["b.c"]))
