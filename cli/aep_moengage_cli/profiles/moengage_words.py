"""MoEngage's own words about what it refused, without the personal data that they may quote."""

import re
from collections.abc import Iterator, Set
from typing import Any

from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage

MASK = "•••"
_LEAST = 2  # characters of a value that is looked for: a single one is in every word
_QUOTED = re.compile(r"""(["'`])(?P<text>[^"'`]+)\1""")
_PERSONAL = re.compile(
    r"\S+@\S+|\+?\d[\d().\s-]{2,}\d|\d{3,}|\w*[^\W\x00-\x7f]\w*"
)  # addresses, numbers, foreign words


def masked_words(words: str, payload: Any, names: Set[str] = frozenset()) -> str:
    """Returns words in which values of the payload, quotations, addresses and numbers are masked.

    A quotation that is one of `names`, those of attributes, stays: it says what to look at.
    """
    for value in sorted(set(_values(payload)), key=len, reverse=True):
        if value not in names:
            words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, words, flags=re.IGNORECASE)
    words = _QUOTED.sub(lambda found: found[0] if found["text"] in names else found[1] + MASK + found[1], words)
    return _PERSONAL.sub(MASK, words)


def _values(payload: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for value in payload.values():
            yield from _values(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from _values(value)
    elif payload is not None and not isinstance(payload, bool) and len(str(payload).strip()) >= _LEAST:
        yield str(payload).strip()


def masked_words_of(message: DeadLetterMessage, active: Version | None) -> str:
    """Returns MoEngage's words about a message, masked except for the attributes of the active version."""
    names = active.fields.get("attributes") if active else None
    return masked_words(message.said, message.payload, set(names) if isinstance(names, dict) else frozenset())
