"""`sweep`: users whom MoEngage lists under a former name are found, counted and updated."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.functional.cli.conftest import ID, Cloud, Connect, File, Run, json_of

from aep_moengage_dev.simulator.simulator import Simulator

AUDIENCES = [{"id": "gold", "name": "Gold"}, {"id": "news", "name": "Newsletter"}]
NOW_MS = 1_790_000_000_000

type Arrive = Callable[..., None]


@pytest.fixture
def arrive(cloud: Cloud, connect: Connect, moengage: Simulator) -> Arrive:
    """Delivers users who are in these audiences, as the functions do."""
    connect(audiences=AUDIENCES, attributes={})

    def arrive(users: list[str], *audiences: str) -> None:
        membership = {"ups": {audience: {"status": "realized"} for audience in audiences}}
        profiles = [{"identityMap": {"crmid": [{"id": user}]}, "segmentMembership": membership} for user in users]
        cloud.deliver(*profiles, received_ms=NOW_MS, endpoint=moengage.url)

    return arrive


def listed(moengage: Simulator) -> dict[str, Any]:
    users = moengage.workspace.snapshot()["users"]
    return {user: found["attributes"]["AEP Segment"] for user, found in users.items()}


@pytest.mark.parametrize("option", [("--rename", "Gold=Gold members"), ("--add", "gold=Gold members")])
def test_a_renamed_audience_is_offered_counted_and_swept(
    run: Run, moengage: Simulator, arrive: Arrive, option: tuple[str, str]
) -> None:
    arrive(["ada", "bob"], "gold", "news")
    arrive(["eve"], "news")
    renamed = run("activate", ID, *option, "--yes")
    command = ["sweep", ID, "--audience", "gold"]
    dry = json_of(run(*command, "--dry-run", "--json"))
    before = listed(moengage)
    swept = json_of(run(*command, "--yes", "--json"))
    again = json_of(run(*command, "--yes", "--json"))

    assert "up to 2 users under the old names" in renamed.stderr
    assert f"`aep-moengage sweep {ID} --audience gold --dry-run`" in renamed.stderr
    assert (dry["outdated"], dry["updated"], before["ada"]) == (2, 0, ["Gold", "Newsletter"])
    assert (swept["outdated"], swept["updated"]) == (2, 2)
    assert (again["outdated"], again["updated"]) == (0, 0)
    assert listed(moengage) == {
        "ada": ["Gold members", "Newsletter"],
        "bob": ["Gold members", "Newsletter"],
        "eve": ["Newsletter"],
    }


def test_a_removed_audience_goes_from_its_users(run: Run, moengage: Simulator, arrive: Arrive) -> None:
    arrive(["ada"], "gold", "news")
    run("activate", ID, "--remove", "gold", "--yes")
    result = run("sweep", ID, "--audience", "gold", "--yes")

    assert result.exit_code == 0, result.stderr
    assert result.stdout == "1 of 1 outdated users were updated.\n"
    assert listed(moengage) == {"ada": ["Newsletter"]}


def test_users_are_moved_to_another_audience_attribute(
    run: Run, moengage: Simulator, file: File, arrive: Arrive
) -> None:
    arrive(["ada"], "gold", "news")
    moved = run("apply", file(audiences=AUDIENCES, attributes={}, audience_attribute="AEPSegments"), "--yes")
    swept = json_of(run("sweep", ID, "--audience", "gold", "--yes", "--json"))
    again = json_of(run("sweep", ID, "--audience", "gold", "--yes", "--json"))

    assert "up to 1 users in AEP Segment until their next update" in moved.stderr
    assert f"`aep-moengage sweep {ID} --audience gold --audience news --dry-run`" in moved.stderr
    assert (swept["outdated"], swept["updated"], again["outdated"]) == (1, 1, 0)
    (user,) = moengage.workspace.snapshot()["users"].values()
    assert user["attributes"]["AEPSegments"] == ["Gold", "Newsletter"]
    assert not user["attributes"].get("AEP Segment")


def test_a_change_that_leaves_every_name_offers_no_sweep(run: Run, arrive: Arrive) -> None:
    arrive(["ada"], "gold")
    result = run("map", ID, "--add", "City=homeAddress.city", "--yes")

    assert result.exit_code == 0, result.stderr
    assert "sweep" not in result.stderr


@pytest.mark.parametrize("answer", ["", "n\n"])
def test_nobody_is_updated_unconfirmed(run: Run, moengage: Simulator, arrive: Arrive, answer: str) -> None:
    arrive(["ada"], "gold")
    run("activate", ID, "--remove", "gold", "--yes")
    result = run("sweep", ID, "--audience", "gold", stdin=answer)

    assert (result.exit_code, "updated" in result.stdout) == (1, False)
    assert listed(moengage) == {"ada": ["Gold"]}


def test_users_who_could_not_be_updated_are_left_for_the_next_sweep(
    run: Run, moengage: Simulator, arrive: Arrive
) -> None:
    arrive(["ada"], "gold")
    run("activate", ID, "--remove", "gold", "--yes")
    moengage.stop()
    failed = run("sweep", ID, "--audience", "gold", "--yes")
    moengage.start()

    assert failed.exit_code == 1
    assert "0 of 1" in failed.stdout
