"""MoEngage's words: what it found wrong is shown, and whose value it was is not."""

from typing import Any

import pytest

from aep_moengage_cli.profiles.moengage_words import masked_words

ADA: dict[str, Any] = {
    "identityMap": {"crmid": [{"id": "ada-7f3a"}]},
    "person": {"name": {"firstName": "Ada Maria"}, "birthYear": 1815, "male": False},
    "points": 7,
    "status": "gold",
}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("The attribute 'first_name' is too long", "The attribute 'first_name' is too long"),
        ("value ADA MARIA of first_name is not a date", "value ••• of first_name is not a date"),
        ("Customer ada-7f3a, born 1815, is blocked", "Customer •••, born •••, is blocked"),
        ("'another person' is unknown; \"first_name\" is not", "'•••' is unknown; \"first_name\" is not"),
        ("ask x@example.com or +49 30 1234-567", "ask ••• or •••"),
        ("Ungültiger Wert", "••• Wert"),
        ("7 attributes, at most 200 KB", "7 attributes, at most ••• KB"),
        ("a golden rule about gold", "a golden rule about •••"),
        ("", ""),
    ],
)
def test_values_are_masked_and_words_about_them_stay(words: str, shown: str) -> None:
    assert masked_words(words, ADA, {"first_name"}) == shown
