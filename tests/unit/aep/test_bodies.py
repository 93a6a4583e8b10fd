"""Bodies, and the identities of a profile."""

import json
from typing import Any

import pytest
from tests.unit.given import PAYLOADS

from aep_moengage.aep.bodies import DEPTH, MalformedBody, read_body
from aep_moengage.aep.identities import compile_identity, first_id


@pytest.mark.parametrize(
    ("body", "profiles"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ('{"profiles": [{"a": 1}]}', [{"a": 1}]),
        ('{"profiles": []}', []),
        ("[]", []),
        ('[{"a": 1}, 7, null, "x", []]', [{"a": 1}, 7, None, "x", []]),
        (b'{"a": "\xc3\xa9"}', [{"a": "é"}]),
        (b'\xef\xbb\xbf{"a": 1}', [{"a": 1}]),
    ],
)
def test_a_body_is_a_profile_an_array_or_an_object_with_profiles(body: str | bytes, profiles: list[Any]) -> None:
    assert read_body(body) == profiles


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "not JSON"),
        ('{"secret": "canary"', "not JSON"),
        ('{"secret": "canary",}', "not JSON"),
        ('{"secret": NaN}', "NaN is not a JSON value"),
        ('{"secret": -Infinity}', "-Infinity is not a JSON value"),
        ('"canary"', "neither an object nor an array"),
        ("7", "neither an object nor an array"),
        ('{"profiles": {"secret": "canary"}}', "`profiles` is not an array"),
        (b'{"secret": "\xff\xfe"}', "not UTF-8"),
        ('{"a": ' + "1" * 5000 + "}", "too many digits"),
        ("[" * 100_000, "nested deeper"),
        ("[" * 100_000 + "]" * 100_000, "nested deeper"),
        ('{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1), "nested deeper"),
        (('{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1)).encode(), "nested deeper"),
    ],
)
def test_a_malformed_body_is_refused_without_repeating_its_content(body: str | bytes, why: str) -> None:
    with pytest.raises(MalformedBody, match=why) as refused:
        read_body(body)
    assert "canary" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_many_profiles_are_not_deep_ones() -> None:
    profiles = [{"a": {"b": [1]}}] * 1000
    assert read_body(json.dumps(profiles)) == profiles


def test_nesting_is_taken_up_to_its_limit() -> None:
    assert read_body('{"a":' * DEPTH + "1" + "}" * DEPTH)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_every_payload_that_adobe_publishes_is_read(path: Any) -> None:
    (profile,) = read_body(path.read_bytes())
    assert profile == json.loads(path.read_text())


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([{"id": "a"}, {"id": "b"}], "a"),
        ([{"id": "a"}, {"id": "b", "primary": True}], "b"),
        ([{"id": "a"}, {"id": "", "primary": True}], "a"),
        ([{"id": "a"}, {"id": "b", "primary": "yes"}], "a"),
        ([{"id": None}, {"id": " "}, {"id": True}, {}, {"id": "z"}], "z"),
        ([{"id": 12345}], "12345"),
        ([{"id": 12345.0}], "12345"),
        ([{"id": 0.5}], None),
        ([{"id": 10**200}], None),
        ([{"id": ["a"]}], None),
        (["a"], "a"),
        ("a", "a"),
        ({"id": "a"}, "a"),
        (7, "7"),
        ([], None),
        (None, None),
        (True, None),
        (float("inf"), None),
    ],
)
def test_an_identity_is_the_primary_entry_else_the_first_and_always_a_string(entries: Any, found: str | None) -> None:
    assert first_id(entries) == found


@pytest.mark.parametrize(
    ("identities", "found"),
    [
        ({"ECID": [{"id": "a"}]}, "a"),
        ({"ecid": [{"id": "a"}]}, "a"),
        ({"eCiD": [{"id": "a"}]}, "a"),
        ({"ecid": [{"id": "a"}], "ECID": [{"id": "b"}]}, "b"),
        ({"ECID": [], "ecid": [{"id": "a"}]}, "a"),
        ({"Ecid": [{"id": "b"}], "ecid": [{"id": "a"}]}, "b"),
        ({"email": [{"id": "a"}]}, None),
        ({}, None),
        (None, None),
        ([{"id": "a"}], None),
    ],
)
def test_namespaces_compare_without_case(identities: Any, found: str | None) -> None:
    assert compile_identity("ECID")({"identityMap": identities}) == found


def test_a_profile_without_an_identity_map_has_no_identity() -> None:
    assert compile_identity("ECID")({}) is None
