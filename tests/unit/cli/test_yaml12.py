"""YAML 1.2: every value is read exactly as written, and nothing but the types of JSON is."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aep_moengage_cli.files.yaml12 import _READ_DIFFERENTLY, MOST_VALUES, Loader, _FastLoader, construct, parse


def read(text: str) -> Any:
    return construct(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "no",
        "yes",
        "On",
        "off",
        "y",
        "TrUe",
        "0712",
        "007",
        "12:30",
        "1:20:30",
        "+49",
        "0x1F",
        "0o17",
        "1_000",
        "2024-03-02",
        "2024-03-02T11:22:33Z",
        "=",
        "<<",
        "1e",
        "1.2.3",
        "e5",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert read(f"value: {text}") == {"value": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("9007199254740993", 9007199254740993),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-2.5E-3", -0.0025),
        (".inf", float("inf")),
    ],
)
def test_booleans_null_and_numbers_are_those_of_the_core_schema(text: str, value: Any) -> None:
    found = read(f"value: {text}")["value"]
    assert (found, type(found)) == (value, type(value))


def test_names_of_fields_are_text() -> None:
    assert read("{NO: 1, true: 2, 12: 3, 0712: 4, ~: 5, 1.0: 6}") == {
        "NO": 1,
        "true": 2,
        "12": 3,
        "0712": 4,
        "~": 5,
        "1.0": 6,
    }


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [x]",
        "!!python/name:os.system x",
        "!!set {a}",
        "!!binary aGk=",
        "!!timestamp 2024-03-02",
        "!!omap [a: 1]",
        "!own x",
        "!!bool yes",
        "!!int 0712",
        "{? [a] : b}",
    ],
)
def test_other_types_are_refused(text: str) -> None:
    with pytest.raises((yaml.YAMLError, TypeError)):
        read(text)


def test_aliases_repeat_their_value() -> None:
    assert read("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


def test_alias_bomb_is_refused_before_it_expands() -> None:
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 30)]
    with pytest.raises(yaml.MarkedYAMLError, match=f"more than {MOST_VALUES:,} values"):
        read("\n".join(["a0: &a0 x", *levels]))


def test_alias_to_a_value_that_contains_it_is_refused() -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="refers to a value that contains it"):
        read("a: &x [*x]")


_PIECES = [
    *"abN01.:-,#{}[]\"'()= \n~é",
    "key: ",
    "- ",
    "\n  ",
    "a: b\n",
    "{a: b}",
    "https://x",
    "null",
    "0712",
    " #c",
    "12:30",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@settings(max_examples=500)
def test_libyaml_reads_what_pyyaml_reads(text: str) -> None:
    def read_by(loader: Any) -> Any:
        return construct(loader(text).get_single_node())

    try:
        quickly = read_by(_FastLoader)
    except yaml.YAMLError:
        return  # PyYAML reads it then
    if not _READ_DIFFERENTLY.search(text):
        assert repr(quickly) == repr(read_by(Loader))
