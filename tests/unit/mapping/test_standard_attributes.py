"""Values of MoEngage's standard attributes: of the type that MoEngage gives them, or left out."""

from typing import Any

import pytest
from tests.moengage_openapi import errors
from tests.unit.given import attributes_of, codes, decide, profile, record_of

from aep_moengage_dev.simulator.violations import of_record

ABSENT = object()


@pytest.mark.parametrize(
    ("name", "value", "sent", "warned"),
    [
        ("u_em", "ada@example.com", "ada@example.com", []),
        ("email", "ada@example.com", "ada@example.com", []),
        ("u_mb", 4915550001234, "4915550001234", []),
        ("mobile", 4915550001234.0, "4915550001234", []),
        ("mobile", "+49 155 50001234", "+49 155 50001234", []),
        ("u_fn", True, ABSENT, ["not_a_string"]),
        ("first_name", ["Ada"], ABSENT, ["not_a_string"]),
        ("u_n", {"first": "Ada"}, ABSENT, ["not_a_string"]),
        ("name", "x" * 513, "x" * 512, ["string_truncated"]),
        ("moe_em_unsub_categories", ["offers"], ABSENT, ["not_a_string"]),
        ("moe_sms_subscription", "OPTIN", "OPTIN", []),
        ("moe_unsubscribe", True, True, []),
        ("moe_unsubscribe", "true", True, []),
        ("push_preference", "no", False, []),
        ("push_preference", 1.0, True, []),
        ("moe_spam", "maybe", ABSENT, ["not_a_boolean"]),
        ("moe_hard_bounce", [True], ABSENT, ["not_a_boolean"]),
        ("moe_email_optin_status", "OPTED_OUT", "OPTED_OUT", []),
        ("moe_email_optin_status", "double opted-in", "DOUBLE_OPTED_IN", []),
        ("moe_email_optin_status", "yes", ABSENT, ["not_an_opt_in_status"]),
        ("moe_email_optin_status", True, ABSENT, ["not_an_opt_in_status"]),
        ("birthday", "1990-05-17", "1990-05-17", []),
        ("birthday", "1990-05-17T00:00:00.000+02:00", "1990-05-17", []),
        ("birthday", "1990-05-17T03:47:35Z", "1990-05-17T03:47:35Z", []),
        ("birthday", 31_536_000_000, "1971-01-01", []),
        ("birthday", "17.05.1990", ABSENT, ["invalid_datetime"]),
        ("birthday", 1990, ABSENT, ["invalid_datetime"]),
        ("u_bd", "1990-05-17", "1990-05-17T00:00:00Z", []),
        ("u_bd", "1990-05-17T00:00:00+05:30", "1990-05-17T00:00:00Z", []),
        ("u_bd", "1990-05-17T03:47:35Z", "1990-05-17T03:47:35Z", []),
        ("u_bd", "05-17", ABSENT, ["invalid_datetime"]),
        ("cr_t", 1767092989259, 1767092989259, []),
        ("u_l_a", "1767092989259", 1767092989259, []),
        ("cr_t", "2024-03-02T11:22:33.5Z", 1709378553500, []),
        ("cr_t", "long ago", ABSENT, ["invalid_datetime"]),
        ("moe_unsubscribe", " ", ABSENT, []),
    ],
)
@pytest.mark.parametrize("mapped", ["by name", "all"])
def test_a_standard_attribute_has_moengages_type(
    mapped: str, name: str, value: Any, sent: Any, warned: list[str]
) -> None:
    attributes: Any = "all" if mapped == "all" else {name: name}
    decision = decide(profile(**{name: value}), attributes=attributes)
    if mapped == "all" and isinstance(value, dict):
        return  # its parts are attributes of their own
    found = attributes_of(decision).get(name, ABSENT)
    assert (found, codes(decision)) == (sent, warned)
    assert type(found) is type(sent)
    record = record_of(decision)
    assert errors(record) == []
    assert [violation.rule for violation in of_record("customer", record)] == []


@pytest.mark.parametrize(
    ("options", "value", "sent", "warned"),
    [
        ({"type": "string"}, True, "true", []),
        ({"type": "number"}, "4915550001234", "4915550001234", []),
        ({"type": "array"}, "ada@example.com", ABSENT, ["not_a_string"]),
        ({"type": "object"}, {"a": 1}, ABSENT, ["not_a_string"]),
        ({"type": "integer"}, "none", ABSENT, ["not_an_integer"]),
        ({"transform": "lowercase"}, "Ada@Example.com", "ada@example.com", []),
        ({"default": 7}, None, "7", []),
        ({"default": [7]}, None, ABSENT, ["not_a_string"]),
    ],
)
def test_a_declared_type_does_not_change_moengages(options: Any, value: Any, sent: Any, warned: list[str]) -> None:
    decision = decide(profile(value=value), attributes={"email": {"source": "value", **options}})
    assert (attributes_of(decision).get("email", ABSENT), codes(decision)) == (sent, warned)


@pytest.mark.parametrize("name", ["birthday", "u_bd"])
def test_a_birthday_that_is_declared_a_time_is_one(name: str) -> None:
    options = {"source": "value", "type": "datetime", "unit": "epoch_ms"}
    decision = decide(profile(value=-79_200_000), attributes={name: options})
    assert attributes_of(decision) == {name: "1969-12-31T02:00:00Z"}
