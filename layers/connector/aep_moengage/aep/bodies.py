"""Request bodies: JSON text into profiles.

A body is one profile, an array of profiles, or `{"profiles": [...]}`. A profile that cannot be read spoils only
itself: its text takes its place, which is no JSON object, so it is rejected and its neighbors are delivered. Bodies
of other elements are read in the same way.
"""

import json
from typing import Any, NamedTuple

from aep_moengage.aep.envelopes import envelope_name
from aep_moengage.aep.strict_json import Unreadable, elements, read_json, read_leniently, read_quickly

_BYTE_ORDER_MARK = "\ufeff"
_SEVERAL = "the body holds several JSON documents (NDJSON?); send them as one array"


class MalformedBody(ValueError):  # the reader's word for it
    """A body that holds no profiles. The message says what is wrong and what is allowed, never what was in it."""


class Shape(NamedTuple):
    """What a body may hold: the members that can wrap an array of elements, and a sentence that says what is expected.

    `strict`: an object with such a member is a wrapper whatever the member holds.
    """

    members: tuple[str, ...]
    expected: str
    strict: bool = False


_PROFILES = Shape(("profiles",), 'a profile, an array of profiles, or {"profiles": [...]} is expected', strict=True)


def read_body(body: str | bytes) -> list[Any]:
    """Returns the profiles of a body, with whatever is in their place that is no profile.

    Raises:
        MalformedBody: for a body that is not JSON, has another shape, or holds no profile at all.
    """
    profiles = read_elements(body, _PROFILES)
    if profiles and (name := envelope_name(profiles[0])) and all(map(envelope_name, profiles)):
        raise MalformedBody(f"the body is {name}; {_PROFILES.expected}")
    return profiles


def read_elements(body: str | bytes, shape: Shape) -> list[Any]:
    """Returns the elements of a body of some shape, with whatever is in their place that is none.

    Raises:
        MalformedBody: for a body that is not JSON, has another shape, or has elements and no object among them.
    """
    content = read_quickly(body)
    found = _read_slowly(_text(body), shape) if content is None else _unwrapped(content, shape)
    if found and not any(isinstance(each, dict) for each in found):
        raise MalformedBody(f"the body holds no JSON object; {shape.expected}")
    return found


def _text(body: str | bytes) -> str:
    if isinstance(body, bytes):
        try:
            body = body.decode(json.detect_encoding(body), "surrogatepass")
        except UnicodeDecodeError:
            raise MalformedBody("the body is not UTF-8") from None
    return body.removeprefix(_BYTE_ORDER_MARK)


def _read_slowly(text: str, shape: Shape) -> list[Any]:
    try:
        return _elements(text, shape)
    except json.JSONDecodeError as error:
        raise MalformedBody(_syntax_error(text, error, shape)) from None
    except Unreadable as error:
        raise MalformedBody(f"the body cannot be read: {error}") from None


def _elements(text: str, shape: Shape) -> list[Any]:
    try:
        return _unwrapped(read_json(text), shape)
    except Unreadable:
        content = read_leniently(text)
        if _unwrapped(content, shape) == [content]:  # one element, which spoils no other
            raise
        return _read_apart(text, _wrapper(content, shape) or "")


def _unwrapped(content: Any, shape: Shape) -> list[Any]:
    if isinstance(content, dict):
        member = _wrapper(content, shape)
        return [content] if member is None else _listed(content[member], member, shape)
    if not isinstance(content, list):
        raise MalformedBody(f"the body is neither an object nor an array; {shape.expected}")
    return content


def _wrapper(content: Any, shape: Shape) -> str | None:
    """Returns the member of an object that wraps its elements."""
    if not isinstance(content, dict):
        return None
    for member in shape.members:
        if member in content and (shape.strict or isinstance(content[member], list)):
            return member
    return None


def _listed(value: Any, member: str, shape: Shape) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedBody(f"`{member}` is not an array; {shape.expected}")
    return value


def _read_apart(text: str, member: str) -> list[Any]:
    """Returns the elements of an array, each read for itself; the text of one that cannot be read is in its place.

    Raises:
        Unreadable: if none can be read.
    """
    found: list[Any] = []
    for each in elements(text, member):
        try:
            found.append(read_json(each))
        except Unreadable as error:
            found.append(each)
            unreadable = error
    if not any(isinstance(each, dict) for each in found):
        raise unreadable
    return found


def _syntax_error(text: str, error: json.JSONDecodeError, shape: Shape) -> str:
    if error.msg == "Extra data" and text[error.pos] in "{[":
        return _SEVERAL
    return f"the body is not JSON ({error.msg}, line {error.lineno} column {error.colno}); {shape.expected}"
