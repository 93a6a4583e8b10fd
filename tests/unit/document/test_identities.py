"""A destination's identities: sources in their order, transforms, and what names nobody."""

from typing import Any

import pytest
from tests.unit.given import identities

from aep_moengage.aep.identities import InvalidIdentity
from aep_moengage.document.identities import compile_identities
from aep_moengage.moengage.records import FORBIDDEN_CUSTOMER_IDS

HASH_OF_ADA = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"


def identified(profile: dict[str, Any], **given: Any) -> tuple[str | None, str | None]:
    return compile_identities(identities(**given))(profile)


def with_ids(**namespaces: Any) -> dict[str, Any]:
    return {"identityMap": {name: [{"id": found}] for name, found in namespaces.items()}}


@pytest.mark.parametrize(
    ("profile", "user_id"),
    [
        (with_ids(crmid="user-1", Email="ada@example.com"), "user-1"),
        (with_ids(Email="ada@example.com"), "ada@example.com"),
        (with_ids(crmid=" ", Email="ada@example.com"), "ada@example.com"),
        (with_ids(crmid="undefined", Email="ada@example.com"), "ada@example.com"),
        (with_ids(crmid="undefined", Email="null") | {"_tenant": {"id": 4711}}, "4711"),
        (with_ids(crmid="undefined"), None),
    ],
)
def test_the_first_source_with_an_id_that_names_somebody_wins(profile: dict[str, Any], user_id: str | None) -> None:
    assert identified(profile, user_id=["crmid", "Email", {"attribute": "_tenant.id"}]) == (user_id, None)


@pytest.mark.parametrize(
    "forbidden", [*sorted(FORBIDDEN_CUSTOMER_IDS), "NULL", " Guest ", "x", " x ", "N/A", "7", 0, 1]
)
def test_what_moengage_forbids_names_nobody(forbidden: Any) -> None:
    profile = with_ids(crmid=forbidden, ECID=forbidden)
    assert identified(profile, user_id="crmid", anonymous_id="ECID") == (None, None)


@pytest.mark.parametrize("ignored", ["test@example.com", " TEST@example.com\n"])
def test_an_operator_can_add_what_names_nobody(ignored: str) -> None:
    profile = with_ids(Email=ignored, ECID="anon-1")
    identities = {"user_id": {"namespace": "Email", "transform": "sha256"}, "anonymous_id": "ECID"}

    assert identified(profile, **identities, ignore=["Test@Example.com"]) == (None, "anon-1")
    assert identified(profile, **identities, ignore=["test"])[0] is not None


@pytest.mark.parametrize(
    ("transform", "user_id"),
    [
        ([], "Ada@Example.com"),
        ("trim", "Ada@Example.com"),
        ("lowercase", "ada@example.com"),
        (["uppercase"], "ADA@EXAMPLE.COM"),
        (["trim", "lowercase", "sha256"], HASH_OF_ADA),
    ],
)
@pytest.mark.parametrize("source", [{"namespace": "Email"}, {"attribute": "personalEmail.address"}])
def test_an_identity_is_transformed(source: dict[str, Any], transform: Any, user_id: str) -> None:
    profile = with_ids(Email=" Ada@Example.com") | {"personalEmail": {"address": "Ada@Example.com\u200b"}}
    assert identified(profile, user_id=source | {"transform": transform}) == (user_id, None)


def test_each_identity_has_its_own_transforms() -> None:
    identities = {"user_id": {"namespace": "Email", "transform": "lowercase"}, "anonymous_id": ["none", "ECID"]}
    assert identified(with_ids(Email="Ada@x", ECID="Anon"), **identities) == ("ada@x", "Anon")


def test_an_invalid_id_is_an_error_only_where_the_user_would_get_it() -> None:
    identities = {"user_id": ["crmid", "Email"], "anonymous_id": "ECID"}

    assert identified(with_ids(Email="ada@x", ECID=0.5), **identities) == ("ada@x", None)
    for profile in (with_ids(crmid=0.5, Email="ada@x", ECID="anon-1"), with_ids(ECID=0.5)):
        with pytest.raises(InvalidIdentity):
            identified(profile, **identities)
