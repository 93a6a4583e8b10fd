"""Texts: the transforms that a destination file can name. Attributes and identities share them."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLANK = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})  # Unicode's spaces, separators, control and format characters


class Transform(StrEnum):
    """A step that changes a text. Several apply in the order given."""

    TRIM = "trim"
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"
    SHA256 = "sha256"


def trimmed(text: str) -> str:
    """Returns a text without blanks at its ends: spaces, line breaks, control and format characters such as U+200B."""
    if text.isprintable() and text.strip() is text:  # nearly every text: no loop is spent on it
        return text
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while start < end and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def sha256(text: str) -> str:
    """Returns the hash of the trimmed, lowercased text in hexadecimal, as Adobe's *Apply transformation* does.

    A text that is such a hash already stays, in lower case: hashed twice it would match nobody. An empty text stays
    empty: everybody without a value would share its hash.
    """
    text = trimmed(text).lower()
    if not text or _SHA256.fullmatch(text):
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_blank(character: str) -> bool:
    return unicodedata.category(character) in _BLANK


STEPS: Mapping[Transform, Callable[[str], str]] = {
    Transform.TRIM: trimmed,
    Transform.LOWERCASE: str.lower,
    Transform.UPPERCASE: str.upper,
    Transform.SHA256: sha256,
}
