"""`connect`: what it writes, what it keeps, and what it shows."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.functional.cli.conftest import EVENTS, Cloud, Run
from typer.testing import Result

from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.plain import read_plain
from aep_moengage.functions.authentication import NotAuthenticated, authenticate
from aep_moengage.functions.destination_store import DestinationStore
from aep_moengage_cli.destinations.publishing import PublishedMeanwhile, Publishing

DESTINATION = EVENTS / "destination.yaml"
ID, PASSWORD = "acme-production", "planted-data-app-key"


def connected(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def changed(tmp_path: Path, **fields: Any) -> Path:
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(DESTINATION.read_text()) | fields))
    return file


def document(**fields: Any) -> str:
    return json.dumps(yaml.safe_load(DESTINATION.read_text()) | fields)


def test_functions_load_a_connected_destination(run: Run, cloud: Cloud) -> None:
    answer = connected(run("connect", DESTINATION, "--password-stdin", "--why", "first", stdin=f"{PASSWORD}\n"))

    token = answer["token"]
    assert answer == {
        "destination": ID,
        "version": 1,
        "url": f"https://api.example.com/destinations/{ID}/profiles",
        "token": token,
    }
    destinations = DestinationStore(
        cloud.client("dynamodb"),
        cloud.client("ssm"),
        table=cloud.table,
        parameter_path=f"/aep-moengage/{cloud.stack}",
        endpoint="https://api-{dc}.moengage.com",
    )
    activated = destinations.load(ID)
    assert activated is not None
    assert (activated.number, activated.destination.name, activated.password) == (1, "Acme production", PASSWORD)
    authenticate(f"Bearer {token}", ID, destinations.load)
    with pytest.raises(NotAuthenticated):
        authenticate(f"Bearer {token}x", ID, destinations.load)


def test_secrets_are_encrypted_and_only_the_token_digest_is_stored(run: Run, cloud: Cloud) -> None:
    result = run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD)

    token = connected(result)["token"]
    parameters = cloud.parameters()
    kind, trace_key = parameters.pop(f"{ID}/trace-key")
    assert (kind, len(trace_key) >= 43) == ("SecureString", True)
    assert trace_key not in result.output
    assert parameters == {
        f"{ID}/password": ("SecureString", PASSWORD),
        f"{ID}/tokens/primary": ("SecureString", hashlib.sha256(token.encode()).hexdigest()),
    }
    assert token not in result.stderr
    assert PASSWORD not in result.output
    assert PASSWORD not in json.dumps(cloud.item(ID, "active"))


def test_every_change_is_a_version_with_who_when_and_why(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    connected(run("connect", DESTINATION, "--password-stdin", "--why", "first", stdin=PASSWORD))
    answer = connected(run("connect", changed(tmp_path, name="Renamed"), "--keep-password", "--why", "a better name"))

    assert (answer["version"], answer["token"]) == (2, None)
    first, second, active = (cloud.item(ID, key) for key in ("00000001", "00000002", "active"))
    assert first
    assert second
    assert active
    assert second | {"version": "active", "plain": active["plain"]} == active
    assert read_plain(active["plain"], active["document"])
    assert (first["number"], first["why"], second["number"], second["why"]) == ("1", "first", "2", "a better name")
    assert json.loads(first["document"])["name"] == "Acme production"
    assert json.loads(second["document"])["name"] == "Renamed"
    assert second["who"].startswith("arn:aws:")
    assert second["when"] >= first["when"] > "2025"
    assert [version.number for version in cloud.publishing().versions(ID)] == [2, 1]


def test_update_keeps_password_and_token_by_default(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    connected(run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD))
    before = cloud.parameters()

    connected(run("connect", changed(tmp_path, name="Renamed")))
    assert cloud.parameters() == before

    answer = connected(
        run("connect", changed(tmp_path, name="Again"), "--password-stdin", "--no-test", stdin="other-key")
    )
    assert answer["token"] is None
    assert cloud.parameters() == before | {f"{ID}/password": ("SecureString", "other-key")}

    token = connected(run("connect", DESTINATION, "--new-token", "--yes"))["token"]
    assert cloud.parameters()[f"{ID}/tokens/primary"][1] == hashlib.sha256(token.encode()).hexdigest()
    assert cloud.parameters()[f"{ID}/password"][1] == "other-key"


@pytest.mark.parametrize(
    ("username", "key", "says"),
    [
        ("ACME1234", "wrong-key", "not this DATA APP KEY"),
        ("OTHER1234", PASSWORD, "does not know the DATA APP ID"),
    ],
)
def test_credentials_that_moengage_refuses_are_not_connected(
    run: Run, cloud: Cloud, tmp_path: Path, *, username: str, key: str, says: str
) -> None:
    result = run("connect", changed(tmp_path, username=username), "--password-stdin", stdin=key)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "--no-test" in result.stderr
    assert (cloud.item(ID, "active"), cloud.parameters()) == (None, {})


def test_new_token_asks_before_the_live_one_ends(run: Run, cloud: Cloud) -> None:
    connected(run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD))
    before = cloud.parameters()
    declined = run("connect", DESTINATION, "--keep-password", "--new-token", stdin="n\n")

    assert (declined.exit_code, cloud.parameters()) == (1, before)
    assert "rotate-token" in declined.stderr
    assert run("connect", DESTINATION, "--keep-password", "--new-token", stdin="y\n").exit_code == 0
    assert cloud.parameters().keys() == before.keys()
    assert cloud.parameters() != before


BEHIND_A_CARD = ("connect", "--adobe-card", "--id", "acme", "--data-center", "03", "--username", "ACME1234")


def test_destination_behind_a_card_takes_what_the_card_sends(run: Run, cloud: Cloud) -> None:
    answer = connected(run(*BEHIND_A_CARD, "--password-stdin", stdin=PASSWORD))

    assert answer["token"] is None
    assert answer["card"] == {
        "Username": "ACME1234",
        "Password": "MoEngage's DATA APP KEY",
        "Destination id in the connector": "acme",
        "Region": "03",
    }
    assert set(cloud.parameters()) == {"acme/password", "acme/trace-key"}
    active = cloud.publishing().active("acme")
    assert active
    assert json.loads(active.document) == {
        "id": "acme",
        "name": "acme",
        "region": "03",
        "username": "ACME1234",
        "audiences": "all",
        "identities": {"user_id": "user_id", "anonymous_id": "anonymous_id"},
        "attributes": "all",
        "audience_attribute": "AEP Segment",
    }


def test_destination_behind_a_card_can_be_that_of_a_file(run: Run, cloud: Cloud) -> None:
    answer = connected(run("connect", DESTINATION, "--adobe-card", "--password-stdin", stdin=PASSWORD))
    assert (answer["token"], answer["card"]["Destination id in the connector"]) == (None, ID)
    assert connected(run("connect", DESTINATION, "--adobe-card", "--new-token", "--yes"))["token"] is not None


def test_card_without_a_file_replaces_no_other_document(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    connected(run(*BEHIND_A_CARD, "--password-stdin", stdin=PASSWORD))
    assert connected(run(*BEHIND_A_CARD, "--password-stdin", "--no-test", stdin="other-key"))["version"] == 1
    connected(run("connect", changed(tmp_path, id="acme"), "--keep-password"))

    result = run(*BEHIND_A_CARD, "--password-stdin", stdin="third-key")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "aep-moengage destinations show acme" in result.stderr
    assert cloud.parameters()["acme/password"][1] == "other-key"
    assert cloud.item("acme", "00000003") is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["connect"], "Give FILE, or --adobe-card with --id, --data-center, --username"),
        (["connect", "--adobe-card", "--id", "acme"], "Give FILE, or --adobe-card"),
        (["connect", *BEHIND_A_CARD[2:]], "Give FILE, or --adobe-card"),
        ([*BEHIND_A_CARD, DESTINATION], "not both"),
        ([*BEHIND_A_CARD[:5], "33", *BEHIND_A_CARD[6:]], "region"),
    ],
    ids=["nothing", "part of the card", "without --adobe-card", "both", "no data center"],
)
def test_card_needs_a_file_or_its_fields(run: Run, arguments: list[object], says: str) -> None:
    result = run(*arguments, "--password-stdin", stdin=PASSWORD)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_unchanged_document_publishes_no_version(run: Run, cloud: Cloud) -> None:
    connected(run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD))
    answer = connected(run("connect", DESTINATION))

    assert answer["version"] == 1
    assert cloud.item(ID, "00000002") is None


def test_connect_completes_an_interrupted_connect(run: Run, cloud: Cloud) -> None:
    cloud.publishing().publish(ID, document(), after=None, who="me", why="")

    result = run("connect", DESTINATION)
    assert (result.exit_code, cloud.parameters()) == (2, {})
    answer = connected(run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD))
    assert answer["version"] == 1
    assert set(cloud.parameters()) == {f"{ID}/password", f"{ID}/tokens/primary", f"{ID}/trace-key"}


def test_second_of_two_operators_gets_an_error_and_overwrites_nothing(
    run: Run, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(run("connect", DESTINATION, "--password-stdin", stdin=PASSWORD))
    seen = cloud.publishing().active(ID)
    connected(run("connect", changed(tmp_path, name="The other's"), "--why", "the other's reason"))
    before = [cloud.item(ID, key) for key in ("00000001", "00000002", "active")], cloud.parameters()
    monkeypatch.setattr(Publishing, "active", lambda *_: seen, raising=True)

    result = run(
        "connect",
        changed(tmp_path, name="Mine"),
        "--password-stdin",
        "--no-test",
        "--new-token",
        "--yes",
        stdin="my-key",
    )

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Nothing was written" in result.stderr
    assert ([cloud.item(ID, key) for key in ("00000001", "00000002", "active")], cloud.parameters()) == before
    assert cloud.item(ID, "00000003") is None


def test_second_of_two_creators_gets_an_error(cloud: Cloud) -> None:
    mine, other = cloud.publishing(), cloud.publishing()
    other.publish("acme", document(name="other"), after=None, who="other", why="quicker")

    with pytest.raises(PublishedMeanwhile, match=r"version 1 of acme at .* \(other: quicker\)"):
        mine.publish("acme", document(name="me"), after=None, who="me", why="slower")
    assert (cloud.item("acme", "active") or {})["document"] == document(name="other")


def test_document_with_an_error_is_never_published(cloud: Cloud) -> None:
    with pytest.raises(DestinationFaults, match="unknown_region"):
        cloud.publishing().publish(ID, document(region="09"), after=None, who="me", why="")
    assert cloud.item(ID, "active") is None


def test_versions_of_one_destination_are_listed_newest_first(cloud: Cloud) -> None:
    store = cloud.publishing()
    active = None
    for number in range(12):
        active = store.publish("acme", document(name=f"Number {number}"), after=active, who="me", why="")
    store.publish("acme-2", document(), after=None, who="me", why="")

    assert [version.number for version in store.versions("acme")] == list(range(12, 0, -1))
    assert store.versions("acme")[0] == active == store.active("acme")


def test_file_with_errors_writes_nothing(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    file = changed(tmp_path, region="09", audiences="some", password=PASSWORD)
    result = run("connect", file, "--password-stdin", stdin=PASSWORD)

    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["region", "audiences", "password"]
    assert PASSWORD not in result.stderr
    assert cloud.item(ID, "active") is None
    assert cloud.parameters() == {}


@pytest.mark.parametrize(
    ("options", "stdin", "says"),
    [
        ([], "", "has no password yet"),
        (["--keep-password"], "", "has no password yet"),
        (["--password-stdin"], "\n", "no password on standard input"),
        (["--password-stdin", "--keep-password"], "key", "not both"),
    ],
)
def test_new_destination_needs_a_password(run: Run, cloud: Cloud, options: list[str], stdin: str, says: str) -> None:
    result = run("connect", DESTINATION, *options, stdin=stdin)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert cloud.item(ID, "active") is None


def test_stack_name_comes_from_option_environment_or_samconfig(
    run: Run, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AEP_MOENGAGE_STACK", "from-environment")
    assert "no stack from-environment in us-east-1" in run("connect", DESTINATION).stderr
    connected(run("connect", DESTINATION, "--stack-name", cloud.stack, "--password-stdin", stdin=PASSWORD))

    monkeypatch.delenv("AEP_MOENGAGE_STACK")
    assert "no stack aep-moengage in" in run("connect", DESTINATION).stderr
    (tmp_path / "samconfig.toml").write_text(f'[default.global.parameters]\nstack_name = "{cloud.stack}"\n')
    assert connected(run("connect", DESTINATION))["version"] == 1


def test_stack_of_another_kind_is_reported(run: Run, cloud: Cloud) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloud.client("cloudformation").create_stack(StackName="other", TemplateBody=json.dumps(template))
    result = run("connect", DESTINATION, "--stack-name", "other")

    assert result.exit_code == 2
    assert "no output ProfilesUrl" in result.stderr


@pytest.mark.parametrize(
    ("environment", "options", "says"),
    [
        ({}, [], "No AWS region"),
        ({}, ["--region", "eu-west-1"], "No AWS credentials"),
        ({}, ["--profile", "nobody"], "no such AWS profile"),
        ({"AWS_ACCESS_KEY_ID": "only"}, ["--region", "eu-west-1"], "incomplete"),
        (
            {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            ["--region", "eu-west-1"],
            "can't be reached",
        ),
    ],
)
def test_aws_error_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], options: list[str], says: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    settings = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"} | environment
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    result = run("connect", DESTINATION, *options)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert says in result.stderr
