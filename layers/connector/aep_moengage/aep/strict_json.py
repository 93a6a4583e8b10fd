"""Strict JSON: text into values, without NaN and Infinity, numbers of thousands of digits, and endless nesting.

`elements` finds the text of each element of an array, so that one that cannot be read spoils no other.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NoReturn

from aep_moengage import json_text

DEPTH = 200  # levels of nesting; XDM has about ten, and JSON code that recurses breaks at a thousand
TOO_DEEP = f"nested deeper than {DEPTH} levels"
_CONTAINERS = {dict, list}
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]')


class Unreadable(ValueError):
    """The text is JSON by its syntax, and still cannot be read. The message says why, never what was in it."""


def _refuse_constant(constant: str) -> NoReturn:
    raise Unreadable(f"{constant} is not a JSON value")


_STRICT = json.JSONDecoder(parse_constant=_refuse_constant)
# accepts what the strict reader refuses; the values are of no use, only whether and where they end
_LENIENT = json.JSONDecoder(parse_constant=str, parse_int=str, parse_float=str)


def read_json(text: str) -> Any:
    """Returns the value of JSON text.

    Raises:
        json.JSONDecodeError: for a syntax error.
        Unreadable: for NaN, Infinity, a number with too many digits, and too many levels.
    """
    try:
        value = _STRICT.decode(text)
    except (json.JSONDecodeError, Unreadable):
        raise
    except ValueError:
        raise Unreadable("a number has too many digits") from None
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    if _may_be_deep(text) and _is_deep(value):
        raise Unreadable(TOO_DEEP)
    return value


def read_quickly(text: str | bytes) -> Any:
    """Returns the value of JSON text, or None where only `read_json` knows whether it can be read."""
    value = json_text.read_quickly(text)
    return None if _may_be_deep(text) and _is_deep(value) else value


def read_leniently(text: str) -> Any:
    """Returns the value of JSON text as far as its shape goes: every number and constant in it is a text.

    Raises:
        json.JSONDecodeError: for a syntax error.
        Unreadable: for thousands of levels.
    """
    try:
        return _LENIENT.decode(text)
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None


def elements(text: str, member: str) -> list[str]:
    """Returns the text of each element of an array, or of the array that is this member of an object.

    `text` has no syntax error, and holds such an array.
    """
    opening = text.index("[")
    if text.lstrip()[0] == "{":
        for start, _ in _parts(text, text.index("{")):
            key, end = _LENIENT.raw_decode(text, text.index('"', start))
            if key == member:  # of a repeated key the last counts, as everywhere in JSON
                opening = text.index("[", end)
    return [text[start:end].strip() for start, end in _parts(text, opening)]


def _parts(text: str, opening: int) -> Iterator[tuple[int, int]]:
    """Yields where each part begins and ends that commas separate in the array or object that opens at a place."""
    depth, start = 0, opening + 1
    for token in _TOKEN.finditer(text, opening):
        symbol = token[0]
        if symbol in "[{":
            depth += 1
        elif symbol in "]}":
            depth -= 1
        if depth == 0 or (depth == 1 and symbol == ","):
            yield start, token.start()
            start = token.end()
        if depth == 0:
            return


def _may_be_deep(text: str | bytes) -> bool:
    """Whether a text has enough brackets to be deep at all; most have not, and need no walk."""
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{") > DEPTH
    return text.count("[") + text.count("{") > DEPTH


def _is_deep(content: Any) -> bool:
    level = [content] if type(content) in _CONTAINERS else []
    for _ in range(DEPTH):
        if not level:
            return False
        inner = chain.from_iterable([outer.values() if type(outer) is dict else outer for outer in level])
        level = [part for part in inner if type(part) in _CONTAINERS]
    return bool(level)
