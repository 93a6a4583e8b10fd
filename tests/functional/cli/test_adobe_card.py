"""`adobe-card`: the documents that it writes, and what it does at Adobe's authoring API."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.functional.cli.conftest import Run
from tests.functional.cli.fake_adobe import Adobe, Rendered

from aep_moengage_cli.adobe.rendering import render
from aep_moengage_cli.adobe.samples import PROFILES

ENDPOINT = "https://api.example.com/destinations/{id}/profiles"


def published(run: Run, *options: str) -> dict[str, Any]:
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish", "--yes", *options)
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_documents_are_written(run: Run, tmp_path: Path) -> None:
    result = run("adobe-card", "--endpoint", ENDPOINT, "--out", tmp_path / "card", "--name", "MoEngage (bank)")

    assert (result.exit_code, result.stdout) == (0, "")
    server, destination = (json.loads((tmp_path / "card" / f"{name}.json").read_text()) for name in NAMES)
    assert server["name"] == destination["name"] == "MoEngage (bank)"
    assert server["urlBasedDestination"]["url"]["value"].startswith("https://api.example.com/destinations/{{")
    assert destination["destinationDelivery"][0]["destinationServerId"] == "{{destinationServerId}}"


NAMES = ("destination-server", "destination")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "Give --endpoint"),
        (["--endpoint", ENDPOINT], "--out"),
        (["--endpoint", "http://api.example.com", "--out", "card"], "https address"),
        (["--endpoint", ENDPOINT, "--publish"], "Set ADOBE_CLIENT_ID"),
        (["--endpoint", ENDPOINT, "--out", "card", "--submit"], "--submit needs --publish"),
    ],
)
def test_invalid_use_exits_2(run: Run, options: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADOBE_CLIENT_ID", raising=False)
    result = run("adobe-card", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_publishing_without_yes_changes_nothing(run: Run, adobe: Adobe) -> None:
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.count(": create") == 2
    assert adobe.calls == ["GET destination-servers", "GET destinations"]


def test_new_card_is_created_and_its_rendering_checked(run: Run, adobe: Adobe) -> None:
    ids = published(run)

    assert adobe.calls[2:] == ["POST destination-servers", "POST destinations", "POST testing/template/render"]
    configuration = adobe.documents["destinations"][ids["destinationId"]]
    assert configuration["destinationDelivery"][0]["destinationServerId"] == ids["destinationServerId"]
    assert ids["destinationServerId"] in adobe.documents["destination-servers"]


def test_existing_card_is_rendered_before_it_is_updated(run: Run, adobe: Adobe) -> None:
    before = published(run)
    adobe.calls.clear()
    after = published(run, "--json-filter", "toJson")

    assert after == before
    changes = [
        f"PUT destination-servers/{before['destinationServerId']}",
        f"PUT destinations/{before['destinationId']}",
    ]
    assert adobe.calls[2:] == ["POST testing/template/render", *changes]
    (server,) = adobe.documents["destination-servers"].values()
    assert "| toJson" in server["httpTemplate"]["requestBody"]["value"]


def test_card_is_submitted_only_when_asked_for(run: Run, adobe: Adobe) -> None:
    assert published(run)["submitted"] is False
    assert adobe.submissions == {}


def test_submission_without_yes_shows_who_would_get_the_card(run: Run, adobe: Adobe) -> None:
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish", "--submit")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "offer it to all its customers, posting to https://api.example.com\n" in result.stderr
    assert "Nothing was changed" in result.stderr
    assert (adobe.submissions, adobe.documents["destinations"]) == ({}, {})


def test_card_in_review_is_not_submitted_again(run: Run, adobe: Adobe) -> None:
    ids = published(run, "--submit")
    assert ids["submitted"] is True
    assert adobe.calls[-1] == "POST destinations/publish"
    assert published(run, "--submit") == ids | {"submitted": False}
    assert adobe.submissions == {ids["destinationId"]: ["REVIEW"]}

    adobe.submissions[ids["destinationId"]] = ["DENIED"]
    assert published(run, "--submit")["submitted"] is True


def test_card_whose_rendering_differs_is_not_submitted(run: Run, adobe: Adobe) -> None:
    adobe.renders = quoted
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish", "--submit", "--yes")
    assert (result.exit_code, result.stdout, adobe.submissions) == (2, "", {})


def quoted(template: str, profiles: list[Mapping[str, Any]]) -> str:
    """As if the template's engine escaped HTML."""
    return render(template, profiles).replace("<tags>", "&lt;tags&gt;")


def unreadable(template: str, profiles: list[Mapping[str, Any]]) -> str:
    """As if the template's engine printed maps as Java does."""
    return render(template, profiles).replace('{"card_test', "{card_test=")


def fewer(template: str, profiles: list[Mapping[str, Any]]) -> str:
    """As if the template's engine lost a profile."""
    return render(template, profiles[1:])


@pytest.mark.parametrize("renders", [quoted, unreadable, fewer])
def test_card_in_use_never_gets_a_template_that_spoils_profiles(run: Run, adobe: Adobe, renders: Rendered) -> None:
    published(run)
    before = json.dumps(adobe.documents)
    adobe.renders = renders

    result = run("adobe-card", "--endpoint", "https://other.example.com", "--publish", "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--json-filter toJson" in result.stderr
    assert json.dumps(adobe.documents) == before


def test_wrong_secret_is_reported_without_it(run: Run, adobe: Adobe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADOBE_CLIENT_SECRET", "a-wrong-secret")
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish", "--yes")

    assert (result.exit_code, result.stdout, adobe.calls) == (2, "", [])
    assert "invalid client_secret parameter" in result.stderr
    assert "a-wrong-secret" not in result.stderr


def test_two_cards_of_one_name_are_an_error(run: Run, adobe: Adobe) -> None:
    ids = published(run)
    adobe.documents["destinations"]["another"] = adobe.documents["destinations"][ids["destinationId"]]
    result = run("adobe-card", "--endpoint", ENDPOINT, "--publish", "--yes")
    assert result.exit_code == 2
    assert "2 destinations named" in result.stderr


def test_destination_of_the_card_delivers_what_adobe_renders(run: Run, tmp_path: Path) -> None:
    file, body, card = tmp_path / "acme.yaml", tmp_path / "body.json", tmp_path / "card"
    run("init", "--adobe-card", "--region", "03", "--username", "ACME1234", "--output", file)
    run("adobe-card", "--endpoint", ENDPOINT, "--out", card)
    template = json.loads((card / "destination-server.json").read_text())["httpTemplate"]["requestBody"]["value"]
    body.write_text(render(template, PROFILES), encoding="utf-8")

    checked = run("check", file, "--events", body)
    previewed = run("preview", "--destination", file, body)

    assert (checked.exit_code, previewed.exit_code) == (0, 0), checked.stdout + previewed.stderr
    profiles = json.loads(previewed.stdout)["profiles"]
    assert [each["customer_id"] for each in profiles] == [
        "aep-moengage-card-test",
        "aep-moengage-card-test-other-device",
    ]
    sent = profiles[0]["requests"][0]["body"]["attributes"]
    assert sent["card_test_text"] == PROFILES[0]["attributes"]["card_test_text"]["value"]
    assert "card_test_unset" not in sent


def test_card_and_samples_together_are_an_error(run: Run, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text("{}")
    result = run("init", "--adobe-card", body)
    assert result.exit_code == 2
    assert "not both" in result.stderr
