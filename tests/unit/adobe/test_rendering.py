"""What ingest reads from the rendered template equals what Adobe had. Jinja2 stands in for Pebble."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.deliveries import Connector, recipient, shown
from tests.unit.given import payload

from aep_moengage.aep.bodies import read_body
from aep_moengage_cli.adobe.message_template import message_template
from aep_moengage_cli.adobe.rendering import Names, render
from aep_moengage_cli.adobe.samples import NAMES, PROFILES

TEMPLATE = message_template()
SAMPLES = [payload("sdk_freeform_attributes"), payload("sdk_predefined_attributes"), *PROFILES]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = texts | st.sampled_from(["ups", "key", "value", "items", "__class__", "_Map__content", "attributes"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
said = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
entries = st.fixed_dictionaries(
    {"status": st.sampled_from(["realized", "exited", "existing"])},
    optional={"lastQualificationTime": said, "validUntil": said},
)
profiles = st.fixed_dictionaries(
    {
        "segmentMembership": st.dictionaries(keys, st.dictionaries(keys, entries, max_size=3), max_size=2),
        "identityMap": st.dictionaries(keys, st.lists(st.fixed_dictionaries({"id": texts}), max_size=2), max_size=2),
        "attributes": st.dictionaries(keys, st.fixed_dictionaries({}, optional={"value": values}) | values, max_size=3),
    }
)
names = st.dictionaries(keys, st.dictionaries(keys, said, max_size=3), max_size=2)


def exported(profile: dict[str, Any], names: Names) -> dict[str, Any]:
    """What ingest should read: the profile with its audiences' names, without empty parts."""
    membership = {
        namespace: {
            audience: entry | ({"name": name} if (name := names.get(namespace, {}).get(audience)) else {})
            for audience, entry in entries.items()
        }
        for namespace, entries in profile["segmentMembership"].items()
    }
    filled = {name: part for name in ("identityMap", "attributes") if (part := profile.get(name))}
    return {"segmentMembership": membership, **filled}


@pytest.mark.parametrize("profile", SAMPLES, ids=lambda profile: ",".join(profile["identityMap"]))
def test_sample_is_read_as_adobe_had_it(profile: dict[str, Any]) -> None:
    assert read_body(render(TEMPLATE, [profile], NAMES)) == [exported(profile, NAMES)]


@given(st.lists(profiles, min_size=1, max_size=3), names)
def test_profiles_are_read_as_adobe_had_them(given: list[dict[str, Any]], names: Names) -> None:
    assert read_body(render(TEMPLATE, given, names)) == [exported(profile, names) for profile in given]


def test_names_come_from_the_namespace_of_the_audience() -> None:
    membership = {"ups": {"a": {"status": "realized"}}, "AAM": {"a": {"status": "realized"}}}
    body = render(TEMPLATE, [{"segmentMembership": membership}], {"ups": {"a": 'Gold "1"'}, "AAM": {"a": "Silver"}})

    (read,) = read_body(body)
    found = {namespace: entries["a"]["name"] for namespace, entries in read["segmentMembership"].items()}
    assert found == {"ups": 'Gold "1"', "AAM": "Silver"}


def test_template_has_only_tags_that_pebble_and_jinja2_share() -> None:
    tags = re.findall(r"{%-?\s*(\w+)", TEMPLATE)
    assert set(tags) <= {"for", "endfor", "if", "else", "endif"}


def test_json_filter_is_replaced() -> None:
    other = message_template("toJson")
    assert other.count("| toJson") == 2
    assert render(other, SAMPLES, NAMES) == render(TEMPLATE, SAMPLES, NAMES)


def call(names: Names, **audiences: str) -> dict[str, Any]:
    """A profile of one call, as ingest reads it, about some audiences only."""
    entries = {name: {"status": status, "lastQualificationTime": TIMES[status]} for name, status in audiences.items()}
    profile = {"segmentMembership": {"ups": entries}, "identityMap": {"user_id": [{"id": "ada"}]}, "attributes": {}}
    (read,) = read_body(render(TEMPLATE, [profile], names))
    return dict(read)


TIMES = {"realized": "2025-12-01T08:00:00.000+0000", "exited": "2025-12-02T08:00:00.000+0000"}


def test_memberships_of_partial_calls_end_as_one_state() -> None:
    connector = Connector()
    to = recipient(identities={"user_id": "user_id", "anonymous_id": "anonymous_id"}, attributes="all")
    names = {"ups": {"gold": "Gold", "news": "Newsletter", "old": "Old"}}
    calls = [call(names, gold="realized"), call(names, news="realized", old="exited"), call(names, gold="exited")]

    sent = [shown(connector.sent(to, each)) for each in calls]

    assert sent == [
        [{"AEP Segment": ["Gold"]}],
        [{"AEP Segment": ["Gold", "Newsletter"]}],
        [{"AEP Segment": ["Newsletter"]}],
    ]


statements = st.dictionaries(
    st.sampled_from(["gold", "news", "old"]),
    st.tuples(st.sampled_from(["realized", "existing", "exited"]), st.integers(1, 28)),
    min_size=1,
)


@given(st.lists(statements, min_size=1, max_size=6))
def test_calls_in_any_split_and_order_end_with_the_newest_of_each_audience(
    calls: list[dict[str, tuple[str, int]]],
) -> None:
    connector, to = Connector(), recipient(identities={"user_id": "user_id"}, attributes="all")
    newest: dict[str, tuple[int, bool]] = {}  # by audience: the day, and whether it was left, which wins on one day
    for said in calls:
        membership = {
            audience: {"status": status, "lastQualificationTime": f"2025-12-{day:02}T08:00:00.000+0000"}
            for audience, (status, day) in said.items()
        }
        profile = {"segmentMembership": {"ups": membership}, "identityMap": {"user_id": [{"id": "ada"}]}}
        connector.deliver(to, *read_body(render(TEMPLATE, [profile], {"ups": {each: each.title() for each in said}})))
        for audience, (status, day) in said.items():
            newest[audience] = max(newest.get(audience, (0, False)), (day, status == "exited"))

    assert held(connector) == sorted(name.title() for name, (_, left) in newest.items() if not left)


def held(connector: Connector) -> list[str]:
    """The names that MoEngage has after all records."""
    names: list[str] = []
    for attributes in shown(connector.moengage.records):
        removed = attributes.get("removeValueFromArrayField", {}).get("AEP Segment", [])
        names = [name for name in attributes.get("AEP Segment", names) if name not in removed]
    return names


def test_attributes_arrive_under_their_target_names() -> None:
    connector = Connector()
    to = recipient(identities={"user_id": "user_id"}, attributes="all")
    profile = {
        "segmentMembership": {},
        "identityMap": {"user_id": [{"id": "ada"}]},
        "attributes": {"First_Name": {"value": 'Ada "A"\n'}, "city": {}, "points": {"value": 7}},
    }

    assert shown(connector.sent(to, *read_body(render(TEMPLATE, [profile])))) == [
        {"First_Name": 'Ada "A"\n', "points": 7}
    ]
