"""Values that name nobody."""

import hashlib

import pytest

from aep_moengage.aep.nobody import compile_screen

NAMES_NOBODY = compile_screen()


@pytest.mark.parametrize(
    "value",
    ["", "x", "0", "undefined", "UNDEFINED", "[object Object]", "anonymous", "Invalid", "NaN", "null", "None", "guest"],
)
def test_what_senders_write_for_no_id_names_nobody(value: str) -> None:
    assert NAMES_NOBODY(value)


@pytest.mark.parametrize(
    "zeros",
    [
        "00000000-0000-0000-0000-000000000000",
        "0" * 32,
        "{00000000-0000-0000-0000-000000000000}",
        "(00000000-0000-0000-0000-000000000000)",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "URN:UUID:00000000-0000-0000-0000-000000000000",
        "00:00:00:00:00:00",
        "0" * 8,
        "0" * 1024,
    ],
)
def test_an_id_of_zeros_names_nobody(zeros: str) -> None:
    assert NAMES_NOBODY(zeros)


@pytest.mark.parametrize("value", ["", "null", "undefined"])
@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_a_hash_of_nothing_names_nobody(name: str, value: str) -> None:
    digest = hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()
    assert NAMES_NOBODY(digest)
    assert NAMES_NOBODY(digest.upper())


@pytest.mark.parametrize(
    "value",
    [
        *("0000", "0000000", "000712", "00000000-0000-0000-0000-000000000001", "00000000-", "0x00000000", "0-0", "(0"),
        *("10", "user-0", "nancy", "invalid-1", hashlib.sha256(b"ada@example.com").hexdigest()),
    ],
)
def test_an_id_that_only_resembles_these_names_somebody(value: str) -> None:
    assert not NAMES_NOBODY(value)


def test_further_values_compare_trimmed_and_without_case() -> None:
    names_nobody = compile_screen([" Test@Example.com\u200b"])
    assert names_nobody("TEST@example.com")
    assert not names_nobody("ada@example.com")
