"""Identities: the id that is chosen of a namespace."""

import itertools
from typing import Any

import pytest

from aep_moengage.aep.identities import InvalidIdentity, choose, compile_choice, compile_identity
from aep_moengage.aep.nobody import compile_screen

SCREEN = compile_screen()
PRIMARY, AUTHENTICATED = {"primary": True}, {"authenticatedState": "authenticated"}


def chosen(*entries: Any) -> str | None:
    return choose(list(entries), SCREEN)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([{"id": "aa"}, {"id": "bb"}], "aa"),
        ([{"id": "aa"}, {"id": "bb", "primary": True}], "bb"),
        ([{"id": "aa"}, {"id": "bb", "primary": "true"}], "bb"),
        ([{"id": "aa", "primary": "false"}, {"id": "bb", "primary": "True"}], "bb"),
        ([{"id": "aa"}, {"id": "bb", "primary": "yes"}], "aa"),
        ([{"id": "aa"}, {"id": "", "primary": True}], "aa"),
        ([{"id": "aa"}, {"id": "undefined", "primary": True}], "aa"),
        ([{"id": "aa"}, {"id": "bb", **AUTHENTICATED}], "bb"),
        ([{"id": "aa", "authenticatedState": "loggedOut"}, {"id": "bb", "authenticatedState": "Authenticated"}], "bb"),
        ([{"id": "aa", **AUTHENTICATED}, {"id": "bb", **PRIMARY}], "bb"),
        ([{"id": "aa", **PRIMARY}, {"id": "bb", **PRIMARY, **AUTHENTICATED}], "bb"),
        ([{"id": "cust-B"}, {"id": "cust-A"}], "cust-A"),
        ([{"id": None}, {"id": " "}, {"id": True}, {}, {"id": "zz"}], "zz"),
        ([{"id": ["aa"]}], None),
        ([{"id": "bb"}, {"id": 0.5}], "bb"),
        (["aa"], "aa"),
        ("aa", "aa"),
        ({"id": "aa"}, "aa"),
        (77, "77"),
        ([], None),
        (None, None),
        (True, None),
        (float("nan"), None),
    ],
)
def test_the_primary_then_an_authenticated_then_the_smallest_id_is_chosen(entries: Any, found: str | None) -> None:
    assert choose(entries, SCREEN) == found


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [{"id": "dd"}, {"id": "bb", **AUTHENTICATED}, {"id": "cc", **AUTHENTICATED}, {"id": "null"}, {"id": 2e60}]
    assert {chosen(*order) for order in itertools.permutations(entries)} == {"bb"}


@pytest.mark.parametrize(("written", "read"), [(" user-77\n", "user-77"), ("\ufeffuser-77\u200b", "user-77")])
def test_an_id_is_trimmed(written: str, read: str) -> None:
    assert chosen({"id": written}) == read


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (12345, "12345"),
        (12.0, "12"),
        (-7.0, "-7"),
        (2.0**53 - 1, "9007199254740991"),
        (2**53 + 1, "9007199254740993"),
        (10**37 + 1, "1" + "0" * 36 + "1"),
    ],
)
def test_a_number_is_read_to_its_last_digit(number: float, read: str) -> None:
    assert chosen({"id": number}) == read


@pytest.mark.parametrize("number", [0.5, 2.0**53, -(2.0**53), 1.4575006536349287e37, float("inf"), 10**1024])
def test_a_number_whose_digits_are_not_known_is_invalid(number: float) -> None:
    with pytest.raises(InvalidIdentity):
        chosen({"id": number})


def test_an_invalid_primary_id_is_not_replaced_by_another_one() -> None:
    with pytest.raises(InvalidIdentity):
        chosen({"id": "aa"}, {"id": 0.5, **PRIMARY})


@pytest.mark.parametrize(
    ("identities", "found"),
    [
        ({"ECID": [{"id": "aa"}]}, "aa"),
        ({"ecid": [{"id": "aa"}]}, "aa"),
        ({"eCiD": [{"id": "aa"}]}, "aa"),
        ({"ecid": [{"id": "aa"}], "ECID": [{"id": "bb"}]}, "bb"),
        ({"ECID": [], "ecid": [{"id": "aa"}]}, "aa"),
        ({"ECID": [{"id": "null"}], "ecid": [{"id": "aa"}]}, "aa"),
        ({"Ecid": [{"id": "bb"}], "ecid": [{"id": "aa"}]}, "bb"),
        ({"email": [{"id": "aa"}]}, None),
        ({}, None),
        (None, None),
        ([{"id": "aa"}], None),
    ],
)
def test_namespaces_compare_without_case(identities: Any, found: str | None) -> None:
    assert compile_choice("ECID", SCREEN)({"identityMap": identities}) == found


def test_a_profile_without_an_identity_map_has_no_identity() -> None:
    assert compile_identity("ECID")({}) is None


def test_an_invalid_id_counts_as_absent_where_nobody_is_identified_by_it() -> None:
    assert compile_identity("ECID")({"identityMap": {"ECID": [{"id": 0.5}]}}) is None
