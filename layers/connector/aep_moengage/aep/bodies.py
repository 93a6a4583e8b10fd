"""Request bodies: JSON text into profiles."""

import json
from typing import Any, NoReturn

DEPTH = 200  # levels of nesting; XDM has about ten, and JSON code that recurses breaks at a thousand
_SHAPES = 'a profile, an array of profiles, or {"profiles": [...]} is expected'


class MalformedBody(ValueError):  # the reader's word for it
    """A body that holds no profiles. The message says what is wrong and what is allowed, never what was in it."""


def read_body(body: str | bytes) -> list[Any]:
    """Returns the profiles of a body. An element that is no object stays in: it spoils only itself.

    Raises:
        MalformedBody: for what is not JSON, NaN and Infinity included, or not one of the three shapes.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except MalformedBody:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise MalformedBody(f"the body is not JSON ({error.msg}, {where}); {_SHAPES}") from None
    except UnicodeDecodeError:
        raise MalformedBody("the body is not UTF-8") from None
    except ValueError:
        raise MalformedBody("the body has a number with too many digits") from None
    except RecursionError:
        raise MalformedBody(f"the body is nested deeper than {DEPTH} levels") from None
    if _may_be_deep(body) and _is_deep(content):
        raise MalformedBody(f"the body is nested deeper than {DEPTH} levels")
    return _profiles(content)


def _refuse_constant(constant: str) -> NoReturn:
    raise MalformedBody(f"the body is not JSON: {constant} is not a JSON value")


def _may_be_deep(body: str | bytes) -> bool:
    """Whether a body has enough brackets to be deep at all; most have not, and need no walk."""
    if isinstance(body, str):
        return body.count("[") + body.count("{") > DEPTH
    return body.count(b"[") + body.count(b"{") > DEPTH


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(DEPTH):
        level = [part for outer in level for part in _parts(outer)]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)


def _parts(outer: Any) -> Any:
    if type(outer) is dict:
        return outer.values()
    return outer if type(outer) is list else ()


def _profiles(content: Any) -> list[Any]:
    match content:
        case list():
            return content
        case {"profiles": list() as profiles}:
            return profiles
        case {"profiles": _}:
            raise MalformedBody(f"`profiles` is not an array; {_SHAPES}")
        case dict():
            return [content]
    raise MalformedBody(f"the body is neither an object nor an array; {_SHAPES}")
