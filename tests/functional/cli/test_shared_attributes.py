"""Two destinations of one workspace: an attribute that both map is refused unless it is asked for."""

import json

import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, File, Run

OTHER = "acme-loyalty"
TIER, POINTS = {"Tier": "loyalty.tier"}, {"Points": "loyalty.points"}


@pytest.fixture
def other(run: Run, file: File, connect: Connect) -> str:
    """A second destination of the workspace, with an attribute of its own."""
    connect(attributes=TIER)
    result = run("connect", file(id=OTHER, attributes=POINTS), "--password-stdin", stdin=KEY)
    assert result.exit_code == 0, result.stderr
    return OTHER


def test_an_attribute_of_another_destination_is_refused(run: Run, cloud: Cloud, file: File, other: str) -> None:
    result = run("apply", file(id=OTHER, attributes=TIER | POINTS), "--yes")

    assert result.exit_code == 2
    assert f"attributes.Tier: {ID} maps it too" in result.stderr
    assert "Points" not in result.stderr
    assert "--share-attributes" in result.stderr
    assert [version.number for version in cloud.publishing().versions(OTHER)] == [1]


def test_connect_writes_nothing_when_it_refuses(run: Run, cloud: Cloud, file: File, connect: Connect) -> None:
    connect(attributes=TIER)
    result = run("connect", file(id=OTHER, attributes=TIER), "--password-stdin", stdin=KEY)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"attributes.Tier: {ID} maps it too" in result.stderr
    assert cloud.publishing().active(OTHER) is None
    assert not any(name.startswith(OTHER) for name in cloud.parameters())


def test_what_was_asked_for_is_not_asked_again(run: Run, file: File, other: str) -> None:
    shared = TIER | POINTS
    asked = run("map", OTHER, "--add", "Tier=loyalty.tier", "--share-attributes", "--yes")
    again = run("apply", file(id=OTHER, attributes=shared, name="Loyalty"), "--yes")
    more = run("map", ID, "--add", "Points=loyalty.points", "--yes")

    assert (asked.exit_code, again.exit_code, more.exit_code) == (0, 0, 2), asked.stderr + again.stderr
    assert f"attributes.Points: {OTHER} maps it too" in more.stderr


@pytest.mark.parametrize("separate", [{"region": "04"}, {"username": "ANOTHER1"}])
def test_destinations_of_different_workspaces_share_nothing(
    run: Run, file: File, connect: Connect, separate: dict[str, str]
) -> None:
    connect(attributes=TIER)
    result = run("connect", file(id=OTHER, attributes=TIER, **separate), "--password-stdin", "--no-test", stdin=KEY)

    assert result.exit_code == 0, result.stderr


def test_all_attributes_include_those_of_another_destination(run: Run, file: File, connect: Connect) -> None:
    connect(attributes="all")
    one = run("connect", file(id=OTHER, attributes=TIER), "--password-stdin", stdin=KEY)
    both = run("connect", file(id=OTHER, attributes="all"), "--password-stdin", stdin=KEY)

    assert f"attributes.Tier: {ID} maps it too" in one.stderr
    assert f"attributes.all: {ID} maps it too" in both.stderr


def test_check_names_both_destinations(run: Run, cloud: Cloud, file: File, connect: Connect) -> None:
    connect(attributes=TIER)
    result = run("check", file(id=OTHER, attributes=TIER | POINTS), "--stack-name", cloud.stack, "--json")

    report = json.loads(result.stdout)
    (caution,) = [each for each in report["cautions"] if each["code"] == "attribute_shared"]
    assert (report["destination"], caution["path"]) == (OTHER, "attributes.Tier")
    assert caution["message"].startswith(f"{ID}, of the same workspace, maps it too")


def test_check_says_which_name_an_audience_of_two_names_has(
    run: Run, cloud: Cloud, file: File, connect: Connect
) -> None:
    connect(audiences=[{"id": "gold", "name": "Gold"}, {"id": "news", "name": "News"}, {"id": "vip"}], attributes={})
    audiences = [{"id": "gold", "name": "Golden"}, {"id": "news", "name": "News"}, {"id": "vip", "name": "VIP"}]
    result = run("check", file(id=OTHER, audiences=audiences), "--stack-name", cloud.stack, "--json")

    (caution,) = [each for each in json.loads(result.stdout)["cautions"] if each["code"] == "audience_named_twice"]
    assert caution["path"] == "audiences.gold"
    assert (
        f"{ID}, of the same workspace, names it Gold: MoEngage shows the name that {OTHER} gives" in caution["message"]
    )
