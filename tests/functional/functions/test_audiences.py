"""Audiences, from AEP's messages to what MoEngage shows: whatever a message leaves out stays as it was."""

import json
from typing import Any

import pytest
import yaml
from tests.functional.functions.cloud import DESTINATION, USERNAME, Cloud
from tests.profiles import profile

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

FIELD = PROJECT / "tests" / "field"
ATTRIBUTE = "AEP Segment"
NAMED = DESTINATION | {"audiences": [{"id": "a1", "name": "Gold"}, {"id": "a2", "name": "News"}, {"id": "a3"}]}
EVENTS = {"audience_events": True}
BRAVO = {"id": "bravo", "name": "Bravo", "audiences": [{"id": "a4", "name": "Churn"}, {"id": "a1", "name": "Gold"}]}
BRAVO_TOKEN = "bravo.token"


def said(user: str | None = "ada", *, ecid: str | None = None, points: int = 1, **audiences: Any) -> dict[str, Any]:
    """A message about some audiences, each with its status or as a whole entry."""
    entries = {name: {"status": each} if isinstance(each, str) else each for name, each in audiences.items()}
    return profile(user, ecid=ecid, points=points, segmentMembership={"ups": entries})


def at(hour: int, status: str = "realized") -> dict[str, str]:
    return {"status": status, "lastQualificationTime": f"2025-06-01T{hour:02}:00:00Z"}


def shown(moengage: Simulator, user: str = "ada") -> Any:
    return moengage.workspace.users[user].attributes.get(ATTRIBUTE)


def events(moengage: Simulator, user: str = "ada") -> list[tuple[str, str]]:
    found = moengage.workspace.events[user]
    return [(each["action"].removeprefix("AEP Segment "), each["attributes"]["audience"]) for each in found]


@pytest.fixture
def connected(emulated: Cloud) -> Cloud:
    emulated.connect(NAMED | EVENTS)
    return emulated


# --- partial messages


