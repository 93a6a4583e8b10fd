"""JMESPath expressions: what a document may ask for is bounded in length, depth and work."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.aep.expressions import DEPTH, TOKENS, WORK, cost, parse_expression
from aep_moengage.aep.source_errors import SourceError
from aep_moengage.aep.sources import compile_source

USUAL = [
    "orders[-1].total",
    "orders[?paid].id",
    "sum(orders[].total)",
    "mobilePhone.number || homePhone.number",
    "join(', ', sort(_tenant.tags))",
    "sort_by(orders, &date)[-1].items[*].{sku: sku, name: name, quantity: quantity, price: price.amount}",
    "orders[*].{id: id, total: total, items: items[*].{sku: sku, quantity: quantity, price: price}} | [?total > `5`]",
    "{" + ", ".join(f"name_{place}: _tenant.fields.name_{place}" for place in range(20)) + "}",
    " || ".join(f"_tenant.phones.number_{place}" for place in range(30)),
    "a[*].b[*].c[*].d[*].e[?f == 'x'].g[] | [0]",
]


@pytest.mark.parametrize("expression", USUAL)
def test_usual_expressions_are_far_from_the_bounds(expression: str) -> None:
    assert cost(parse_expression(expression).parsed).work <= WORK / 3


QUADRUPLED = "`[1]`" + "|[@,@,@,@]|[]" * 12


@pytest.mark.parametrize(
    ("expression", "position", "why"),
    [
        ("!" * 900 + "a", TOKENS + 1, "goes on after 300"),
        ("!" * 200 + "a", DEPTH + 1, "nested deeper than 30 levels"),
        ("[" * 400 + "a" + "]" * 400, TOKENS + 1, "goes on after 300"),
        ("[" * 100 + "a" + "]" * 100, DEPTH + 1, "nested deeper"),
        ("a" + "[*]" * 60, 2 + 3 * DEPTH, "nested deeper"),
        ("a|" * 200 + "a", TOKENS + 1, "goes on after"),
        ("a" + "[0]" * 200, TOKENS + 1, "goes on after"),
        (QUADRUPLED, 7 + 13 * 3, "repeats its data too often"),
        ("a." + ".".join(["[@,@]"] * 12), 1, "repeats its data too often"),
        ("a | " + "to_string([@]) | " * 12 + "@", 5 + 17 * 7, "repeats its data too often"),
        ("map(&[@,@,@,@][], " * 6 + "a" + ")" * 6, 55, "repeats its data too often"),
        ("a[?" + "[@,@,@,@][]|" * 6 + "[0]]", 40, "repeats its data too often"),
        ("join(a, b)", 1, "separator as a literal"),
    ],
)
def test_an_expression_beyond_the_bounds_is_refused_with_position_and_reason(
    expression: str, position: int, why: str
) -> None:
    with pytest.raises(SourceError, match=why) as refused:
        compile_source(expression)
    assert refused.value.position == position


def test_bounds_are_those_of_each_expression_whoever_parsed_it_before() -> None:
    import jmespath  # type: ignore[import-untyped] # noqa: PLC0415 # it has no types; another user of the library

    jmespath.compile(QUADRUPLED)
    for _ in range(2):
        with pytest.raises(SourceError):
            compile_source(QUADRUPLED)


STEPS = ["[@,@]", "[]", "[*]", "[@,@][]", "{x: @, y: @}", "*", "to_array(@)", "map(&[@,@], @)", "[?@]", "[a,b]", "[0]"]


def leaves(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + sum(map(leaves, value.values() if isinstance(value, dict) else value))
    return 1


@given(st.lists(st.sampled_from(STEPS), max_size=6), st.sampled_from(["@", "`[1,2]`", "a", "a.b"]))
def test_no_result_repeats_its_data_more_often_than_its_cost_says(steps: list[str], first: str) -> None:
    expression = " | ".join([first, *steps])
    data = {"a": [[1, 2], {"b": [3]}], "b": "x"}

    assert leaves(compile_source(expression)(data)) <= leaves(data) * cost(parse_expression(expression).parsed).work
