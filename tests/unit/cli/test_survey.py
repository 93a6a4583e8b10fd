"""The survey of sample profiles, and how a source spells their paths."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from tests.unit.given import payload
from tests.unit.mapping.test_transform_properties import JSON, PROFILES

from aep_moengage.aep.profiles import SDK_ATTRIBUTES, profile_values
from aep_moengage.aep.sources import compile_source
from aep_moengage_cli.files.survey import spelled, survey


def test_survey_keeps_the_order_of_appearance() -> None:
    found = survey([payload("http_api_default"), payload("http_api_segment_names"), 5])

    assert [spelled(path) for path in found.values] == [
        "person.birthDate",
        "person.name.firstName",
        "person.name.lastName",
        "personalEmail.address",
    ]
    assert found.values["person", "name", "firstName"] == ["John"]
    assert list(found.identities) == ["ecid", "email_lc_sha256"]
    assert found.audiences["ups", "5b998cb9-9488-4ec3-8d95-fa8338ced490"] == "First name equals John"
    assert found.audiences["ups", "354e086f-2e11-49a2-9e39-e5d9a76be683"] is None
    assert len(found.profiles) == 3


def test_audience_name_comes_from_any_profile() -> None:
    profiles: list[Any] = [{"segmentMembership": {"ups": {"a": entry}}} for entry in ({}, {"name": "A"}, {"name": 5})]
    assert survey(profiles).audiences == {("ups", "a"): "A"}


def test_destination_sdk_profile_is_surveyed_as_sources_read_it() -> None:
    found = survey([{"attributes": {"person.name.firstName": {"value": "Ada"}, "plan": "gold", "unset": {}}}])
    assert {spelled(path): values for path, values in found.values.items()} == {
        "plan": ["gold"],
        "person.name.firstName": ["Ada"],
    }


def test_consents_are_found_with_their_values() -> None:
    consents = {
        "marketing": {"email": {"val": "y"}, "preferred": "email"},
        "collect": {"val": "n"},
        "share": {"val": 1},
    }
    found = survey([{"consents": consents}])
    assert found.consents == {("consents", "collect"): ["n"], ("consents", "marketing", "email"): ["y"]}
    assert found.values == {}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (("a", "b"), "a.b"),
        (("_tenant", "e-mail"), '_tenant."e-mail"'),
        (("2nd",), '"2nd"'),
        (("a.b", 'q"x'), '"a.b"."q\\"x"'),
        (("größe",), '"größe"'),
        (("",), '""'),
        (("\ud800",), None),
        (("x" * 1001,), None),
    ],
)
def test_path_is_spelled_as_a_source(path: tuple[str, ...], source: str | None) -> None:
    assert spelled(path) == source


@given(PROFILES | JSON)
@settings(max_examples=150, deadline=None)
def test_every_path_reads_its_value(profile: Any) -> None:
    found = survey([profile])
    json.dumps([*found.identities, *map(str, found.audiences)])
    for path, values in found.values.items():
        if (source := spelled(path)) is not None:
            read = profile_values(profile) if SDK_ATTRIBUTES in profile else profile
            assert repr(compile_source(source)(read)) == repr(values[0])
