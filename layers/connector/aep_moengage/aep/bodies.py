"""Request bodies: JSON text into profiles.

A body is one profile, an array of profiles, or `{"profiles": [...]}`. A profile that cannot be read spoils only
itself: its text takes its place, which is no JSON object, so it is rejected and its neighbors are delivered.
"""

import json
from typing import Any

from aep_moengage.aep.envelopes import envelope_name
from aep_moengage.aep.strict_json import Unreadable, elements, read_json, read_leniently

_PROFILES = "profiles"
_BYTE_ORDER_MARK = "\ufeff"
_SHAPES = 'a profile, an array of profiles, or {"profiles": [...]} is expected'
_SEVERAL = "the body holds several JSON documents (NDJSON?); send them as one array"


class MalformedBody(ValueError):  # the reader's word for it
    """A body that holds no profiles. The message says what is wrong and what is allowed, never what was in it."""


def read_body(body: str | bytes) -> list[Any]:
    """Returns the profiles of a body, with whatever is in their place that is no profile.

    Raises:
        MalformedBody: for a body that is not JSON, has another shape, or holds no profile at all.
    """
    text = _text(body)
    try:
        profiles = _profiles(text)
    except json.JSONDecodeError as error:
        raise MalformedBody(_syntax_error(text, error)) from None
    except Unreadable as error:
        raise MalformedBody(f"the body cannot be read: {error}") from None
    if profiles and not any(isinstance(profile, dict) for profile in profiles):
        raise MalformedBody(f"the body holds no JSON object; {_SHAPES}")
    if profiles and (name := envelope_name(profiles[0])) and all(map(envelope_name, profiles)):
        raise MalformedBody(f"the body is {name}; {_SHAPES}")
    return profiles


def _text(body: str | bytes) -> str:
    if isinstance(body, bytes):
        try:
            body = body.decode(json.detect_encoding(body), "surrogatepass")
        except UnicodeDecodeError:
            raise MalformedBody("the body is not UTF-8") from None
    return body.removeprefix(_BYTE_ORDER_MARK)


def _profiles(text: str) -> list[Any]:
    try:
        return _unwrapped(read_json(text))
    except Unreadable:
        content = read_leniently(text)
        if _unwrapped(content) == [content]:  # one profile, which spoils no other
            raise
        return _read_apart(text)


def _unwrapped(content: Any) -> list[Any]:
    match content:
        case list():
            return content
        case {"profiles": list() as profiles}:
            return profiles
        case {"profiles": _}:
            raise MalformedBody(f"`{_PROFILES}` is not an array; {_SHAPES}")
        case dict():
            return [content]
    raise MalformedBody(f"the body is neither an object nor an array; {_SHAPES}")


def _read_apart(text: str) -> list[Any]:
    """Returns the profiles of an array, each read for itself; the text of one that cannot be read is in its place.

    Raises:
        Unreadable: if none can be read.
    """
    profiles: list[Any] = []
    for each in elements(text, _PROFILES):
        try:
            profiles.append(read_json(each))
        except Unreadable as error:
            profiles.append(each)
            unreadable = error
    if not any(isinstance(profile, dict) for profile in profiles):
        raise unreadable
    return profiles


def _syntax_error(text: str, error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data" and text[error.pos] in "{[":
        return _SEVERAL
    return f"the body is not JSON ({error.msg}, line {error.lineno} column {error.colno}); {_SHAPES}"
