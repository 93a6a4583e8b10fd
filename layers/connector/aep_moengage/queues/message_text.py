"""The text of a message: compact JSON, in characters that SQS takes, and its size."""

import json
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from aep_moengage.json_text import write_quickly

# where msgspec has to be checked: it writes null for a number that is not finite, and characters that SQS refuses
_SUSPECT = ("null", "\ufffe", "\uffff")


def message_text(message: Struct) -> str:
    """Returns a message as JSON."""
    return _quick_text(message) or _ascii_text(asdict(message))


def content_size(content: Any) -> int:
    """Returns the bytes that a JSON value takes in a message."""
    return text_size(_quick_text(content) or _ascii_text(content))


def text_size(text: str) -> int:
    """Returns the bytes of a text."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _quick_text(content: Any) -> str | None:
    try:
        text = write_quickly(content).decode()
    except UnicodeEncodeError:
        return None
    return None if any(map(text.__contains__, _SUSPECT)) else text


def _ascii_text(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"))
