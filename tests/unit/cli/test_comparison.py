"""The comparison of an export: attributes to send beside those that MoEngage holds."""

from typing import Any

import pytest
from tests.unit.given import destination

from aep_moengage_cli.profiles.comparison import ComparedAttribute, asked_attributes, compare

MAPPED = {"first_name": "a", "points": "b"}


def rows(sent: dict[str, Any] | None, held: dict[str, Any], **changes: Any) -> list[ComparedAttribute]:
    return compare(destination(attributes=MAPPED, **changes), sent, held)


@pytest.mark.parametrize(
    ("sent", "held", "state"),
    [
        ("Ada", "Ada", "same"),
        ("Ada", "ada", "differs"),
        ("Ada", None, "missing"),
        (None, "Ada", "only_in_moengage"),
        (7, 7.0, "same"),
        (7, "7", "differs"),
        (True, 1, "differs"),
        (["a", "b"], ["b", "a"], "same"),
        (["a", "b"], ["a"], "differs"),
        ("2024-03-02T05:52:33Z", "2024-03-02T05:52:33.000Z", "same"),
        ("2024-03-02T05:52:33Z", "2024-03-02T05:52:34Z", "differs"),
        ("1990-05-17", "1990-05-17T00:00:00Z", "same"),
        ("Ada", ["Ada"], "differs"),
        ({"a": 1}, {"a": 1}, "same"),
    ],
)
def test_values_with_the_same_meaning_are_the_same(sent: Any, held: Any, state: str) -> None:
    given = {name: value for name, value in (("points", sent),) if value is not None}
    (row,) = rows(given, {"points": held} if held is not None else {})
    assert row.state == state


def test_audience_attribute_comes_first_then_the_order_of_the_file() -> None:
    found = rows({"points": 1, "first_name": "Ada", "AEP Segment": ["Gold"]}, {})
    assert [row.attribute for row in found] == ["AEP Segment", "points", "first_name"]
    assert [row.attribute for row in rows(None, {"points": 1, "first_name": "Ada", "AEP Segment": []})] == [
        "AEP Segment",
        "first_name",
        "points",
    ]


@pytest.mark.parametrize(
    ("held", "state"), [({}, "same"), ({"AEP Segment": ["Other"]}, "same"), ({"AEP Segment": ["Gold"]}, "differs")]
)
def test_removed_names_must_not_be_held(held: dict[str, Any], state: str) -> None:
    (row,) = rows({"removeValueFromArrayField": {"AEP Segment": ["Gold"]}}, held)
    assert (row.attribute, row.state, row.without) == ("AEP Segment", state, ("Gold",))


def test_standard_attribute_is_compared_under_moengages_name() -> None:
    assert [(row.attribute, row.state) for row in rows({"first_name": "Ada"}, {"u_fn": "Ada"})] == [
        ("first_name", "same")
    ]
    assert asked_attributes(destination(attributes=MAPPED)) == ["AEP Segment", "first_name", "points", "u_fn"]


def test_everything_is_compared_if_everything_is_mapped() -> None:
    everything = destination(attributes="all")
    assert asked_attributes(everything) is None
    found = compare(everything, {"a": 1}, {"a": 1, "b": 2, "customer_id": "ada"})
    assert [(row.attribute, row.state) for row in found] == [("a", "same"), ("b", "only_in_moengage")]
