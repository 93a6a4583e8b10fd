"""Truncation: a text is cut between two characters as a reader sees them, never inside one.

An emoji of several code points, a flag, a letter with its accents and an Indic conjunct are one character each, as
Unicode's annex 29 (extended grapheme clusters) has it; of its rules those are here that change what a reader sees.
"""

from unicodedata import category, combining

_JOINER, _NON_JOINER = "\u200d", "\u200c"
_VIRAMA = 9  # the combining class of what joins an Indic consonant to the next
_MARKS = ("Mn", "Mc", "Me")  # accents, vowel signs, variation selectors


def truncate(text: str, limit: int) -> str:
    """Returns as many whole characters of a text as `limit` code points hold.

    Where already the first has more, its code points are cut.
    """
    if len(text) <= limit:
        return text
    end = limit
    while end and not _parts(text, end):
        end -= 1
    return text[: end or limit]


def _parts(text: str, end: int) -> bool:
    """Whether the code points before and after `end` belong to different characters."""
    before, after = text[end - 1], text[end]
    if _continues(after) or before == _JOINER or combining(before) == _VIRAMA:
        return False
    if _is_regional(before) and _is_regional(after):
        return _regionals_before(text, end) % 2 == 0
    return not (before == "\r" and after == "\n")


def _continues(point: str) -> bool:
    """Whether a code point belongs to the one before it: marks, joiners, skin tones, tags of flags, Korean vowels."""
    return (
        category(point) in _MARKS
        or point in {_JOINER, _NON_JOINER}
        or "\U0001f3fb" <= point <= "\U0001f3ff"
        or "\U000e0020" <= point <= "\U000e007f"
        or "\u1160" <= point <= "\u11ff"
    )


def _is_regional(point: str) -> bool:
    """Whether a code point is half a flag."""
    return "\U0001f1e6" <= point <= "\U0001f1ff"


def _regionals_before(text: str, end: int) -> int:
    start = end
    while start and _is_regional(text[start - 1]):
        start -= 1
    return end - start
