"""Sources: dotted paths and JMESPath expressions that read a value of a profile."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from aep_moengage.aep.source_errors import SourceError

type Source = Callable[[Any], Any]

_PART = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*")'
_PLAIN_PATH = re.compile(rf"{_PART}(?:\.{_PART})*", re.ASCII)
_PARTS = re.compile(_PART, re.ASCII)
_ABSENT = (KeyError, TypeError, IndexError)


def compile_source(expression: str) -> Source:
    """Returns a function that reads a profile. It returns None for an absent value, and never raises.

    Raises:
        SourceError: for an expression that is invalid, or too long, too deep or too costly; with the position and the
            reason.
    """
    if _PLAIN_PATH.fullmatch(expression):
        return walk(plain_path(expression))
    return _jmespath(expression)


def plain_path(path: str) -> tuple[str, ...]:
    """Returns the names of a dotted path; raises `SourceError` for any other text."""
    if not _PLAIN_PATH.fullmatch(path):
        raise SourceError(1, "not a dotted path")
    return tuple(_key(part) for part in _PARTS.finditer(path))


def _key(part: re.Match[str]) -> str:
    if not part[0].startswith('"'):
        return part[0]
    try:
        return str(json.loads(part[0]))
    except ValueError:
        raise SourceError(part.start() + 1, "the quoted name is not a JSON string") from None


def walk(keys: Sequence[str]) -> Source:
    """Returns the dictionary walk along some keys. Those of usual length are spelled out, which halves their time."""
    match keys:
        case [a]:
            return _walk_1(a)
        case [a, b]:
            return _walk_2(a, b)
        case [a, b, c]:
            return _walk_3(a, b, c)
    return _walk_all(keys)


def _walk_1(a: str) -> Source:
    def walk(profile: Any) -> Any:
        try:
            return profile[a]
        except _ABSENT:
            return None

    return walk


def _walk_2(a: str, b: str) -> Source:
    def walk(profile: Any) -> Any:
        try:
            return profile[a][b]
        except _ABSENT:
            return None

    return walk


def _walk_3(a: str, b: str, c: str) -> Source:
    def walk(profile: Any) -> Any:
        try:
            return profile[a][b][c]
        except _ABSENT:
            return None

    return walk


def _walk_all(keys: Sequence[str]) -> Source:
    def walk(profile: Any) -> Any:
        try:
            for key in keys:
                profile = profile[key]
        except _ABSENT:
            return None
        return profile

    return walk


def _jmespath(expression: str) -> Source:
    from aep_moengage.aep.expressions import parse_expression  # noqa: PLC0415 # JMESPath: who uses it pays its import

    parsed = parse_expression(expression)

    def search(profile: Any) -> Any:
        try:
            return parsed.search(profile)
        except Exception:  # functions raise on unfit data: wrong types, a division by zero
            return None

    return search
