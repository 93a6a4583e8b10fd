"""`apply`, `activate`, `map`, `rollback`, `history`: a change is shown, confirmed, and published once."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from tests.functional.cli.conftest import ID, Cloud, Connect, File, Run, json_of

from aep_moengage.functions.destination_store import ACTIVE
from aep_moengage_cli.destinations import editing
from aep_moengage_cli.destinations.publishing import PublishedMeanwhile

GOLD = "7841ba61-23c1-4bb3-a495-00d3g5fe1e93"
AUDIENCES = [{"id": GOLD, "name": "Gold members"}, {"id": "seg1", "name": "High value"}]


def document(cloud: Cloud) -> dict[str, Any]:
    item = cloud.item(ID, ACTIVE)
    assert item
    return dict(json.loads(item["document"]))


def numbers(cloud: Cloud) -> list[int]:
    return [version.number for version in cloud.publishing().versions(ID)]


def test_apply_shows_the_difference_asks_and_publishes(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect()
    result = run("apply", file(name="Renamed", region="04"), "--why", "a better name", stdin="y\n")

    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["--- version 1", "+++ new"]
    assert {"-name: Acme production", "+name: Renamed", "-region: '03'", "+region: '04'"} <= set(lines)
    assert "Publish this to acme-production?" in result.stderr
    assert f"{ID}: version 2 is published" in lines[-1]
    assert document(cloud)["name"] == "Renamed"
    newest = cloud.publishing().versions(ID)[0]
    assert (newest.number, newest.why) == (2, "a better name")
    assert newest.what == 'name: "Acme production" -> "Renamed"; region: "03" -> "04"'


@pytest.mark.parametrize("answer", ["", "n\n", "\n"])
def test_nothing_is_published_unconfirmed(run: Run, cloud: Cloud, connect: Connect, file: File, answer: str) -> None:
    connect()
    result = run("apply", file(name="Renamed"), stdin=answer)

    assert result.exit_code == editing.NOT_PUBLISHED == 1
    assert "nothing was published; version 1 stays active" in result.stdout
    assert numbers(cloud) == [1]


def test_no_difference_publishes_nothing(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect(audiences=AUDIENCES)
    result = run("apply", file(audiences=AUDIENCES[::-1]))

    assert (result.exit_code, result.stdout) == (0, f"{ID}: no change; version 1 stays active.\n")
    assert numbers(cloud) == [1]


def test_dry_run_shows_a_difference_by_its_exit_code(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect()
    changed = run("apply", file(name="Renamed"), "--dry-run", "--yes")
    same = run("apply", file(), "--dry-run")

    assert (changed.exit_code, same.exit_code) == (1, 0)
    assert "+name: Renamed" in changed.stdout
    assert numbers(cloud) == [1]


def test_json_output_holds_only_the_result(run: Run, connect: Connect, file: File) -> None:
    connect()
    result = run("apply", file(name="Renamed", description="new"), "--yes", "--json")

    assert json_of(result) == {
        "destination": ID,
        "version": 2,
        "published": True,
        "differences": [
            {"path": "name", "kind": "changed", "before": "Acme production", "after": "Renamed"},
            {"path": "description", "kind": "added", "before": None, "after": "new"},
        ],
    }
    assert "+name: Renamed" in result.stderr


def test_file_with_errors_is_not_applied(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect()
    result = run("apply", file(region="09", audiences="some"), "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["Error", "region"],
        ["Error", "audiences"],
    ]
    assert numbers(cloud) == [1]


def test_apply_says_which_versions_an_older_file_would_undo(run: Run, connect: Connect, file: File) -> None:
    connect()
    json_of(run("apply", file(name="Second"), "--yes", "--json"))
    assert "would undo" not in run("apply", file(name="Third"), "--yes").stderr
    result = run("apply", file(), stdin="n\n")

    assert result.exit_code == 1
    assert "The file is as version 1 was: this would undo versions 2 to 3." in result.stderr
    assert "would undo version 3." in run("apply", file(name="Second"), stdin="n\n").stderr


def test_apply_refuses_another_version_than_the_expected_one(run: Run, connect: Connect, file: File) -> None:
    connect()
    refused = run("apply", file(name="Second"), "--yes", "--expect-version", 2)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "has version 1 now, not 2; nothing was changed" in refused.stderr
    assert run("apply", file(name="Second"), "--yes", "--expect-version", 1).exit_code == 0


def test_apply_refuses_a_destination_that_is_not_connected(run: Run, cloud: Cloud, file: File) -> None:
    result = run("apply", file(), "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not connected yet: run `aep-moengage connect" in result.stderr
    assert cloud.item(ID, ACTIVE) is None


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (["activate", ID, "--add", f"seg1={'n' * 600}"], "audiences[1].name"),
        (["map", ID, "--add", "moe_x=person.name"], "attributes.moe_x"),
        (["map", ID, "--add", "x=person.[name"], "attributes.x"),
        (["map", ID, "--identity", "user=crmid"], "identities.user"),
        (["map", ID, "--identity", "user_id=", "--identity", "anonymous_id="], "identities"),
    ],
)
def test_invalid_document_is_never_published(
    run: Run, cloud: Cloud, connect: Connect, command: list[str], path: str
) -> None:
    connect(audiences=AUDIENCES[:1])
    before = cloud.item(ID, ACTIVE)
    result = run(*command, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert [line for line in result.stderr.splitlines() if line.startswith(f"{path}")]
    assert cloud.item(ID, ACTIVE) == before
    assert numbers(cloud) == [1]


@pytest.mark.parametrize(
    "command",
    [
        ["apply", "{file}", "--yes"],
        ["activate", ID, "--add", "seg9", "--yes"],
        ["map", ID, "--add", "x=y", "--yes"],
        ["rollback", ID, "1", "--yes"],
        ["pause", ID],
        ["rotate-token", ID],
        ["rotate-key", ID, "--no-test", "--password-stdin"],
    ],
)
def test_second_of_two_operators_gets_an_error_and_overwrites_nothing(
    cloud: Cloud, connect: Connect, second: Run, file: File, command: list[str]
) -> None:
    connect(audiences=[])
    connect(audiences=[{"id": "seg1"}])
    parameters = cloud.parameters()
    mine = str(file(name="Mine", audiences=[]))
    result = second(*(part.format(file=mine) for part in command), stdin="my-key\n")

    assert result.exit_code == 2
    assert "Nothing was written: somebody published version 3 of acme-production" in result.stderr
    assert "the other's reason" in result.stderr
    assert document(cloud)["name"] == "The other's"
    assert (numbers(cloud), cloud.parameters()) == ([3, 2, 1], parameters)


def test_change_of_a_deleted_destination_is_an_error(cloud: Cloud, connect: Connect) -> None:
    connect()
    store = cloud.publishing()
    seen = store.active(ID)
    assert seen
    store.delete(seen, who="other", why="moved")

    with pytest.raises(PublishedMeanwhile, match="Nothing was written: somebody deleted acme-production meanwhile"):
        store.publish(ID, seen.document, after=seen, who="me", why="", paused=True)


def test_document_too_large_for_the_table_is_not_reported_as_a_conflict(
    cloud: Cloud, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect()
    store = cloud.publishing()
    seen = store.active(ID)
    refusal = {"Error": {"Code": "TransactionCanceledException", "Message": "Item size has exceeded the allowed size"}}
    cancelled = store._dynamodb.exceptions.TransactionCanceledException(
        refusal | {"CancellationReasons": [{"Code": "ValidationError"}, {"Code": "None"}]}, "TransactWriteItems"
    )

    def refuse(**_: Any) -> None:
        raise cancelled

    monkeypatch.setattr(store._dynamodb, "transact_write_items", refuse)
    with pytest.raises(ClientError, match="exceeded the allowed size"):
        store.publish(ID, json.dumps(document(cloud) | {"name": "Large"}), after=seen, who="me", why="")


def test_audiences_are_added_and_removed(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences=AUDIENCES)
    result = run(
        "activate", ID, "--add", "seg2=Churn risk", "--add", "own1@CustomerUpload", "--remove", "High value", "--yes"
    )

    assert result.exit_code == 0, result.stderr
    assert document(cloud)["audiences"] == [
        AUDIENCES[0],
        {"id": "seg2", "name": "Churn risk"},
        {"id": "own1", "namespace": "CustomerUpload"},
    ]
    assert "-  - {id: seg1, name: High value}" in result.stdout.splitlines()
    assert "+  - {id: seg2, name: Churn risk}" in result.stdout.splitlines()
    newest = cloud.publishing().versions(ID)[0]
    assert (newest.why, newest.what) == (
        "activate",
        "audiences[High value] removed; audiences[Churn risk] added; audiences[own1] added",
    )


def test_an_audience_is_renamed(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences=AUDIENCES)
    result = run("activate", ID, "--rename", "High value=Best", "--yes")

    assert result.exit_code == 0, result.stderr
    assert document(cloud)["audiences"] == [AUDIENCES[0], AUDIENCES[1] | {"name": "Best"}]


def test_all_audiences_are_replaced_by_some_and_back(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences="all")
    refused = run("activate", ID, "--add", "seg1", "--yes")
    assert refused.exit_code == 2
    assert "--remove all" in refused.stderr

    json_of(run("activate", ID, "--remove", "all", "--add", "seg1", "--yes", "--json"))
    assert document(cloud)["audiences"] == [{"id": "seg1"}]
    json_of(run("activate", ID, "--add", "all", "--yes", "--json"))
    assert document(cloud)["audiences"] == "all"


def test_activating_an_activated_audience_changes_nothing(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences=AUDIENCES)
    result = run("activate", ID, "--add", f"{GOLD}=Gold members")

    assert (result.exit_code, result.stdout) == (0, f"{ID}: no change; version 1 stays active.\n")


def test_mappings_are_added_and_removed(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(attributes={"city": "homeAddress.city", "old": "a.b"})
    command = ["map", ID, "--add", "points=_tenant.points", "--type", "integer", "--default", "0", "--remove", "old"]
    result = run(*command, "--identity", "anonymous_id=ECID", "--identity", "anonymous_id=attribute:_id", "--yes")

    assert result.exit_code == 0, result.stderr
    assert document(cloud)["attributes"] == {
        "city": "homeAddress.city",
        "points": {"source": "_tenant.points", "type": "integer", "default": 0},
    }
    assert document(cloud)["identities"] == {"user_id": "crmid", "anonymous_id": ["ECID", {"attribute": "_id"}]}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["activate", ID], "Use --add"),
        (
            ["activate", ID, "--remove", "Silver"],
            "Silver is not activated. Activated audiences: Gold members",
        ),
        (["activate", ID, "--add", "=name"], "write an audience as ID"),
        (["map", ID], "Use --add"),
        (["map", ID, "--type", "number"], "Use --add"),
        (["map", ID, "--remove", "x", "--type", "number"], "need an --add"),
        (["map", ID, "--remove", "tier"], "The attribute tier is not mapped. Mapped attributes: city"),
        (["map", ID, "--add", "tier"], "write a mapping as NAME=SOURCE"),
        (["map", ID, "--add", "tier=x", "--default", "[a"], "not a YAML value"),
    ],
)
def test_invalid_change_is_an_error_with_advice(
    run: Run, cloud: Cloud, connect: Connect, command: list[str], says: str
) -> None:
    connect(audiences=AUDIENCES, attributes={"city": "homeAddress.city"})
    result = run(*command, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert numbers(cloud) == [1]


def test_rollback_publishes_the_earlier_document_as_a_new_version(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    connect(name="Wrong")
    json_of(run("pause", ID, "--json"))
    result = run("rollback", ID, 1, "--yes")

    assert result.exit_code == 0, result.stderr
    assert "+name: Acme production" in result.stdout
    assert "is paused: nothing is sent" in result.stderr
    newest = cloud.publishing().versions(ID)[0]
    assert (newest.number, newest.why, newest.paused) == (4, "rollback to version 1", True)
    assert newest.what == 'as version 1: name: "Wrong" -> "Acme production"'
    assert document(cloud)["name"] == "Acme production"


def test_rollback_to_the_active_version_changes_nothing(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    assert run("rollback", ID, 1).stdout == f"{ID}: no change; version 1 stays active.\n"
    missing = run("rollback", ID, 2)
    assert missing.exit_code == 2
    assert f"has no version 2: `aep-moengage history {ID}`" in missing.stderr


def test_rollback_refuses_a_document_with_errors_by_todays_rules(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    connect(name="Newer")
    key = {"id": {"S": ID}, "version": {"S": "00000001"}}
    faulty = json.dumps(document(cloud) | {"region": "07"})
    cloud.client("dynamodb").update_item(
        TableName=cloud.table,
        Key=key,
        UpdateExpression="SET document = :d",
        ExpressionAttributeValues={":d": {"S": faulty}},
    )
    result = run("rollback", ID, 1, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "region: is not a MoEngage data center" in result.stderr
    assert numbers(cloud) == [2, 1]


def test_history_shows_who_changed_what_when_and_why(run: Run, connect: Connect) -> None:
    connect(why="first")
    connect(name="Renamed", why="a better name")
    json_of(run("pause", ID, "--why", "migration", "--json"))
    json_of(run("resume", ID, "--json"))

    versions = json_of(run("history", ID, "--json"))["versions"]
    assert [(each["number"], each["why"], each["what"], each["paused"]) for each in versions] == [
        (4, "resume", "resumed", False),
        (3, "migration", "paused", True),
        (2, "a better name", 'name: "Acme production" -> "Renamed"', False),
        (1, "first", "connected", False),
    ]
    assert all(each["who"].startswith("arn:aws:") and each["when"] > "2025" for each in versions)
    table = run("history", ID).stdout
    assert table.index("resumed") < table.index("migration") < table.index("first")


def test_history_of_an_unknown_destination_is_an_error(run: Run, cloud: Cloud) -> None:
    result = run("history", ID)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There has never been a destination {ID}" in result.stderr


def test_shown_document_can_be_edited_and_applied(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect(audiences=AUDIENCES)
    edited = yaml.safe_load(run("destinations", "show", ID).stdout) | {"audience_events": True}
    assert json_of(run("apply", file(**edited), "--yes", "--json"))["published"] is True
    assert document(cloud) == edited
