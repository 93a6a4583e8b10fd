"""Audience membership: the attribute, and the events of a change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.given import attributes_of, codes, decide, destination, payload, profile

from aep_moengage.ledger.memberships import Membership
from aep_moengage.mapping.audiences import AudienceStatus, compile_audiences, membership_events

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "AEP Segment"


def entry(status: str | None = "realized", **fields: Any) -> dict[str, Any]:
    return {"lastQualificationTime": "2024-03-02T11:22:33Z", **({"status": status} if status else {}), **fields}


def membership_of(segment_membership: Any, **changes: Any) -> Membership:
    return decide(profile(segmentMembership=segment_membership), **changes).membership


def sides(membership: Membership) -> tuple[set[str], set[str]]:
    return {each.name for each in membership.inside}, {each.name for each in membership.outside}


@pytest.mark.parametrize(
    ("status", "is_in"),
    [("realized", True), ("existing", True), ("exited", False), (None, True), ("whatever", True), ([], True)],
)
def test_exited_is_out_and_everything_else_is_in(status: Any, is_in: bool) -> None:
    inside, outside = sides(membership_of({"ups": {"a": entry(status)}}))
    assert (inside, outside) == (({"a"}, set()) if is_in else (set(), {"a"}))


def test_only_activated_audiences_count_and_namespaces_compare_without_case() -> None:
    found = membership_of(
        {"UPS": {"a": entry(), "b": entry()}, "externalAudiences": {"c": entry("exited"), "a": entry()}},
        audiences=[{"id": "a", "name": "Gold"}, {"id": "c", "name": "Silver", "namespace": "ExternalAudiences"}],
    )
    assert sides(found) == ({"Gold"}, {"Silver"})


def test_all_means_every_namespace() -> None:
    found = membership_of({"ups": {"a": entry()}, "AAM": {"b": entry()}, "CustomerAudienceUpload": {"c": entry()}})
    assert sides(found) == ({"a", "b", "c"}, set())


@pytest.mark.parametrize(
    ("configured", "sent", "name"),
    [("Ours", "Theirs", "Ours"), (None, "Theirs", "Theirs"), (None, None, "a"), (None, " ", "a"), (None, 7, "a")],
)
def test_the_name_is_the_destinations_else_the_payloads_else_the_id(configured: Any, sent: Any, name: str) -> None:
    audience = {"id": "a"} | ({"name": configured} if configured else {})
    assert sides(membership_of({"ups": {"a": entry(name=sent)}}, audiences=[audience]))[0] == {name}


@pytest.mark.parametrize("thing", [None, [], "ups", {"ups": None}, {"ups": []}, {"ups": {"a": None, "b": "realized"}}])
def test_what_is_no_membership_mentions_no_audience(thing: Any) -> None:
    decision = decide(profile(segmentMembership=thing))
    assert decision.membership == Membership()
    assert attributes_of(decision) == {}


def test_since_is_read_from_either_field() -> None:
    found = membership_of({"ups": {"a": entry(), "b": {"xdm:timestamp": "2020-01-01T00:00:00Z"}, "c": {}}}).inside
    since = {each.name: each.since for each in found}
    assert since["a"] == datetime(2024, 3, 2, 11, 22, 33, tzinfo=UTC)
    assert since["b"] == datetime(2020, 1, 1, tzinfo=UTC)
    assert since["c"] is None


def test_the_attribute_is_the_sorted_unique_names_inside() -> None:
    audiences = [{"id": "3", "name": "Zebra"}, {"id": "1", "name": "Ant"}, {"id": "2", "name": "Ant"}, {"id": "4"}]
    found = decide(
        profile(segmentMembership={"ups": {"3": entry(), "2": entry(), "1": entry("existing"), "4": entry("exited")}}),
        audiences=audiences,
    )
    assert attributes_of(found) == {NAME: ["Ant", "Zebra"]}


def test_a_name_that_one_audience_is_in_and_another_left_is_in() -> None:
    audiences = [{"id": "1", "name": "Gold"}, {"id": "2", "name": "Gold"}]
    found = decide(profile(segmentMembership={"ups": {"1": entry("exited"), "2": entry()}}), audiences=audiences)
    assert attributes_of(found) == {NAME: ["Gold"]}


def test_when_the_last_one_is_left_the_names_are_taken_out() -> None:
    found = decide(profile(segmentMembership={"ups": {"b": entry("exited"), "a": entry("exited")}}))
    assert attributes_of(found) == {"removeValueFromArrayField": {NAME: ["a", "b"]}}


def test_the_attribute_has_the_name_that_the_destination_gives_it() -> None:
    found = decide(profile(segmentMembership={"ups": {"a": entry()}}), audience_attribute="AEPSegments")
    assert attributes_of(found) == {"AEPSegments": ["a"]}


@pytest.mark.parametrize("status", ["realized", "exited"])
def test_of_more_than_fifty_the_most_recent_are_kept(status: str) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    times = {f"a{n:02}": (start + timedelta(days=n)).isoformat() for n in range(60)} | {"undated": ""}
    entries = {name: {"status": status, "lastQualificationTime": time} for name, time in times.items()}
    found = decide(profile(segmentMembership={"ups": entries}))
    attributes = attributes_of(found)
    names = attributes[NAME] if status == "realized" else attributes["removeValueFromArrayField"][NAME]
    assert names == [f"a{n:02}" for n in range(10, 60)]
    assert codes(found) == ["audiences_truncated"]


def test_exactly_fifty_are_no_warning() -> None:
    found = decide(profile(segmentMembership={"ups": {f"{n}": entry() for n in range(50)}}))
    assert len(attributes_of(found)[NAME]) == 50
    assert codes(found) == []


def test_a_name_beyond_the_limit_is_cut() -> None:
    found = decide(profile(segmentMembership={"ups": {"a": entry(name="n" * 600)}}))
    assert attributes_of(found) == {NAME: ["n" * 512]}
    assert codes(found) == ["audience_name_truncated"]


def test_a_payload_with_names() -> None:
    read = compile_audiences(destination().audiences, NAME)
    found = read(payload("http_api_segment_names")["segmentMembership"], [])
    assert sides(found) == ({"First name equals John", "354e086f-2e11-49a2-9e39-e5d9a76be683"}, set())
    assert {each.since for each in found.inside} == {
        datetime(2019, 4, 15, 2, 41, 50, tzinfo=UTC),
        datetime(2020, 4, 15, 2, 41, 50, tzinfo=UTC),
    }


def standings(*names: str, at: Any = "2024-03-02T11:22:33Z") -> tuple[AudienceStatus, ...]:
    return tuple(AudienceStatus(name, name, at) for name in names)


@pytest.mark.parametrize(
    ("before", "inside", "outside", "entered", "exited", "after"),
    [
        (None, "", "", "", "", ""),
        ("a", "", "", "", "", "a"),
        (None, "ab", "", "ab", "", "ab"),
        (None, "", "ab", "", "", ""),
        ("a", "ab", "", "b", "", "ab"),
        ("a", "a", "", "", "", "a"),
        ("ab", "a", "b", "", "b", "a"),
        ("ab", "a", "", "", "b", "a"),
        ("ab", "c", "", "c", "ab", "c"),
        ("ab", "", "b", "", "b", "a"),
        ("ab", "", "bc", "", "b", "a"),
        ("", "", "a", "", "", ""),
        ("", "a", "", "a", "", "a"),
        ("a", "a", "a", "", "", "a"),
    ],
)
def test_events_are_what_changed(
    *, before: str | None, inside: str, outside: str, entered: str, exited: str, after: str
) -> None:
    known = None if before is None else frozenset(before)
    change = membership_events("user-1", known, Membership(standings(*inside), standings(*outside)), RECEIVED)
    actions = change.record["actions"] if change.record else []
    told = [(action["action"], action["attributes"]["audience"]) for action in actions]
    assert told == [("AEP Segment Entered", n) for n in entered] + [("AEP Segment Exited", n) for n in exited]
    assert change.after == frozenset(after)


def test_an_event_record_has_moengages_shape() -> None:
    change = membership_events("user-1", None, Membership(standings("Gold")), RECEIVED)
    assert change.record == {
        "type": "event",
        "customer_id": "user-1",
        "actions": [
            {
                "action": "AEP Segment Entered",
                "attributes": {"audience": "Gold"},
                "current_time": "2024-03-02T11:22:33Z",
            }
        ],
    }


@pytest.mark.parametrize(
    ("since", "time"),
    [
        ("2024-03-02T11:22:33.591378Z", "2024-03-02T11:22:33Z"),
        ("2024-03-02T11:22:33+0530", "2024-03-02T05:52:33Z"),
        ("2999-01-01T00:00:00Z", "2026-03-01T12:00:00Z"),
        ("never", "2026-03-01T12:00:00Z"),
        (None, "2026-03-01T12:00:00Z"),
    ],
)
@pytest.mark.parametrize("enters", [True, False])
def test_the_time_of_an_event_is_that_of_the_change_and_never_in_the_future(
    since: Any, time: str, enters: bool
) -> None:
    change = standings("Gold", at=since)
    membership = Membership(change, ()) if enters else Membership((), change)
    before = None if enters else frozenset({"Gold"})
    record = membership_events("user-1", before, membership, RECEIVED).record
    assert record is not None
    assert record["actions"][0]["current_time"] == time
