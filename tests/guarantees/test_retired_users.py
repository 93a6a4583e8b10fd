"""Retired users: one who was merged away is told nothing more, and nothing of it is remembered."""

from collections.abc import Sequence

import pytest
from tests.guarantees.test_guarantees import made
from tests.guarantees.world import World, outcomes

from aep_moengage.ledger.ledger import KEPT_SECONDS, user_key
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer
from aep_moengage.outcomes import Outcome


@pytest.fixture
def world() -> World:
    """A world in which an anonymous user turned out to be ada."""
    world = World()
    for profile in (made("", 1, "realized", ecid="device"), made("ada", 1, "realized", ecid="device")):
        world.now += 1
        world.post([profile], world.now)
    assert world.moengage.merges == [("device", "ada")]
    return world


def test_neither_a_withdrawal_nor_another_merge_is_sent_of_a_retired_user(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    answer = world.moengage.send

    def noted(request: Request, seconds: float) -> Answer:
        sent.append(request.body)
        return answer(request, seconds)

    monkeypatch.setattr(world.moengage, "send", noted)
    for place, consent in enumerate(("n", "y"), 1):
        world.post([made("ada", 1, "realized", consent, ecid="device")], world.now + place)

    assert len(sent) == 4  # the user and the event, twice
    assert not [body for body in sent if b"device" in body]


def test_no_names_of_audiences_are_kept_of_a_retired_user(world: World) -> None:
    row = world.table.rows[user_key("acme", "device")]

    assert row.listed == frozenset()
    assert row.expires == int(world.now) + KEPT_SECONDS


def test_where_no_time_is_left_a_merge_waits_and_costs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.post([made("", 1, "realized", ecid="device")], world.now)
    reads: list[Sequence[str]] = []
    read, send = world.table.read, world.moengage.send

    def slow(request: Request, seconds: float) -> Answer:
        world.now += seconds
        reads.clear()
        return send(request, seconds)

    monkeypatch.setattr(world.moengage, "send", slow)
    monkeypatch.setattr(world.table, "read", lambda users: (reads.append(users), read(users))[1])
    results = world.post([made("ada", 1, "exited", ecid="device")], world.now + 1)

    assert results is not None
    assert (outcomes(results), world.moengage.merges, reads) == ([Outcome.RETRYING], [], [])

    monkeypatch.setattr(world.moengage, "send", send)
    world.settle()
    assert world.moengage.merges == [("device", "ada")]
