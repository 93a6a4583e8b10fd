"""`rotate-token`, `rotate-key`, `pause`, `resume`: changes outside the document."""

import hashlib
import json

import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, Run, json_of

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.functions.authentication import NotAuthenticated, authenticate
from aep_moengage.functions.destination_store import ACTIVE, DestinationStore
from aep_moengage_dev.simulator.simulator import Simulator


def loaded(cloud: Cloud) -> ActiveDestination:
    """The destination as the functions load it."""
    destinations = DestinationStore(
        cloud.client("dynamodb"),
        cloud.client("ssm"),
        table=cloud.table,
        parameter_path=f"/aep-moengage/{cloud.stack}",
        endpoint="https://api-{dc}.moengage.com",
    )
    activated = destinations.load(ID)
    assert activated
    return activated


def accepted(cloud: Cloud, token: str) -> bool:
    try:
        authenticate(f"Bearer {token}", ID, lambda _: loaded(cloud))
    except NotAuthenticated:
        return False
    return True


def live(run: Run) -> list[str]:
    return [token["name"] for token in json_of(run("destinations", "show", ID, "--json"))["tokens"]]


def test_both_tokens_are_accepted_until_the_older_is_ended(run: Run, cloud: Cloud, connect: Connect) -> None:
    first = connect()["token"]
    result = run("rotate-token", ID)

    second = result.stdout.strip()
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert second not in result.stderr
    assert "within 30 s" in result.stderr
    assert "primary (since" in result.stderr
    assert live(run) == ["primary", "secondary"]
    assert (accepted(cloud, first), accepted(cloud, second)) == (True, True)

    ended = run("rotate-token", ID, "--end-old", stdin="y\n")
    assert ended.exit_code == 0, ended.stderr
    assert "The primary token is refused within 30 s" in ended.stderr
    assert live(run) == ["secondary"]
    assert (accepted(cloud, first), accepted(cloud, second)) == (False, True)


