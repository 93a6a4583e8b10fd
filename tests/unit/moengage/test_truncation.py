"""Truncation: a text ends between two characters as a reader sees them."""

import pytest

from aep_moengage.moengage.truncation import truncate

WOMAN, GIRL, JOINER, SKIN = "\U0001f469", "\U0001f467", "\u200d", "\U0001f3fd"
FAMILY = JOINER.join((WOMAN, WOMAN, GIRL))
GERMANY, INDIA = "\U0001f1e9\U0001f1ea", "\U0001f1ee\U0001f1f3"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("", 3, ""),
        *(("a" + FAMILY, limit, "a") for limit in (1, 2, 3, 4, 5)),
        ("a" + FAMILY, 6, "a" + FAMILY),
        ("a" + FAMILY + "b", 6, "a" + FAMILY),
        ("a" + GERMANY, 2, "a"),
        (GERMANY + INDIA, 3, GERMANY),
        ("a" + GERMANY + INDIA + "b", 5, "a" + GERMANY + INDIA),
        ("a" + ENGLAND, 7, "a"),
        ("ab" + WOMAN + SKIN, 3, "ab"),
        ("ab\u2764\ufe0f", 3, "ab"),
        ("abe\u0301", 3, "ab"),
        ("ab1\ufe0f\u20e3", 4, "ab"),
        ("ab\u0915\u094d\u0937", 4, "ab"),
        ("ab\u0928\u093f", 3, "ab"),
        ("ab\u1112\u1161\u11ab", 4, "ab"),
        ("ab\r\n", 3, "ab"),
        ("ab\u2764\ufe0fc", 4, "ab\u2764\ufe0f"),
    ],
)
def test_a_cut_never_ends_inside_a_character(text: str, limit: int, kept: str) -> None:
    assert truncate(text, limit) == kept


@pytest.mark.parametrize("text", ["e" + "\u0301" * 600, JOINER.join(WOMAN * 400)])
def test_a_character_that_is_longer_than_the_limit_is_cut(text: str) -> None:
    assert truncate(text, 512) == text[:512]
