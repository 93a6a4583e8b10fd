"""What the fast reader and writer of JSON do is what the standard library does."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.json_text import read, read_quickly, write_quickly

TEXTS = st.text(st.characters(codec=None), max_size=20)  # halves of characters, too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
NUMBERS = st.from_regex(r"-?[0-9]{1,400}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
ODD = [
    b"NaN",
    b"-Infinity",
    b'"\\ud800"',
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf[1]",
    '["é"]'.encode("utf-16"),
    '["é"]'.encode("utf-32-le"),
    b"18446744073709551616",
    b'{"a":1,"a":2}',
    b"[1,]",
    b"",
    b'"\xff"',
    b'"\n"',
    b"1e400",
    b"-0",
    b"9" * 5000,
    b"[" * 100_000,
]


def outcome(reading: Any, text: bytes | str) -> str:
    """The value that is read, or the kind of error."""
    try:
        return repr(reading(text))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text[:20]))
def test_odd_texts_are_read_as_the_standard_library_reads_them(text: bytes) -> None:
    assert outcome(read, text) == outcome(json.loads, text)


@given(VALUES, st.booleans())
def test_values_are_read_as_the_standard_library_reads_them(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert repr(read(text)) == repr(json.loads(text))


@given(NUMBERS)
def test_numbers_are_exact(text: str) -> None:
    assert outcome(read, text) == outcome(json.loads, text)


@given(st.text(max_size=60) | st.text('[]{}",:0123e.-\\ \n', max_size=60))
def test_nothing_is_read_that_the_standard_library_refuses(text: str) -> None:
    value = read_quickly(text)
    assert value is None or repr(value) == repr(json.loads(text))


@given(VALUES)
def test_what_is_written_is_read_as_the_same_value(value: Any) -> None:
    try:
        written = write_quickly(value)
    except UnicodeEncodeError:
        return
    if math.inf not in _numbers(value) and -math.inf not in _numbers(value):
        assert repr(json.loads(written)) == repr(value)


def _numbers(value: Any) -> list[float]:
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, float) else []
    return own + [number for part in parts for number in _numbers(part)]
