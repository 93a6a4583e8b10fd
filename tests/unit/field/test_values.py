"""Values as they come from the field: tests/field has inputs that were made up after public reports."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.moengage_openapi import errors
from tests.unit.given import RECEIVED_MS, record_of

from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping, Decision
from aep_moengage_dev.simulator.violations import of_record

FIELD = Path(__file__).parents[2] / "field"

# case -> the attributes that are sent, and the warnings
RIGHT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "29-epoch-ms-before-1973": (
        {
            "born_ms": "1971-01-01T00:00:00Z",
            "born_ms_text": "1972-01-01T00:00:00Z",
            "born_ms_1968": "1968-01-12T00:00:00Z",
        },
        {"born_ms_neg": "invalid_datetime"},
    ),
    "30-compact-timestamp": (
        {"a": "2024-03-02T11:22:33Z", "b": "1990-05-17", "c": "1990-05-17", "e": "2024-03-02T11:22:33Z"},
        {"d": "invalid_datetime"},
    ),
    "32-date-only-stays": (
        {"birthday": "1990-05-17", "birthday_typed": "1990-05-17", "day": "05-17", "d": "2024-02-29"},
        {"bad": "invalid_datetime"},
    ),
    "33-birthday-at-local-midnight": (
        {"birthday": "1990-05-16T22:00:00Z", "birthday2": "1990-05-16T18:30:00Z"},
        {},
    ),
    "34-js-and-other-date-texts": (
        {
            "a": "Thu Mar 24 2016 17:46:45 GMT+0000 (UTC)",
            "b": "2024-03-02 11:22:33",
            "c": "2024-03-02T11:22Z",
            "d": "2024-03-02T11:22:33Z",
            "e": "02/03/2024",
            "f": "2024-03-02T11:22:33Z",
            "g": "2017-01-01T00:00:00Z",
            "h": "9999-12-31T23:59:59-05:00",
            "i": "2024-13-45T99:99:99Z",
            "j": "/Date(1738263600000+0500)/",
        },
        {},
    ),
    "36-dates-in-arrays": (
        {"visits": ["2024-03-02T11:22:33.000+0530", "2024-03-05T08:00:00.000Z"], "last": "2024-03-05T08:00:00Z"},
        {"typed": "invalid_datetime"},
    ),
    "38-numbers-as-texts": (
        {"d": 42, "e": 1000.0, "i": 9007199254740993, "l": 7},
        dict.fromkeys("abcfhjk", "not_a_number"),
    ),
    "39-booleans-as-texts": (
        {"a": True, "b": True, "d": False, "e": True, "j": False, "plain": "true"},
        {"c": "not_a_boolean", "g": "not_a_boolean", "i": "not_a_boolean", "flags": "array_mixed"},
    ),
    "40-phone-shapes": (
        {
            "mobile": "1-408-555-0100",
            "home": "(030) 123 45-67",
            "p": 4915550001234,
            "p_text": "4915550001234",
            "q": "4.915550001234E12",
        },
        {},
    ),
    "41-empty-and-null-values": (
        {"first_default": "friend", "last_default": "friend", "tags": [], "obj": {}},
        {},
    ),
    "43-cut-inside-emoji": (
        {"bio": "x" * 508, "flag": "y" * 511},
        {"bio": "string_truncated", "flag": "string_truncated"},
    ),
    "44-lone-surrogate": (
        {
            "bio": "cut \ufffd",
            "low": "\ufffd tail",
            "hash": "83faed68bf747b3b475255a21c7fc629f6970a454421438c62bdc4626c729831",
        },
        {},
    ),
    "45-long-urls": ({}, dict.fromkeys(("img", "data", "bare", "proto"), "url_too_long")),
    "46-control-characters": ({"note": "a\x00b\x07c", "multi": "line1\r\nline2"}, {}),
    "49-deep-objects": (
        {
            "loyalty": {
                "rewards": {"coupons": '[{"discountValue":0,"id":"c1","meta":{"store":{"code":"x"}}}]'},
                "loyaltyID": ["L-55"],
                "adjustedPoints": -150,
            },
            "coupons": [{"id": "c1", "discountValue": 0, "meta": {"store": '{"code":"x"}'}}],
            "loyalty_id": ["L-55"],
            "adjusted": -150,
            "objs": [{"a": 1}],
        },
        {
            **dict.fromkeys(("loyalty", "coupons"), "object_too_deep"),
            **dict.fromkeys(("mixed", "bools", "nested"), "array_mixed"),
        },
    ),
    "50-all-with-aep-fields": (
        {
            "geo_x": 1,
            "homeAddress_@id": "https://data.adobe.io/entities/address/1",
            "homeAddress__schema_latitude": 48.4,
            "homeAddress__schema_longitude": 9.98,
            "homeAddress_city": "Ulm",
            "homeAddress_country": "Germany",
            "https://ns_adobe_com/experience/x_y z": 1,
            "optInOut_globalOptout": False,
            "optInOut_https://ns_adobe_com/xdm/channels/email": "pending",
            "person_name_firstName": "Jo",
            "testProfile": False,
        },
        dict.fromkeys(("pushNotificationDetails", "timeSeriesEvents"), "object_undeclared"),
    ),
    "75-int-like-floats": ({"orders": "12", "pts": 7, "raw": 12.0}, {}),
    "79-attribute-removed-1": ({"first": "Uma"}, {}),
    "80-attribute-removed-2": ({}, {}),
    "88-array-of-objects-with-null": ({name: [{"sku": "s1"}, {"sku": "s2"}] for name in ("cart", "cart_array")}, {}),
}


def mapping(case: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FIELD / f"{case}.yaml").read_text(encoding="utf-8"))
    return document


def decisions(case: str, **changes: Any) -> Iterator[Decision]:
    """What becomes of a case's profiles, with another mapping of the attributes or its own."""
    compiled = CompiledMapping(parse_destination(mapping(case) | changes))
    profiles = json.loads((FIELD / f"{case}.json").read_text(encoding="utf-8"))
    for profile in profiles if isinstance(profiles, list) else [profiles]:
        yield compiled.transform(profile, RECEIVED_MS)


