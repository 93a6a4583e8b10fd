"""Bodies, and the identities of a profile."""

import json
from typing import Any

import pytest
from tests.unit.given import PAYLOADS

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.aep.strict_json import DEPTH


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
        ('\ufeff[{"a": 1}]', [{"a": 1}]),
        ('{"a": 1}'.encode("utf-16"), [{"a": 1}]),
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
        ('{"canary": 1}\n{"canary": 2}', "several JSON documents"),
        ('["canary", null]', "no JSON object"),
        ('[{"canary": NaN}]', "NaN is not a JSON value"),
        ('[{"canary": NaN}, {"secret": }]', "line 1 column 30"),
        ('[{"a": NaN}, ' + "[" * 100_000 + "]" * 100_000 + "]", "nested deeper"),
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


@pytest.mark.parametrize(
    "bad",
    [
        '{"a": NaN}',
        '{"a": [1, -Infinity]}',
        '{"a": 1' + "0" * 4400 + "}",
        '{"a":' * (DEPTH + 10) + "1" + "}" * (DEPTH + 10),
        '{"a": "]},\\"{[", "b": NaN}',
        '{ "profiles": [NaN] }',
    ],
    ids=lambda bad: bad[:20],
)
@pytest.mark.parametrize("shape", ["[%s]", '{"profiles": 0, "x": [1], "\\"": {}, "profiles": [%s] }'])
def test_an_unreadable_profile_leaves_its_text_and_spoils_no_other(bad: str, shape: str) -> None:
    good = '{"a": "é,]}", "b": [1.5, "]"]}'

    assert read_body(shape % f"{good}, {bad} ,{good}") == [json.loads(good), bad, json.loads(good)]


def test_many_profiles_are_not_deep_ones() -> None:
    profiles = [{"a": {"b": [1]}}] * 1000
    assert read_body(json.dumps(profiles)) == profiles


def test_nesting_is_taken_up_to_its_limit() -> None:
    assert read_body('{"a":' * DEPTH + "1" + "}" * DEPTH)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_every_payload_that_adobe_publishes_is_read(path: Any) -> None:
    (profile,) = read_body(path.read_bytes())
    assert profile == json.loads(path.read_text())
