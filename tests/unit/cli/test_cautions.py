"""Cautions: what is allowed in a destination file and may not be meant."""

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


def told(found: list[Caution]) -> list[tuple[str, str]]:
    return [(caution.code, caution.path) for caution in found]


def test_a_destination_that_fits_its_sample_has_none() -> None:
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
        ({"audiences": [{"id": "gold-member"}]}, "audience_never_found", "audiences[0].id", ("gold-members",)),
    ],
)
def test_what_no_sample_has_comes_with_what_is_near(
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
def test_what_the_document_alone_tells(changes: dict[str, Any], code: str, path: str) -> None:
    assert told(cautions(destination(**changes), None)) == [(code, path)]


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

    assert told(found) == ([("ids_differ_by_case", "identities.user_id[0]")] if differ else [])
    assert all(differ and differ in caution.message for caution in found)
    assert of(samples, identities={"user_id": {"namespace": "email", "transform": "lowercase"}}) == []


def test_what_the_connector_would_change_is_counted() -> None:
    samples = [ADA, profile(person={"name": {"firstName": 5}}), 7, {"person": {"name": {"firstName": "x"}}}]
    attributes = {"n": {"source": "person.name.firstName", "type": "number"}}
    found = of(samples, attributes=attributes, identities={"user_id": "crmid"})

    assert [str(caution) for caution in found] == [
        "document: 1 of 4 profiles would be rejected: not_a_profile [profiles_not_sent]",
        "document: 1 of 4 profiles would be skipped: no_identity [profiles_not_sent]",
        "attributes.n: left out: the value is not a number (in 1 of 4 profiles) [attribute_changed]",
    ]


def test_no_caution_shows_a_value() -> None:
    canary = "canary-7f3a"
    samples = [{"identityMap": {"crmid": [{"id": canary}]}, "a": canary, "b": {"c": canary}}]
    attributes = {"n": {"source": "a", "type": "number"}, "x": "b.d"}
    assert canary not in str(of(samples, attributes=attributes, consent=["b.c"]))