def test_tokens_take_turns(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    tokens = []
    for made, older in [("secondary", "primary"), ("primary", "secondary"), ("secondary", "primary")]:
        answer = json_of(run("rotate-token", ID, "--json"))
        tokens.append(answer["token"])
        assert answer["live"] == [older, made]
        assert json_of(run("rotate-token", ID, "--finish", "--yes", "--json"))["live"] == [made]
    assert [accepted(cloud, token) for token in tokens] == [False, False, True]
    assert json_of(run("history", ID, "--json"))["versions"][0]["what"] == "primary token ended"


def test_third_token_is_refused_and_the_older_one_is_named(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    json_of(run("rotate-token", ID, "--json"))
    before = cloud.parameters()
    result = run("rotate-token", ID)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.index("primary (since") < result.stderr.index("secondary (since")
    assert "--end-old" in result.stderr
    assert cloud.parameters() == before


@pytest.mark.parametrize("answer", ["", "n\n"])
def test_ending_a_token_asks_for_confirmation(run: Run, connect: Connect, answer: str) -> None:
    connect()
    json_of(run("rotate-token", ID, "--json"))
    result = run("rotate-token", ID, "--end-old", stdin=answer)

    assert result.exit_code == 1
    assert "Nothing was changed" in result.stderr
    assert live(run) == ["primary", "secondary"]


def test_only_token_is_never_ended(run: Run, cloud: Cloud, connect: Connect) -> None:
    token = connect()["token"]
    answer = json_of(run("rotate-token", ID, "--end-old", "--yes", "--json"))

    assert answer == {"destination": ID, "version": 1, "token": None, "live": ["primary"]}
    assert accepted(cloud, token)


def test_connect_keeps_a_rotated_token_unless_a_new_one_is_requested(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    json_of(run("rotate-token", ID, "--json"))
    json_of(run("rotate-token", ID, "--end-old", "--yes", "--json"))
    assert connect()["token"] is None
    assert live(run) == ["secondary"]

    token = connect(new_token=True)["token"]
    assert cloud.parameters()[f"{ID}/tokens/primary"][1] == hashlib.sha256(token.encode()).hexdigest()
    assert live(run) == ["primary"]


def test_key_that_moengage_accepts_is_stored(run: Run, cloud: Cloud, connect: Connect, moengage: Simulator) -> None:
    connect()
    moengage.access.password = "planted-new-key"
    result = run("rotate-key", ID, "--password-stdin", "--json", stdin="planted-new-key\n")

    assert json_of(result) == {"destination": ID, "version": 2, "tested": True, "workspace": "Simulated workspace"}
    assert "planted-new-key" not in result.output
    assert "Basic" in result.stderr
    assert loaded(cloud).password == "planted-new-key"
    newest = json_of(run("history", ID, "--json"))["versions"][0]
    assert (newest["why"], newest["what"]) == ("rotate-key", "DATA APP KEY replaced")


def test_key_that_moengage_refuses_changes_nothing(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    result = run("rotate-key", ID, "--password-stdin", stdin="planted-wrong-key\n")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "data center 03" in result.stderr
    assert "ACME1234" in result.stderr
    assert "planted-wrong-key" not in result.output
    assert loaded(cloud).password == KEY
    assert cloud.item(ID, "00000002") is None

    assert json_of(run("rotate-key", ID, "--password-stdin", "--no-test", "--json", stdin="planted-wrong-key"))
    assert loaded(cloud).password == "planted-wrong-key"


def test_unreachable_moengage_is_reported(run: Run, cloud: Cloud, connect: Connect, moengage: Simulator) -> None:
    connect()
    moengage.stop()
    result = run("rotate-key", ID, "--password-stdin", stdin=KEY)

    assert result.exit_code == 2
    assert "MoEngage can't be reached" in result.stderr
    assert "--no-test" in result.stderr


def test_rotate_key_needs_a_key(run: Run, connect: Connect) -> None:
    connect()
    result = run("rotate-key", ID)
    assert result.exit_code == 2
    assert "Nothing was changed: enter the new DATA APP KEY" in result.stderr
    assert "no password on standard input" in run("rotate-key", ID, "--password-stdin", stdin="\n").stderr


def test_pause_publishes_a_version_of_the_same_document(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    assert "is paused within 30 s" in run("pause", ID, "--why", "migration").stdout
    paused = cloud.item(ID, ACTIVE)
    assert paused
    assert paused["paused"] is True
    assert paused == (cloud.item(ID, "00000002") or {}) | {"version": ACTIVE, "plain": paused["plain"]}
    assert loaded(cloud).paused
    assert paused["document"] == (cloud.item(ID, "00000001") or {})["document"]

    assert json_of(run("pause", ID, "--json")) == {"destination": ID, "version": 2, "paused": True, "published": False}
    assert json_of(run("resume", ID, "--json")) == {"destination": ID, "version": 3, "paused": False, "published": True}
    assert not loaded(cloud).paused
    assert "was not paused" in run("resume", ID).stdout


def test_paused_destination_stays_paused_after_a_change(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    json_of(run("pause", ID, "--json"))
    json_of(run("map", ID, "--add", "x=y", "--yes", "--json"))
    json_of(run("rotate-token", ID, "--json"))

    assert (loaded(cloud).number, loaded(cloud).paused) == (4, True)


def test_destination_with_errors_by_todays_rules_can_be_paused(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    key = {"id": {"S": ID}, "version": {"S": ACTIVE}}
    faulty = json.dumps({"id": ID, "region": "07"})
    cloud.client("dynamodb").update_item(
        TableName=cloud.table,
        Key=key,
        UpdateExpression="SET document = :d",
        ExpressionAttributeValues={":d": {"S": faulty}},
    )
    assert json_of(run("pause", ID, "--json"))["paused"] is True
