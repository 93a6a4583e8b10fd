"""Retired users: nothing more is sent about a user who was merged into another, and no names of it are kept."""

from collections.abc import Sequence

import pytest
from tests.guarantees.profiles import made
from tests.guarantees.world import ATTRIBUTE, World

from aep_moengage.delivery.merging import MAX_MERGE_ATTEMPTS
from aep_moengage.ledger.ledger import KEPT_SECONDS
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer


@pytest.fixture
def world() -> World:
    """A world in which an anonymous user turned out to be ada."""
    world = World()
    for profile in (made("", 1, "realized", ecid="device"), made("ada", 1, ecid="device")):
        world.now += 1
        world.post([profile], world.now)
    assert world.moengage.merges == [("device", "ada")]
    return world


def test_a_merge_brings_the_anonymous_users_audiences_along(world: World) -> None:
    assert world.moengage.users["ada"][ATTRIBUTE] == ["Gold"]
    assert world.moengage.events["ada"] == []  # the entry was sent about the anonymous user


def test_nothing_is_sent_about_a_retired_user(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    answer = world.moengage.send

    def noted(request: Request, seconds: float) -> Answer:
        sent.append(request.body)
        return answer(request, seconds)

    monkeypatch.setattr(world.moengage, "send", noted)
    for place, consent in enumerate(("n", "y"), 1):
        world.post([made("ada", 1, None, consent, ecid="device")], world.now + place)

    assert len(sent) == 4  # the user and the event, twice
    assert not [body for body in sent if b"device" in body]


def test_no_names_of_audiences_are_kept_of_a_retired_user(world: World) -> None:
    row = world.row("device")

    assert row is not None
    assert (row.memberships, row.sealed, row.merged) == ({}, b"", True)
    assert row.expires == int(world.now) + KEPT_SECONDS


def test_where_no_time_is_left_a_merge_is_retried_without_asking_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.post([made("", 1, "realized", ecid="device")], world.now)
    reads: list[Sequence[str]] = []
    read, send = world.table.read, world.moengage.send

    def slow(request: Request, seconds: float) -> Answer:
        world.now += max(seconds, 49.95)  # nearly all of drain's time
        reads.clear()
        return send(request, seconds)

    monkeypatch.setattr(world.moengage, "send", slow)
    monkeypatch.setattr(world.table, "read", lambda users: (reads.append(users), read(users))[1])
    world.pause()
    world.post([made("ada", 1, "exited", ecid="device")], world.now + 1)
    world.resume()
    world.now += 400
    world.drain()

    assert (world.outcomes["r000002", 0].value, world.moengage.merges, reads) == ("retrying", [], [])

    monkeypatch.setattr(world.moengage, "send", send)
    world.settle()
    assert world.moengage.merges == [("device", "ada")]


def test_a_refused_merge_keeps_both_users_and_a_withdrawal_still_reaches_the_anonymous_one() -> None:
    world = World()
    world.moengage.refuses_merges = True
    world.post([made("", 1, "realized", ecid="device")], world.now)
    world.now += 1
    world.post([made("ada", 1, ecid="device", audiences={"vip": {"status": "realized"}})], world.now)
    world.settle()

    assert {user: shown[ATTRIBUTE] for user, shown in world.moengage.users.items()} == {
        "device": ["Gold"],
        "ada": ["VIP"],
    }
    row = world.row("device")
    assert row is not None
    assert row.merge_refused

    calls = len(world.moengage.events["ada"])
    world.now += 1
    world.post([made("ada", 1, None, "n", ecid="device")], world.now)
    world.settle()
    assert [shown.get(ATTRIBUTE) for shown in world.moengage.users.values()] == [[], []]
    assert len(world.moengage.events["ada"]) == calls + 1


def test_a_refused_merge_is_a_warning_and_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.moengage.refuses_merges = True
    tried: list[bytes] = []
    send = world.moengage.send
    monkeypatch.setattr(
        world.moengage,
        "send",
        lambda request, seconds: (
            (tried.append(request.body) if b"merged_user" in request.body else None) or send(request, seconds)
        ),
    )
    world.post([made("", 1, "realized", ecid="device")], world.now)
    for points in range(1, 4):
        world.now += 1
        world.post([made("ada", points, ecid="device")], world.now)
        world.settle()

    assert len(tried) <= MAX_MERGE_ATTEMPTS + 1
    assert "merge_refused" in world.warnings
