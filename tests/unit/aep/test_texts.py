"""Texts and their transforms."""

import hashlib

import pytest

from aep_moengage.aep.texts import STEPS, Transform, sha256, trimmed

ADA = "ada@example.com"


@pytest.mark.parametrize(
    "blank",
    [
        *(" ", "\t", "\r\n", "\x00", "\x1f", "\x7f", "\u00a0", "\u1680", "\u2003", "\u2028", "\u2029", "\u3000"),
        *("\u00ad", "\u200b", "\u200d", "\u200e", "\u2060", "\ufeff", " \u200b\n "),
    ],
)
def test_blanks_at_the_ends_are_trimmed(blank: str) -> None:
    assert trimmed(f"{blank}user 7{blank}") == "user 7"
    assert trimmed(blank) == ""


@pytest.mark.parametrize("text", ["", "user-7", "a\u200bb", "a b", "é", "\ud800x", "\U0001faea"])
def test_all_other_text_stays(text: str) -> None:
    assert trimmed(text) == text


@pytest.mark.parametrize("text", [ADA, " Ada@Example.COM\n", "\ufeffADA@example.com\u200b"])
def test_spellings_of_one_value_have_one_hash(text: str) -> None:
    assert sha256(text) == hashlib.sha256(ADA.encode()).hexdigest()


def test_a_hash_stays_in_lower_case_and_nothing_stays_nothing() -> None:
    assert sha256(sha256(ADA).upper()) == sha256(ADA)
    assert sha256(" \u200b") == ""


def test_every_transform_has_its_step() -> None:
    assert [STEPS[name](" Ab ") for name in (Transform.TRIM, Transform.LOWERCASE, Transform.UPPERCASE)] == [
        "Ab",
        " ab ",
        " AB ",
    ]
    assert STEPS.keys() == set(Transform)
