"""Dynamic maps: objects keyed by ids are recognized, ordinary objects are not."""

from typing import Any

import pytest

from aep_moengage_cli.files.dynamic_maps import dynamic_maps


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"views": {f"sku-{number}": {"count": number} for number in range(3)}}], [("views",)]),
        ([{"t": {"views": {f"a{n}": n}}} for n in range(3)], [("t", "views")]),
        ([{"a": {f"id{n}": {f"id{m}": {"x": 1} for m in range(4)} for n in range(4)}}], [("a",)]),
        ([{"address": {"line1": "a", "line2": "b", "line3": "c"}}] * 3, []),
        ([{"person": {"first": 1, "last": 2}}, {"person": {"title": 3, "suffix": 4}}], []),
        ([{"views": {"sku-1": {"count": 1}}}], []),
        ([{"segmentMembership": {"ups": {f"seg{n}": {"status": "realized"} for n in range(5)}}}], []),
        ([{"scores": {"q1": 1, "q2": 2, "q3": 3}}] * 2, []),
        ([], []),
    ],
)
def test_dynamic_maps(records: list[dict[str, Any]], expected: list[tuple[str, ...]]) -> None:
    assert dynamic_maps(records) == expected
