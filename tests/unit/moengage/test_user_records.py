"""The records of one user, as the bytes that are sent."""

import json

import pytest

from aep_moengage.moengage.user_records import added, customer_record, removed


@pytest.mark.parametrize(
    ("attributes", "fields", "sent"),
    [
        (b"{}", {}, {}),
        (b'{"a":1}', {}, {"a": 1}),
        (b"{}", {"AEP Segment": ["Gold"]}, {"AEP Segment": ["Gold"]}),
        (b'{"a":1}', added(["Gold"], "AEP Segment"), {"a": 1, "addValueToArrayField": {"AEP Segment": ["Gold"]}}),
        (
            b'{"a":1}',
            removed(["Gold"], "AEP Segment"),
            {"a": 1, "removeValueFromArrayField": {"AEP Segment": ["Gold"]}},
        ),
    ],
)
def test_a_customer_record_has_the_attributes_and_the_fields_beside_them(
    attributes: bytes, fields: dict[str, object], sent: dict[str, object]
) -> None:
    record = {"type": "customer", "customer_id": 'a"b', "attributes": sent}
    assert json.loads(customer_record('a"b', attributes, fields)) == record
    only_existing = customer_record('a"b', attributes, fields, update_existing_only=True)
    assert json.loads(only_existing) == record | {"update_existing_only": True}
