"""Source expressions."""

import subprocess
import sys
from typing import Any

import jmespath  # type: ignore[import-untyped] # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.aep.source_errors import SourceError
from aep_moengage.aep.sources import compile_source

PROFILE = {
    "person": {"name": {"firstName": "Ada", "e-mail": "a@x"}, "age": 36},
    "_tenant": {"a": {"b": {"c": {"d": 1}}}, "tags": ["x", "y"], "none": None},
    "person.name": "dotted",
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("person", PROFILE["person"]),
        ("person.age", 36),
        ("person.name.firstName", "Ada"),
        ("_tenant.a.b.c.d", 1),
        ('person.name."e-mail"', "a@x"),
        ('"person.name"', "dotted"),
        (r'"person\u002ename"', "dotted"),
        ("_tenant.none", None),
        ("nobody", None),
        ("person.nobody", None),
        ("person.name.nobody", None),
        ("person.age.years", None),
        ("_tenant.tags.x", None),
        ("_tenant.a.b.c.d.e.f", None),
        ("_tenant.tags[0]", "x"),
        ("join('+', _tenant.tags)", "x+y"),
        ("_tenant.tags[?@ == 'y'] | [0]", "y"),
        ("nobody || person.age", 36),
        ("join('+', person.age)", None),
        ("to_number(person.name)", None),
        ("avg(_tenant.tags)", None),
        ("@", PROFILE),
    ],
)
def test_a_source_returns_its_value_or_none(expression: str, value: Any) -> None:
    assert compile_source(expression)(PROFILE) == value


@pytest.mark.parametrize("thing", [None, 7, "text", [], [{"person": 1}], True])
@pytest.mark.parametrize("expression", ["person", "person.age", "person.name.firstName", "a.b.c.d", "length(@)"])
def test_a_source_never_raises(expression: str, thing: Any) -> None:
    compile_source(expression)(thing)


@pytest.mark.parametrize(
    ("expression", "position", "why"),
    [
        ("", 1, "ends too early"),
        ("person.", 8, "ends too early"),
        ("person..name", 8, ". is unexpected"),
        ("e-mail", 2, "quote a name"),
        ("tags[", 6, "ends too early"),
        ("a.b]", 4, "] is unexpected"),
        ("tags[?a = `1`]", 9, "= is unexpected"),
        ("jion(',', tags)", 1, "no function jion"),
        ("a || length(a, b)", 6, "length() takes 1 arguments, not 2"),
        ("merge()", 1, "merge() takes 1 arguments, not 0"),
        ('a."\\x"', 3, "not a JSON string"),
    ],
)
def test_an_invalid_expression_is_refused_with_position_and_reason(expression: str, position: int, why: str) -> None:
    with pytest.raises(SourceError) as refused:
        compile_source(expression)
    assert refused.value.position == position
    assert why in str(refused.value)
    assert f"at character {position}" in str(refused.value)


def test_variadic_functions_take_any_number() -> None:
    assert compile_source("merge(a, b, c)")({"a": {"x": 1}, "b": {"y": 2}, "c": {}}) == {"x": 1, "y": 2}


names = st.sampled_from(["a", "b", "_c", '"d e"', '"f.g"'])
documents = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "_c", "d e", "f.g"]), inner),
    max_leaves=12,
)


@given(st.lists(names, min_size=1, max_size=5).map(".".join), documents)
def test_a_plain_path_means_what_jmespath_means_by_it(path: str, document: Any) -> None:
    assert compile_source(path)(document) == jmespath.search(path, document)


def test_plain_paths_do_not_pay_for_the_import_of_jmespath() -> None:
    program = "import sys; from aep_moengage.aep.sources import compile_source; compile_source('a.b'); "
    program += "sys.exit('jmespath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 # our own words