def test_partial_messages_become_one_membership(connected: Cloud, moengage: Simulator) -> None:
    assert connected.outcomes(said(a1="realized")) == ["delivered"]
    assert connected.outcomes(said(a2="realized")) == ["delivered"]
    assert connected.outcomes(said()) == ["unchanged"]

    assert shown(moengage) == ["Gold", "News"]
    assert events(moengage) == [("Entered", "Gold"), ("Entered", "News")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_messages_about_one_audience_give_the_same_whatever_their_order(
    connected: Cloud, moengage: Simulator, order: tuple[int, ...]
) -> None:
    messages = [said(a1=at(1)), said(a1=at(2, "exited"), a2=at(2)), said(a1=at(3), a2=at(2, "exited"), a3=at(3))]
    for place in order:
        assert connected.outcomes(messages[place])[0] in {"delivered", "unchanged", "superseded"}

    assert shown(moengage) == ["Gold", "a3"]


def test_two_rows_of_one_user_in_one_request_are_folded(connected: Cloud, moengage: Simulator) -> None:
    assert connected.outcomes([said(points=1, a1="realized"), said(points=2, a2="realized")]) == ["delivered"] * 2

    assert moengage.workspace.users["ada"].attributes == {"points": 2, ATTRIBUTE: ["Gold", "News"]}
    assert moengage.workspace.users["ada"].applied == 1
    assert sorted(events(moengage)) == [("Entered", "Gold"), ("Entered", "News")]


def test_audiences_of_an_update_whose_attributes_are_superseded_still_count(
    connected: Cloud, moengage: Simulator
) -> None:
    outage = moengage.faults.add(kind="status", status=503)
    assert connected.outcomes(said(points=1, a1="realized")) == ["retrying"]
    moengage.faults.remove(outage)
    assert connected.outcomes(said(points=2, a2="realized")) == ["delivered"]
    assert shown(moengage) == ["News"]

    connected.drain()
    assert moengage.workspace.users["ada"].attributes == {"points": 2, ATTRIBUTE: ["Gold", "News"]}
    assert connected.backlog() == 0


def test_a_backlog_of_one_user_is_folded_into_one_update(connected: Cloud, moengage: Simulator) -> None:
    outage = moengage.faults.add(kind="status", status=503, times=2)
    messages = [said(points=1, a1="realized"), said(points=2, a2="realized"), said(points=3, a1="exited")]
    assert [connected.outcomes(each) for each in messages[:2]] == [["retrying"]] * 2
    moengage.faults.remove(outage)
    connected.connect(NAMED | EVENTS, paused=True)
    assert connected.outcomes(messages[2]) == ["retrying"]
    connected.connect(NAMED | EVENTS)

    connected.drain()
    assert moengage.workspace.users["ada"].attributes == {"points": 3, ATTRIBUTE: ["News"]}
    assert moengage.workspace.users["ada"].applied == 1
    assert events(moengage) == [("Entered", "News")]


def test_a_status_that_nobody_knows_changes_nothing(connected: Cloud, moengage: Simulator) -> None:
    connected.outcomes(said(a1="realized"))

    for status in ("exiting", "removed", "", " "):
        assert connected.outcomes(said(a1=status)) == ["unchanged"]
    assert shown(moengage) == ["Gold"]
    assert connected.outcomes(said(a1=" EXITED ")) == ["delivered"]
    assert shown(moengage) == []


def test_a_membership_whose_validity_is_over_is_out(connected: Cloud, moengage: Simulator) -> None:
    connected.outcomes(said(a1=at(1), a2=at(1)))

    assert connected.outcomes(said(a1=at(1) | {"validUntil": "2025-06-02T00:00:00Z"})) == ["delivered"]
    assert shown(moengage) == ["News"]
    assert events(moengage)[-1] == ("Exited", "Gold")


def test_a_time_in_the_future_shuts_nothing_out(connected: Cloud, moengage: Simulator) -> None:
    connected.outcomes(said(a1={"status": "realized", "lastQualificationTime": "2999-01-01T00:00:00Z"}))

    assert connected.outcomes(said(a1="exited")) == ["delivered"]
    assert shown(moengage) == []


# --- renamed and no longer activated


@pytest.mark.parametrize("mentions", [True, False])
def test_a_renamed_audience_is_shown_under_its_new_name_at_the_next_update(
    connected: Cloud, moengage: Simulator, mentions: bool
) -> None:
    connected.outcomes(said(a1="realized", a2="realized"))
    connected.connect(NAMED | EVENTS | {"audiences": [{"id": "a1", "name": "Gold members"}, {"id": "a2"}]})

    connected.outcomes(said(points=2, **({"a1": "realized"} if mentions else {})))
    assert shown(moengage) == ["Gold members", "News"]
    assert len(events(moengage)) == 2, "a rename is no change of membership"


@pytest.mark.parametrize("audiences", [{}, {"a1": "exited"}, {"a1": "realized"}, {"a2": "exited"}])
def test_an_audience_that_is_no_longer_activated_is_gone_at_the_next_update(
    connected: Cloud, moengage: Simulator, audiences: dict[str, str]
) -> None:
    connected.outcomes(said(a1="realized", a2="realized"))
    connected.connect(NAMED | EVENTS | {"audiences": [{"id": "a2", "name": "News"}]})

    connected.outcomes(said(points=2, **audiences))
    assert shown(moengage) == ([] if "a2" in audiences else ["News"])


# --- beside another connector


def test_beside_another_connector_nobody_is_robbed_of_names(connected: Cloud, moengage: Simulator) -> None:
    connected.connect(NAMED)
    connected.outcomes(said("bob", a1="realized"))  # the attribute's name is known to MoEngage
    connected.connect(NAMED | {"existing_audiences": "keep"})
    connected.outcomes(said(points=1))
    moengage.workspace.users["ada"].attributes[ATTRIBUTE] = ["Theirs", "News"]

    assert connected.outcomes(said(points=1, a1="realized", a2="exited")) == ["delivered"]
    assert shown(moengage) == ["Theirs", "Gold"]
    assert connected.outcomes(said(points=1, a1="exited")) == ["delivered"]
    assert shown(moengage) == ["Theirs"]
    assert moengage.workspace.violations == []


# --- two destinations of a workspace


@pytest.fixture
def shared(connected: Cloud) -> Cloud:
    connected.connect(NAMED)
    connected.connect(DESTINATION | BRAVO | {"attributes": {"level": "points"}}, tokens=(BRAVO_TOKEN,))
    return connected


def to_bravo(cloud: Cloud, body: Any) -> list[str]:
    return cloud.outcomes(body, destination="bravo", authorization=f"Bearer {BRAVO_TOKEN}")


def test_two_destinations_of_a_workspace_show_the_audiences_of_both(shared: Cloud, moengage: Simulator) -> None:
    assert shared.outcomes(said(a1="realized")) == ["delivered"]
    assert to_bravo(shared, said(a4="realized")) == ["delivered"]
    assert shown(moengage) == ["Churn", "Gold"]

    assert shared.outcomes(said(a1="realized")) == ["unchanged"]
    assert to_bravo(shared, said(a4="exited")) == ["delivered"]
    assert shown(moengage) == ["Gold"]


def test_an_older_update_of_one_destination_is_not_superseded_by_the_other(shared: Cloud, moengage: Simulator) -> None:
    shared.outcomes(said(points=1))

    assert shared.outcomes(said(points=2), late_ms=60_000) == ["superseded"]
    assert to_bravo(shared, said(points=2)) == ["delivered"]
    assert moengage.workspace.users["ada"].attributes == {"points": 1, "level": 2}


# --- events


def test_each_change_is_one_event_that_triggers_campaigns(connected: Cloud, moengage: Simulator) -> None:
    for status in ("realized", "realized", "existing", "exited", "exited", "realized"):
        connected.outcomes(said(a1=status))

    assert events(moengage) == [("Entered", "Gold"), ("Exited", "Gold"), ("Entered", "Gold")]
    assert {each["real_time_action"] for each in moengage.workspace.events["ada"]} == {"true"}


@pytest.mark.parametrize("only", [True, False])
def test_an_event_creates_a_user_only_if_updates_may(connected: Cloud, moengage: Simulator, only: bool) -> None:
    connected.connect(NAMED | EVENTS | {"update_existing_only": only})
    connected.outcomes(said(a1="realized"))

    assert ("ada" in moengage.workspace.users) is not only
    assert bool(events(moengage)) is not only


def test_a_first_activation_into_a_thousand_audiences_loses_no_event(connected: Cloud, moengage: Simulator) -> None:
    connected.connect(DESTINATION | EVENTS)
    names = [f"A name as long as marketers like them, number {number:04}" for number in range(1000)]
    message = said(**{f"s{number:04}": {"status": "realized", "name": name} for number, name in enumerate(names)})

    connected.outcomes(message)
    connected.drain()
    assert sorted(events(moengage)) == [("Entered", name) for name in names]
    assert len(shown(moengage)) == 50
    assert moengage.workspace.violations == []
    assert (connected.backlog(), connected.dead_letters()) == (0, [])


# --- merges


def test_a_merge_unites_the_audiences_of_both_users(connected: Cloud, moengage: Simulator) -> None:
    connected.outcomes(said(None, ecid="device", a1=at(1), a2=at(1)))
    assert connected.outcomes(said(ecid="device", a2=at(2, "exited"), a3=at(2))) == ["delivered"]

    assert moengage.workspace.merged == {"device": "ada"}
    assert shown(moengage) == ["Gold", "a3"]
    assert connected.outcomes(said(ecid="device", a1=at(3, "exited"))) == ["delivered"]
    assert shown(moengage) == ["a3"]


# --- inputs of the field


def field(cloud: Cloud, *names: str, **changes: Any) -> None:
    """Posts inputs one after the other, each to its own destination file."""
    for name in names:
        document = yaml.safe_load((FIELD / f"{name}.yaml").read_text("utf-8"))
        cloud.connect(document | {"id": "acme", "username": USERNAME} | changes)
        cloud.outcomes(json.loads((FIELD / f"{name}.json").read_text("utf-8")))


def test_partial_messages_of_the_field(emulated: Cloud, moengage: Simulator) -> None:
    field(emulated, "20-partial-membership-1", "21-partial-membership-2")

    assert shown(moengage, "user-20") == ["Gold", "Newsletter"]
    assert events(moengage, "user-20") == [("Entered", "Gold"), ("Entered", "Newsletter")]


def test_a_renamed_audience_of_the_field(emulated: Cloud, moengage: Simulator) -> None:
    field(emulated, "22-renamed-audience-1", "23-renamed-audience-2", **EVENTS)

    assert shown(moengage, "user-22") == []
    assert events(moengage, "user-22") == [("Entered", "Spring"), ("Exited", "Spring")]


def test_an_unmapped_audience_of_the_field(emulated: Cloud, moengage: Simulator) -> None:
    field(emulated, "104-unmapped-audience")
    assert shown(moengage, "user-1040") == ["Gold"]

    field(emulated, "105-unmapped-audience-after", audiences=[{"id": "a2", "name": "News"}])
    assert moengage.workspace.users["user-1040"].attributes == {"first": "Lu", ATTRIBUTE: []}


def test_a_refusal_of_all_marketing_takes_the_user_of_the_field_out(emulated: Cloud, moengage: Simulator) -> None:
    refusal = json.loads((FIELD / "54-consent-any-no.json").read_text("utf-8"))
    document = yaml.safe_load((FIELD / "54-consent-any-no.yaml").read_text("utf-8"))
    emulated.connect(document | {"id": "acme", "username": USERNAME})
    agrees = {"consents": {"marketing": {"email": {"val": "y"}}}}
    emulated.outcomes(refusal | agrees | {"segmentMembership": {"ups": {"a1": {"name": "Gold"}}}})
    assert shown(moengage, "user-77") == ["Gold"]

    assert emulated.outcomes(refusal) == ["skipped"]
    assert shown(moengage, "user-77") == []
