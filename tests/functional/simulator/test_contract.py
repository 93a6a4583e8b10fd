"""Refusals of MoEngage: the documented status and type, and no effect."""

import json
from typing import Any

import pytest
from tests.functional.simulator.caller import USERNAME, Caller, customer, event, fault_of
from tests.moengage_facts import FORBIDDEN_CUSTOMER_IDS

from aep_moengage_dev.simulator.simulator import Simulator

CUSTOMER, EVENT, BULK = (f"/v1/{api}/{USERNAME}" for api in ("customer", "event", "transition"))
MERGE, EXPORT = (f"/v1/{api}?app_id={USERNAME}" for api in ("customer/merge", "customers/export"))
SEEN = {"action": "Seen"}


def sized(size: int) -> bytes:
    """A customer of exactly so many bytes."""
    text = json.dumps(customer(attributes={"a": ""}))
    return text.replace('""', '"' + "x" * (size - len(text)) + '"').encode()


def bulk(size: int) -> bytes:
    """A bulk of exactly so many bytes."""
    start, end = b'{"type":"transition","elements":[', b"]}"
    return start + sized(size - len(start) - len(end)) + end


def test_success_means_accepted(moengage: Caller) -> None:
    answer = moengage.customer()

    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    assert answer.json().keys() == {"status", "message", "request_id"}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "kind"),
    [
        (b"{}", None, 400, "Missing header value"),
        (b"{}", "text/plain", 415, "Unsupported Media Type"),
        (b"  ", "application/json", 400, "Empty request body"),
        (b"{", "application/json", 400, "Malformed JSON"),
        (b'{"a": NaN}', "application/json", 400, "Malformed JSON"),
        (b"\xff", "application/json", 400, "Malformed JSON"),
        (b"[]", "application/json; charset=utf-8", 400, "Body type is not JSON"),
    ],
)
def test_body_other_than_a_json_object_is_refused(
    moengage: Caller, body: bytes, content_type: str | None, status: int, kind: str
) -> None:
    answer = moengage.post(CUSTOMER, body, content_type=content_type)

    assert (answer.status_code, fault_of(answer)) == (status, kind)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (CUSTOMER, sized(128_000), 200),
        (CUSTOMER, sized(128_001), 413),
        (BULK, bulk(100_000), 200),
        (BULK, bulk(100_001), 413),
        (EVENT, b" " * 128_001, 413),
        (MERGE, b" " * 128_001, 413),
        (CUSTOMER, b"x" * 16_000_001, 413),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else str(value),
)
def test_body_beyond_the_limit_is_too_large(moengage: Caller, path: str, body: bytes, status: int) -> None:
    assert moengage.post(path, body).status_code == status


