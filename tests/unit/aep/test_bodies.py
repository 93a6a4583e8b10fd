"""Bodies, and what is read of one profile."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.given import PAYLOADS

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.aep.profiles import profile_values
from aep_moengage.aep.strict_json import DEPTH
from aep_moengage.aep.timestamps import is_date, parse_time


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


@pytest.mark.parametrize(
    ("attributes", "values"),
    [
        ({"lastName": {"value": "L"}}, {"lastName": "L"}),
        ({"lastName": "L"}, {"lastName": "L"}),
        ({"firstName": {}}, {}),
        ({"home": {"city": "X"}}, {"home": {"city": "X"}}),
        ({"home": {"value": 1, "unit": "km"}}, {"home": {"value": 1, "unit": "km"}}),
        ({"person.name": {"value": "L"}}, {"person.name": "L", "person": {"name": "L"}}),
        (
            {"a.b": {"value": 1}, "a.c": {"value": 2}, "a": {"d": 3}},
            {"a.b": 1, "a.c": 2, "a": {"b": 1, "c": 2, "d": 3}},
        ),
        ({"a.b": {"value": 1}, "a": {"b": "plain"}}, {"a.b": 1, "a": {"b": "plain"}}),
        ({"a.b": {"value": 1}, "a": "plain"}, {"a.b": 1, "a": "plain"}),
        ({"a.b.c": {"value": 1}, "a.b": {"value": 2}}, {"a.b": 2, "a.b.c": 1, "a": {"b": 2}}),
    ],
)
def test_sdk_attributes_are_read_as_the_top_level(attributes: Any, values: dict[str, Any]) -> None:
    profile = {"attributes": attributes, "identityMap": {"crmid": [{"id": "user-1"}]}}
    before = json.dumps(profile)
    assert profile_values(profile) == profile | values
    assert json.dumps(profile) == before, "the profile itself stays as it was: it may have to wait in the queue"


def test_sdk_attributes_do_not_stand_in_for_identities_and_audiences() -> None:
    profile = {"identityMap": {"a": []}, "attributes": {"identityMap": {"value": {"b": []}}}}
    assert profile_values(profile)["identityMap"] == {"a": []}


def test_attributes_that_are_no_object_are_left_alone() -> None:
    assert profile_values({"attributes": ["x"]}) == {"attributes": ["x"]}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-01-11T21:24:39Z", datetime(2022, 1, 11, 21, 24, 39, tzinfo=UTC)),
        ("2019-04-15T02:41:50+0000", datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC)),
        ("2019-04-15T02:41:50.000+0000", datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC)),
        ("2019-04-15T02:41:50+00:00", datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC)),
        ("2019-04-15T08:11:50+05:30", datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC)),
        ("2019-04-15T02:41:50.591378Z", datetime(2019, 4, 15, 2, 41, 50, 591378, tzinfo=UTC)),
        ("2019-04-15T02:41:50", datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC)),
        ("2019-04-15", datetime(2019, 4, 15, tzinfo=UTC)),
        (1648553325000, datetime(2022, 3, 29, 11, 28, 45, tzinfo=UTC)),
        ("1648553325000", datetime(2022, 3, 29, 11, 28, 45, tzinfo=UTC)),
        (1648553325, datetime(2022, 3, 29, 11, 28, 45, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_every_spelling_that_aep_uses(text: Any, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("YYYY-MM-DD", "2022-02-30T00:00:00Z", "0001-01-01T00:00:00+23:00", "", " ", "soon", "9" * 400, "9" * 5000),
        *(10**400, 1e300, float("nan"), None, True, [], {}),
    ],
)
def test_what_is_no_time_is_none(text: Any) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("2024-02-29", True), ("2023-02-29", False), ("YYYY-MM-DD", False), ("20240229", False), ("2024-W09-4", False)],
)
def test_a_date_is_one_of_the_calendar(text: str, is_one: bool) -> None:
    assert is_date(text) is is_one
