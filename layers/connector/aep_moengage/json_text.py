"""JSON text, fast: msgspec reads and writes it, and the standard library takes over what msgspec refuses.

That is half a character (a lone surrogate), a byte order mark, UTF-16, and numbers beyond a double. Both read the same
values, whole numbers of any size among them; `tests/unit/test_json_text.py` compares them.
"""

import json
from typing import Any

import msgspec

_read = msgspec.json.Decoder().decode
write_quickly = msgspec.json.Encoder().encode  # raises UnicodeEncodeError for half a character; NaN becomes null


def read_quickly(text: str | bytes) -> Any:
    """Returns the value of JSON text, or None where only the standard library knows whether it can be read."""
    try:
        return _read(text)
    except (ValueError, RecursionError):
        return None


def read(text: str | bytes) -> Any:
    """Returns the value of JSON text as `json.loads` does, with the same errors."""
    value = read_quickly(text)
    return json.loads(text) if value is None else value
