"""Identities as the field has them: one person is one user, and nobody is no user."""

import pytest
from tests.unit.field.given import FIELD, field_decisions
from tests.unit.given import RECEIVED_MS, identities

from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.outcomes import RejectReason, SkipReason
from aep_moengage_cli.files.documents import read_destination


def customer_ids(name: str) -> list[str | None]:
    return [decision.customer_id for decision in field_decisions(name)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01-id-trailing-space", ["user-77"] * 3),
        ("02-id-trailing-newline", ["user-77"]),
        ("05-id-integer-beyond-2-53", ["9007199254740993"]),
        ("06-id-leading-zeros", ["000712"]),
        ("10-two-primaries", ["user-77"]),
        ("11-primary-as-text", ["user-77"]),
        ("14-namespace-with-space", ["luma-5"]),
        ("81-two-crm-ids-order-1", ["cust-A"]),
        ("82-two-crm-ids-order-2", ["cust-A"]),
    ],
)
def test_one_person_is_one_user(name: str, expected: list[str]) -> None:
    assert customer_ids(name) == expected


def test_spellings_of_an_address_are_one_user_where_the_file_asks_for_lower_case() -> None:
    lowercase = identities(user_id={"namespace": "email", "transform": "lowercase"})
    decisions = field_decisions("03-email-id-two-spellings", identities=lowercase)

    assert [decision.customer_id for decision in decisions] == ["mia.kern@example.com"] * 2
    assert len(set(customer_ids("03-email-id-two-spellings"))) == 1, "without it the order does not matter either"


def test_digits_are_never_made_up() -> None:
    inexact, exact = field_decisions("04-id-float-exponent")

    assert (inexact.reason, inexact.customer_id) == (RejectReason.INVALID_CUSTOMER_ID, None)
    assert exact.customer_id == "1000"


def test_values_that_name_nobody_are_no_identity() -> None:
    decisions = field_decisions("07-id-undefined")

    assert len(decisions) == 7
    assert {(decision.action, decision.reason) for decision in decisions} == {("skip", SkipReason.NO_IDENTITY)}


def test_a_zeroed_advertising_id_is_no_user_and_is_never_merged() -> None:
    nobody, *persons = field_decisions("08-id-zeroed-idfa")

    assert nobody.reason is SkipReason.NO_IDENTITY
    assert [(person.customer_id, person.anonymous_id) for person in persons] == [("user-1", None), ("user-2", None)]


def test_a_known_person_gets_nothing_of_a_stranger_with_a_zeroed_id() -> None:
    (stranger,) = field_decisions("77-zeroed-idfa-anonymous")
    (person,) = field_decisions("78-zeroed-idfa-known-person")

    assert stranger.reason is SkipReason.NO_IDENTITY
    assert (person.customer_id, person.anonymous_id) == ("user-78", None)


def test_an_identity_of_an_attribute_is_transformed() -> None:
    destination, _ = read_destination(FIELD / "110-identity-transform.yaml")
    profile = {"personalEmail": {"address": " Mia.Kern@Example.com\n"}}

    assert CompiledMapping(destination).transform(profile, RECEIVED_MS).customer_id == "mia.kern@example.com"


def test_only_the_ids_that_name_nobody_are_left_out_of_a_batch() -> None:
    good, nobody, long = field_decisions("115-good-batch-beside-one-bad-id")

    assert (good.action, good.customer_id) == ("deliver", "ok-115")
    assert nobody.reason is SkipReason.NO_IDENTITY
    assert (long.action, len(long.customer_id or "")) == ("deliver", 1020)
