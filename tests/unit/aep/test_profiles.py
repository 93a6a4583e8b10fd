"""What is read of a profile, in either of AEP's two shapes."""

import json
import time
from typing import Any

import pytest

from aep_moengage.aep.profiles import profile_values


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


def seconds_for(dotted_keys: int) -> float:
    """The best of some runs, in CPU time."""
    profile = {"attributes": {f"a.b.key{number}": {"value": number} for number in range(dotted_keys)}}
    took = []
    for _ in range(5):
        started = time.process_time()
        assert len(profile_values(profile)["a"]["b"]) == dotted_keys
        took.append(time.process_time() - started)
    return min(took)


def test_dotted_keys_take_time_in_proportion_to_their_number() -> None:
    assert seconds_for(16_000) / seconds_for(1_000) < 64, "16 times as many take 16 times as long, not 256 times"