@pytest.mark.parametrize("customer_id", [*FORBIDDEN_CUSTOMER_IDS, "x", "7"])
def test_forbidden_ids_are_refused(moengage: Caller, simulator: Simulator, customer_id: str) -> None:
    for answer in (moengage.customer(customer_id), moengage.event(SEEN, customer_id=customer_id)):
        assert (answer.status_code, fault_of(answer)) == (400, "InvalidParams")
    assert simulator.workspace.users == {}


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        (CUSTOMER, {"customer_id": "ada"}, "MissingAttributeError"),
        (CUSTOMER, {"type": "event", "customer_id": "ada", "actions": [SEEN]}, "AttributeError"),
        (CUSTOMER, {"type": "customer"}, "MissingAttributeError"),
        (CUSTOMER, customer(""), "MissingAttributeError"),
        (CUSTOMER, customer(None), "MissingAttributeError"),
        (CUSTOMER, customer(7), "TypeError"),
        (CUSTOMER, customer(attributes=[]), "TypeError"),
        (CUSTOMER, customer(update_existing_only="yes"), "TypeError"),
        (CUSTOMER, customer(unset_attributes={}), "TypeError"),
        (CUSTOMER, customer(unset_attributes=[{"type": "like", "attr": "a"}]), "AttributeError"),
        (CUSTOMER, customer(unset_attributes=[{"type": "equals"}]), "MissingAttributeError"),
        (CUSTOMER, customer(attributes={"addValueToArrayField": {"tags": "a"}}), "ArrayFieldError"),
        (CUSTOMER, customer(attributes={"addValueToArrayField": []}), "ArrayFieldError"),
        (CUSTOMER, customer(attributes={"addValueToArrayField": {"status": ["a"]}}), "ArrayFieldError"),
        (CUSTOMER, customer(attributes={"tags": ["b"], "addValueToArrayField": {"tags": ["a"]}}), "ArrayFieldError"),
        (
            CUSTOMER,
            customer(attributes={"tags": ["b"], "removeValueFromArrayField": {"tags": ["a"]}}),
            "ArrayFieldError",
        ),
        (
            CUSTOMER,
            customer(
                attributes={"addValueToArrayField": {"tags": ["b"]}, "removeValueFromArrayField": {"tags": ["a"]}}
            ),
            "ArrayFieldError",
        ),
        (EVENT, event(), "MissingAttributeError"),
        (EVENT, {"type": "event", "customer_id": "ada"}, "MissingAttributeError"),
        (EVENT, event({}), "MissingAttributeError"),
        (EVENT, event({"action": ""}), "MissingAttributeError"),
        (EVENT, event(SEEN | {"attributes": 3}), "TypeError"),
        (EVENT, event(SEEN, update_existing_only="yes"), "TypeError"),
        (EVENT, event(SEEN | {"platform": "Amiga"}), "AttributeError"),
        (EVENT, event(SEEN | {"current_time": []}), "TypeError"),
        (EVENT, event(SEEN | {"user_timezone_offset": 54_001}), "TypeError"),
        (BULK, {"type": "bulk", "elements": [customer()]}, "AttributeError"),
        (BULK, {"type": "transition"}, "MissingAttributeError"),
        (BULK, {"type": "transition", "elements": []}, "MissingAttributeError"),
        (BULK, {"type": "transition", "elements": {}}, "TypeError"),
        (BULK, {"type": "transition", "elements": [customer(), 3]}, "TypeError"),
        (BULK, {"type": "transition", "elements": [{"type": "order", "customer_id": "ada"}]}, "AttributeError"),
        (BULK, {"type": "transition", "elements": [{"type": "device", "customer_id": "ada"}]}, "MissingAttributeError"),
        (MERGE, {"merge_data": []}, "MissingAttributeError"),
        (MERGE, {"merge_data": [{"merged_user": "a"}]}, "MissingAttributeError"),
        (MERGE, {"merge_data": [{"merged_user": "a", "retained_user": "b"}] * 51}, "LimitBreached"),
        (EXPORT, {}, "MissingAttributeError"),
        (EXPORT, {"data": {"identifiers": [{"identifier_type": "customer_id"}]}}, "MissingAttributeError"),
        (
            EXPORT,
            {"data": {"identifiers": [{"identifier_type": "customer_id", "identifier": "a"}] * 21}},
            "LimitBreached",
        ),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else str(value),
)
def test_invalid_record_is_refused(moengage: Caller, simulator: Simulator, path: str, body: Any, kind: str) -> None:
    answer = moengage.post(path, body)

    assert (answer.status_code, fault_of(answer)) == (400, kind)
    assert simulator.workspace.counts()["applied"] == 0


def test_type_in_the_wrong_case_is_accepted_and_not_processed(moengage: Caller, simulator: Simulator) -> None:
    assert moengage.post(CUSTOMER, customer() | {"type": "Customer"}).ok
    assert simulator.workspace.users == {}
    assert [found["rule"] for found in simulator.workspace.violations] == ["type_case"]


@pytest.mark.parametrize(
    ("bulk_rejects", "status", "kept"), [("batch", 400, set()), ("element", 400, {"ada"}), ("silent", 200, {"ada"})]
)
def test_invalid_element_of_a_bulk_is_handled_as_set(
    moengage: Caller, simulator: Simulator, bulk_rejects: str, status: int, kept: set[str]
) -> None:
    moengage.control("POST", "settings", {"bulk_rejects": bulk_rejects})

    assert moengage.bulk(customer(), customer("null")).status_code == status
    assert set(simulator.workspace.users) == kept


def test_get_user_lists_found_and_missing_users(moengage: Caller) -> None:
    moengage.customer("ada", attributes={"first_name": "Ada", "points": 1})
    data = moengage.export("ada", "bob", fields=["points"]).json()["data"]

    assert data["users"] == [{"user_attributes": {"points": 1}}]
    assert data["users_not_found"] == [{"identifier_type": "customer_id", "identifier": "bob"}]


def test_get_user_finds_nobody_by_another_kind_of_id(moengage: Caller) -> None:
    identifier = {"identifier_type": "moengage_id", "identifier": "ada"}
    moengage.customer("ada")
    answer = moengage.post(EXPORT, {"data": {"identifiers": [identifier]}}).json()

    assert (answer["type"], answer["data"]["users_not_found"]) == ("export_users", [identifier])
