"""Sources: where a value is read in a profile. A dotted path, or any JMESPath expression."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

type Source = Callable[[Any], Any]

_PART = r'(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*")'
_PLAIN_PATH = re.compile(rf"{_PART}(?:\.{_PART})*", re.ASCII)
_PARTS = re.compile(_PART, re.ASCII)
_ABSENT = (KeyError, TypeError, IndexError)


class SourceError(ValueError):
    """An expression that is none. `position` counts its characters from 1."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"at character {position}: {why}")
        self.position = position


def compile_source(expression: str) -> Source:
    """Returns a function that reads a profile; it gives None for what is absent, and never raises.

    Raises:
        SourceError: for an invalid expression, with the position and the reason.
    """
    if _PLAIN_PATH.fullmatch(expression):
        return walk(plain_path(expression))
    return _jmespath(expression)


def plain_path(path: str) -> tuple[str, ...]:
    """Returns the names that a dotted path consists of; raises `SourceError` for what is none."""
    if not _PLAIN_PATH.fullmatch(path):
        raise SourceError(1, "no dotted path")
    return tuple(_key(part) for part in _PARTS.finditer(path))


def _key(part: re.Match[str]) -> str:
    if not part[0].startswith('"'):
        return part[0]
    try:
        return str(json.loads(part[0]))
    except ValueError:
        raise SourceError(part.start() + 1, "the quoted name is no JSON string") from None


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
    import jmespath  # type: ignore[import-untyped]  # noqa: PLC0415 # untyped; its import is paid only by who uses it
    from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]  # noqa: PLC0415 # as above

    try:
        compiled = jmespath.compile(expression)
    except JMESPathError as error:
        raise _source_error(expression, error) from None
    _check_functions(expression, compiled.parsed)

    def search(profile: Any) -> Any:
        try:
            return compiled.search(profile)
        except Exception:  # what a function raises depends on the data: wrong types, a division by zero, too deep
            return None

    return search


def _source_error(expression: str, error: Exception) -> SourceError:
    """Says where and why, in words that do not name the parser's token types."""
    position = getattr(error, "lex_position", 0)
    if position >= len(expression):
        return SourceError(len(expression) + 1, "the expression ends too early")
    found = expression[position]
    hint = '; quote a name with other characters than letters, digits and _, as in "e-mail"' if found == "-" else ""
    return SourceError(position + 1, f"{found} is unexpected{hint}")


def _check_functions(expression: str, tree: dict[str, Any]) -> None:
    """Finds the calls that could only ever fail: JMESPath itself notices them no earlier than when it runs."""
    from jmespath.functions import Functions  # type: ignore[import-untyped]  # noqa: PLC0415 # as above

    for name, given in _calls(tree):
        known = Functions.FUNCTION_TABLE.get(name)
        position = expression.find(f"{name}(") + 1
        if known is None:
            raise SourceError(position, f"there is no function {name}()")
        takes = known["signature"]
        variadic = bool(takes) and bool(takes[-1].get("variadic"))
        if given < len(takes) if variadic else given != len(takes):
            raise SourceError(position, f"{name}() takes {len(takes)} arguments, not {given}")


def _calls(tree: dict[str, Any]) -> Iterator[tuple[str, int]]:
    if tree["type"] == "function_expression":
        yield tree["value"], len(tree["children"])
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from _calls(child)
