"""`apply`, `activate`, `map`, `rollback`, `history`: a change is shown, asked about, and published once."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from tests.functional.cli.conftest import ID, Cloud, Connect, File, Run, told

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
def test_without_a_yes_nothing_is_published(run: Run, cloud: Cloud, connect: Connect, file: File, answer: str) -> None:
    connect()
    result = run("apply", file(name="Renamed"), stdin=answer)

    assert result.exit_code == editing.NOT_PUBLISHED == 1
    assert "nothing was published, version 1 stays" in result.stdout
    assert numbers(cloud) == [1]


def test_no_difference_is_no_version_and_no_question(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect(audiences=AUDIENCES)
    result = run("apply", file(audiences=AUDIENCES[::-1]))

    assert (result.exit_code, result.stdout) == (0, f"{ID}: no change, version 1 stays.\n")
    assert numbers(cloud) == [1]


def test_a_dry_run_tells_by_its_exit_code(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect()
    changed = run("apply", file(name="Renamed"), "--dry-run", "--yes")
    same = run("apply", file(), "--dry-run")

    assert (changed.exit_code, same.exit_code) == (1, 0)
    assert "+name: Renamed" in changed.stdout
    assert numbers(cloud) == [1]


def test_with_json_standard_output_is_the_result_alone(run: Run, connect: Connect, file: File) -> None:
    connect()
    result = run("apply", file(name="Renamed", description="new"), "--yes", "--json")

    assert told(result) == {
        "destination": ID,
        "version": 2,
        "published": True,
        "differences": [
            {"path": "name", "kind": "changed", "before": "Acme production", "after": "Renamed"},
            {"path": "description", "kind": "added", "before": None, "after": "new"},
        ],
    }
    assert "+name: Renamed" in result.stderr


def test_a_file_with_a_fault_is_not_applied(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect()
    result = run("apply", file(region="09", audiences="some"), "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["region", "audiences"]
    assert numbers(cloud) == [1]


def test_apply_is_no_connect(run: Run, cloud: Cloud, file: File) -> None:
    result = run("apply", file(), "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not connected yet: `aep-moengage connect" in result.stderr
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
def test_a_fault_never_becomes_active(run: Run, cloud: Cloud, connect: Connect, command: list[str], path: str) -> None:
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
def test_of_two_operators_the_second_is_told_and_overwrites_nothing(
    cloud: Cloud, connect: Connect, second: Run, file: File, command: list[str]
) -> None:
    connect(audiences=[])
    connect(audiences=[{"id": "seg1"}])
    parameters = cloud.parameters()
    mine = str(file(name="Mine", audiences=[]))
    result = second(*(part.format(file=mine) for part in command), stdin="my-key\n")

    assert result.exit_code == 2
    assert "Nothing was written: somebody published acme-production meanwhile, version 3" in result.stderr
    assert "the other's reason" in result.stderr
    assert document(cloud)["name"] == "The other's"
    assert (numbers(cloud), cloud.parameters()) == ([3, 2, 1], parameters)


def test_who_changes_what_somebody_deleted_meanwhile_is_told(cloud: Cloud, connect: Connect) -> None:
    connect()
    store = cloud.publishing()
    seen = store.active(ID)
    assert seen
    store.delete(seen, who="other", why="moved")

    with pytest.raises(PublishedMeanwhile, match="Nothing was written: somebody deleted acme-production meanwhile"):
        store.publish(ID, seen.document, after=seen, who="me", why="", paused=True)


def test_what_is_too_large_for_the_table_is_not_taken_for_somebody_else(
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


def test_audiences_are_activated_and_taken_out(run: Run, cloud: Cloud, connect: Connect) -> None:
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


def test_from_all_audiences_to_some_and_back(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences="all")
    refused = run("activate", ID, "--add", "seg1", "--yes")
    assert refused.exit_code == 2
    assert "--remove all" in refused.stderr

    told(run("activate", ID, "--remove", "all", "--add", "seg1", "--yes", "--json"))
    assert document(cloud)["audiences"] == [{"id": "seg1"}]
    told(run("activate", ID, "--add", "all", "--yes", "--json"))
    assert document(cloud)["audiences"] == "all"


def test_what_is_activated_already_is_no_change(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(audiences=AUDIENCES)
    result = run("activate", ID, "--add", f"{GOLD}=Gold members")

    assert (result.exit_code, result.stdout) == (0, f"{ID}: no change, version 1 stays.\n")


def test_fields_are_mapped_and_taken_out(run: Run, cloud: Cloud, connect: Connect) -> None:
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
        (["activate", ID], "Say what to do"),
        (["activate", ID, "--remove", "Silver"], "The audience Silver is not activated. Activated are: Gold members"),
        (["activate", ID, "--add", "=name"], "write an audience as ID"),
        (["map", ID], "Say what to do"),
        (["map", ID, "--type", "number"], "Say what to do"),
        (["map", ID, "--remove", "x", "--type", "number"], "belong to an --add"),
        (["map", ID, "--remove", "tier"], "The attribute tier is not mapped. Mapped are: city"),
        (["map", ID, "--add", "tier"], "write a mapping as NAME=SOURCE"),
        (["map", ID, "--add", "tier=x", "--default", "[a"], "is no value"),
    ],
)
def test_what_cannot_be_done_says_what_can(
    run: Run, cloud: Cloud, connect: Connect, command: list[str], says: str
) -> None:
    connect(audiences=AUDIENCES, attributes={"city": "homeAddress.city"})
    result = run(*command, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert numbers(cloud) == [1]


def test_an_old_document_comes_back_as_a_new_version(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    connect(name="Wrong")
    told(run("pause", ID, "--json"))
    result = run("rollback", ID, 1, "--yes")

    assert result.exit_code == 0, result.stderr
    assert "+name: Acme production" in result.stdout
    assert "is paused: nothing is sent" in result.stderr
    newest = cloud.publishing().versions(ID)[0]
    assert (newest.number, newest.why, newest.paused) == (4, "rollback to version 1", True)
    assert document(cloud)["name"] == "Acme production"


def test_rollback_to_what_is_active_is_no_change(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    assert run("rollback", ID, 1).stdout == f"{ID}: no change, version 1 stays.\n"
    missing = run("rollback", ID, 2)
    assert missing.exit_code == 2
    assert f"has no version 2: `aep-moengage history {ID}`" in missing.stderr


def test_a_document_that_todays_rules_refuse_does_not_come_back(run: Run, cloud: Cloud, connect: Connect) -> None:
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


def test_the_history_tells_who_changed_what_when_and_why(run: Run, connect: Connect) -> None:
    connect(why="first")
    connect(name="Renamed", why="a better name")
    told(run("pause", ID, "--why", "migration", "--json"))
    told(run("resume", ID, "--json"))

    versions = told(run("history", ID, "--json"))["versions"]
    assert [(each["number"], each["why"], each["what"], each["paused"]) for each in versions] == [
        (4, "resume", "resumed", False),
        (3, "migration", "paused", True),
        (2, "a better name", 'name: "Acme production" -> "Renamed"', False),
        (1, "first", "connected", False),
    ]
    assert all(each["who"].startswith("arn:aws:") and each["when"] > "2025" for each in versions)
    table = run("history", ID).stdout
    assert table.index("resumed") < table.index("migration") < table.index("first")


def test_the_history_of_nothing(run: Run, cloud: Cloud) -> None:
    result = run("history", ID)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There never was a destination {ID}" in result.stderr


def test_a_file_that_was_shown_edited_and_applied(run: Run, cloud: Cloud, connect: Connect, file: File) -> None:
    connect(audiences=AUDIENCES)
    edited = yaml.safe_load(run("destinations", "show", ID).stdout) | {"audience_events": True}
    assert told(run("apply", file(**edited), "--yes", "--json"))["published"] is True
    assert document(cloud) == edited
