"""`destinations`: lists, shows and deletes."""

import json
from pathlib import Path

import pytest
import yaml
from tests.functional.cli.conftest import DESTINATION, ID, Cloud, Connect, Run, json_of

from aep_moengage.functions.destination_store import ACTIVE


def test_empty_list_advises_to_connect(run: Run, cloud: Cloud) -> None:
    result = run("destinations", "list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "create one with `aep-moengage connect FILE`" in result.stderr
    assert json_of(run("destinations", "list", "--json")) == {"destinations": []}


def test_list_shows_active_versions(run: Run, connect: Connect) -> None:
    connect(why="first")
    connect(id="acme-eu", name="Acme Europe", region="DC-02", audiences=[{"id": "seg1"}, {"id": "seg2"}])
    json_of(run("pause", "acme-eu", "--json"))

    eu, production = json_of(run("destinations", "list", "--json"))["destinations"]
    assert production == {
        "id": ID,
        "name": "Acme production",
        "region": "03",
        "version": 1,
        "who": production["who"],
        "when": production["when"],
        "audiences": "all",
        "paused": False,
    }
    assert production["who"].startswith("arn:aws:")
    assert (eu["id"], eu["region"], eu["version"], eu["audiences"], eu["paused"]) == ("acme-eu", "DC-02", 2, 2, True)
    table = run("destinations", "list").stdout
    assert table.index("acme-eu") < table.index(ID)
    assert "paused" in table


@pytest.mark.parametrize("document", ["{}", "not JSON", "[]"])
def test_broken_document_is_listed_too(run: Run, cloud: Cloud, connect: Connect, document: str) -> None:
    connect()
    cloud.client("dynamodb").update_item(
        TableName=cloud.table,
        Key={"id": {"S": ID}, "version": {"S": "active"}},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": document}},
    )
    (line,) = json.loads(run("destinations", "list", "--json").stdout)["destinations"]
    assert (line["id"], line["name"], line["region"], line["audiences"]) == (ID, ID, "?", 0)


def test_apply_accepts_the_shown_document(run: Run, connect: Connect, tmp_path: Path) -> None:
    connect(why="first")
    result = run("destinations", "show", ID)

    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout) == yaml.safe_load(DESTINATION.read_text())
    assert "# version 1" in result.stderr
    assert "by root: first" in result.stderr
    assert f"https://api.example.com/destinations/{ID}/profiles" in result.stderr
    assert "# live tokens: primary (since 20" in result.stderr
    file = tmp_path / "shown.yaml"
    file.write_text(result.stdout)
    assert json_of(run("apply", file, "--json"))["published"] is False


def test_json_shows_everything_but_secrets(run: Run, cloud: Cloud, connect: Connect) -> None:
    token = connect(why="first")["token"]
    result = run("destinations", "show", ID, "--json")

    shown = json_of(result)
    assert (shown["destination"], shown["version"], shown["why"], shown["what"]) == (ID, 1, "first", "connected")
    assert (shown["paused"], shown["deleted"]) == (False, False)
    assert shown["document"] == yaml.safe_load(DESTINATION.read_text())
    assert [each["name"] for each in shown["tokens"]] == ["primary"]
    secrets = [value for _, value in cloud.parameters().values()]
    assert not [secret for secret in (token, *secrets) if secret in result.output]


def test_earlier_version_is_shown(run: Run, connect: Connect) -> None:
    connect()
    connect(name="Renamed")

    assert yaml.safe_load(run("destinations", "show", ID).stdout)["name"] == "Renamed"
    assert yaml.safe_load(run("destinations", "show", ID, "--version", 1).stdout)["name"] == "Acme production"
    missing = run("destinations", "show", ID, "--version", 7)
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert f"aep-moengage history {ID}" in missing.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["destinations", "show", ID],
        ["destinations", "delete", ID, "--yes"],
        ["activate", ID, "--add", "seg1"],
        ["map", ID, "--add", "a=b"],
        ["rollback", ID, 1],
        ["pause", ID],
        ["resume", ID],
        ["rotate-token", ID],
        ["rotate-key", ID],
    ],
)
def test_unknown_destination_is_reported(run: Run, cloud: Cloud, command: list[object]) -> None:
    result = run(*command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There is no destination {ID}." in result.stderr
    assert "`aep-moengage destinations list`" in result.stderr


def test_delete_keeps_only_the_history(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect(why="first")
    connect(id="acme-eu")
    result = run("destinations", "delete", ID, "--why", "moved", stdin=f"{ID}\n")

    assert result.exit_code == 0, result.stderr
    assert cloud.item(ID, ACTIVE) is None
    assert {name.split("/")[0] for name in cloud.parameters()} == {"acme-eu"}
    last, first = json_of(run("history", ID, "--json"))["versions"]
    assert (last["number"], last["why"], last["what"], last["deleted"]) == (2, "moved", "deleted", True)
    assert (first["number"], first["why"], first["deleted"]) == (1, "first", False)
    assert yaml.safe_load(run("destinations", "show", ID, "--version", 1).stdout)["id"] == ID
    assert run("destinations", "show", ID).exit_code == 2


def test_versions_continue_after_a_delete(run: Run, connect: Connect) -> None:
    connect()
    json_of(run("destinations", "delete", ID, "--yes", "--json"))

    answer = connect(name="Again")
    assert (answer["version"], bool(answer["token"])) == (3, True)
    assert [each["what"] for each in json_of(run("history", ID, "--json"))["versions"]] == [
        "connected",
        "deleted",
        "connected",
    ]


@pytest.mark.parametrize("answer", ["", "acme\n", "y\n"])
def test_delete_asks_for_the_id(run: Run, cloud: Cloud, connect: Connect, answer: str) -> None:
    connect()
    before = cloud.parameters()
    result = run("destinations", "delete", ID, stdin=answer)

    assert result.exit_code == 1
    assert "Nothing was deleted" in result.stderr
    assert cloud.item(ID, ACTIVE)
    assert cloud.parameters() == before


def test_delete_refuses_while_the_retry_queue_holds_messages(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    sqs = cloud.client("sqs")
    url = cloud.output("RetryQueueUrl")
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=900)

    result = run("destinations", "delete", ID, "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The retry queue holds about 2 messages" in result.stderr
    assert "--force" in result.stderr
    assert cloud.item(ID, ACTIVE)

    assert json_of(run("destinations", "delete", ID, "--yes", "--force", "--json"))["deleted"] is True
    assert cloud.item(ID, ACTIVE) is None


def test_delete_completes_an_interrupted_delete(run: Run, cloud: Cloud, connect: Connect) -> None:
    connect()
    active = cloud.publishing().active(ID)
    assert active
    cloud.publishing().delete(active, who="me", why="")
    assert cloud.parameters()

    assert json_of(run("destinations", "delete", ID, "--yes", "--json")) == {
        "destination": ID,
        "version": None,
        "deleted": True,
    }
    assert cloud.parameters() == {}


def test_delete_of_a_changed_destination_is_an_error(run: Run, cloud: Cloud, connect: Connect, second: Run) -> None:
    connect()
    result = second("destinations", "delete", ID, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Nothing was written" in result.stderr
    assert json.loads((cloud.item(ID, ACTIVE) or {})["document"])["name"] == "The other's"
    assert set(cloud.parameters()) == {f"{ID}/password", f"{ID}/tokens/primary", f"{ID}/trace-key"}