def sent(decision: Decision) -> dict[str, Any]:
    """The attributes as MoEngage receives them, in which it finds nothing wrong."""
    record = record_of(decision)
    assert errors(record) == []
    assert {violation.rule for violation in of_record("customer", record)} <= {"date_stored_as_string"}
    attributes: dict[str, Any] = record["attributes"]
    return attributes


@pytest.mark.parametrize("case", RIGHT)
def test_a_case_from_the_field_has_the_right_values(case: str) -> None:
    (decision,) = decisions(case)
    attributes, warnings = RIGHT[case]
    assert sent(decision) == attributes
    assert {warning.field: warning.code for warning in decision.warnings} == warnings


def test_a_declared_unit_reads_every_birthday() -> None:
    case = "29-epoch-ms-before-1973"
    attributes = {name: {**options, "unit": "epoch_ms"} for name, options in mapping(case)["attributes"].items()}
    (decision,) = decisions(case, attributes=attributes)
    assert sent(decision) == {
        "born_ms": "1971-01-01T00:00:00Z",
        "born_ms_neg": "1969-12-31T00:00:00Z",
        "born_ms_text": "1972-01-01T00:00:00Z",
        "born_ms_1968": "1968-01-12T00:00:00Z",
    }


def test_a_date_is_the_day_that_was_written() -> None:
    attributes = {"birthday": "_tenant.born", "born": {"source": "_tenant.born_ist", "type": "date"}}
    (decision,) = decisions("33-birthday-at-local-midnight", attributes=attributes)
    assert sent(decision) == {"birthday": "1990-05-17", "born": "1990-05-17"}


def test_a_field_of_several_types_is_sent_as_it_is() -> None:
    first, second = decisions("48-polymorphic")
    assert sent(first) == {"pin": 70173, "flag": True, "tags": "a", "when": "2024-03-02", "amount": 5}
    assert sent(second) == {
        "pin": "D-70173",
        "flag": "yes",
        "tags": ["a", "b"],
        "when": "2024-03-02T11:22:33Z",
        "amount": "5.50",
    }


def test_an_identity_is_read_whatever_the_case_of_its_namespace() -> None:
    case = "51-identity-in-attribute-case"
    found = [sent(each) for each in decisions(case, attributes={"email": {"identity": "Email"}})]
    assert found == [{"email": "jo@example.com"}, {"email": "ko@example.com"}]


def test_a_default_empties_an_attribute_whose_value_was_removed() -> None:
    attributes = {"first": {"source": "person.name.firstName", "default": ""}}
    (decision,) = decisions("80-attribute-removed-2", attributes=attributes)
    assert sent(decision) == {"first": ""}


def test_names_that_only_moengage_sets_are_refused() -> None:
    case = "89-reserved-standard-names"
    with pytest.raises(DestinationFaults) as refused:
        parse_destination(mapping(case))
    assert [fault.path for fault in refused.value.faults] == ["attributes.geo", "attributes.uninstall_time"]

    others = {name: source for name, source in mapping(case)["attributes"].items() if name in {"city", "u_em", "cr_t"}}
    (decision,) = decisions(case, attributes=others)
    assert sent(decision) == {"city": "Ulm", "u_em": "Ulm"}
    assert [(warning.field, warning.code) for warning in decision.warnings] == [("cr_t", "invalid_datetime")]
