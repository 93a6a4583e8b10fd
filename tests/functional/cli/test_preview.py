"""`preview`: the decisions and requests of the connector, without AWS."""

import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.functional.cli.conftest import EVENTS, Run
from tests.profiles import profile

from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import Action, CompiledMapping

DESTINATION = EVENTS / "destination.yaml"
FULL = EVENTS / "destination-full.yaml"
OTHERS = {"env.json", "apigateway-health.json", "sqs-event.json"}
OF_EVENTS = ("event-", "kinesis-", "apigateway-event")
BODIES = sorted(
    file for file in EVENTS.glob("*.json") if file.name not in OTHERS and not file.name.startswith(OF_EVENTS)
)
EVENT_BODIES = sorted(
    file
    for file in EVENTS.glob("*.json")
    if (file.name.startswith(OF_EVENTS) and file.name != "kinesis-poison.json") or file.name == "sqs-event.json"
)


def test_the_answer_has_the_documented_shape(run: Run) -> None:
    result = run("preview", "--destination", EVENTS / "destination.yaml", EVENTS / "http_api_default.json")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "destination": "acme-production",
        "profiles": [
            {
                "index": 0,
                "decision": "deliver",
                "reason": None,
                "customer_id": "14575006536349286404619648085736425115",
                "requests": [
                    {
                        "method": "POST",
                        "url": "https://api-03.moengage.com/v1/customer/ACME1234",
                        "headers": {"Authorization": "Basic ***", "Content-Type": "application/json"},
                        "body": {
                            "type": "customer",
                            "customer_id": "14575006536349286404619648085736425115",
                            "attributes": {
                                "AEP Segment": [
                                    "5114d758-ce71-43ba-b53e-e2a91d67b67f",
                                    "59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae",
                                    "947c1c46-008d-40b0-92ec-3af86eaf41c1",
                                ]
                            },
                        },
                    }
                ],
                "warnings": [],
            }
        ],
    }


@pytest.mark.parametrize("event", BODIES, ids=lambda file: file.name)
@pytest.mark.parametrize("destination", [DESTINATION, FULL], ids=lambda file: file.stem)
def test_decisions_are_those_of_the_connector(run: Run, destination: Path, event: Path) -> None:
    mapping = CompiledMapping(parse_destination(yaml.safe_load(destination.read_text())))
    result = run("preview", "--destination", destination, event)

    assert result.exit_code == 0
    shown = json.loads(result.stdout)["profiles"]
    assert shown
    if event.name.startswith(("apigateway", "sqs")):
        return
    content = json.loads(event.read_text())
    for raw, each in zip(content.get("profiles", [content]), shown, strict=True):
        decision = mapping.transform(raw, round(time.time() * 1000))
        assert (each["decision"], each["reason"]) == (decision.action, decision.reason)
        assert each["customer_id"] == decision.customer_id
        assert bool(each["requests"]) is (decision.action is Action.DELIVER)


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [("apigateway-profile.json", "http_api_default.json"), ("apigateway-batch.json", "batch.json")],
)
def test_lambda_event_shows_the_same_as_its_body(run: Run, wrapped: str, plain: str) -> None:
    shown = [run("preview", "--destination", FULL, EVENTS / name).stdout for name in (wrapped, plain)]
    assert shown[0] == shown[1]


def test_queue_messages_show_their_profiles(run: Run) -> None:
    result = run("preview", "--destination", DESTINATION, EVENTS / "sqs-retry.json")

    shown = json.loads(result.stdout)["profiles"]
    assert [each["customer_id"] for each in shown][1:] == ["user-001", "user-003"]


def test_standard_input_is_read(run: Run) -> None:
    result = run("preview", "--destination", DESTINATION, "-", stdin=json.dumps(profile("ada")))

    (shown,) = json.loads(result.stdout)["profiles"]
    assert (shown["customer_id"], "source" in shown) == ("ada", False)


def test_several_files_are_named_and_the_index_continues(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(profile(user)) + "\n" for user in ("ada", "bob")))
    result = run("preview", "--destination", DESTINATION, file, "-", stdin=json.dumps([profile("cyd")]))

    shown = json.loads(result.stdout)["profiles"]
    assert [(each["index"], each["source"], each["customer_id"]) for each in shown] == [
        (0, str(file), "ada"),
        (1, str(file), "bob"),
        (2, "-", "cyd"),
    ]


def test_rejected_profile_exits_1_and_is_shown_with_its_reason(run: Run) -> None:
    result = run(
        "preview", "--destination", DESTINATION, "-", stdin=json.dumps([profile("bad\tid"), 3, profile("ada")])
    )

    shown = json.loads(result.stdout)["profiles"]
    assert result.exit_code == 1
    assert [(each["decision"], each["reason"], len(each["requests"])) for each in shown] == [
        ("reject", "invalid_customer_id", 0),
        ("reject", "not_a_profile", 0),
        ("deliver", None, 1),
    ]


def test_skipped_profile_exits_0(run: Run) -> None:
    result = run("preview", "--destination", DESTINATION, "-", stdin="{}")

    (shown,) = json.loads(result.stdout)["profiles"]
    assert result.exit_code == 0
    assert (shown["decision"], shown["reason"], shown["customer_id"]) == ("skip", "no_identity", None)


def test_warnings_are_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "attributes: {bio: bio}\n")
    result = run("preview", "--destination", file, "-", stdin=json.dumps(profile("ada", bio="x" * 600)))

    (shown,) = json.loads(result.stdout)["profiles"]
    (warning,) = shown["warnings"]
    assert (warning["code"], warning["field"]) == ("string_truncated", "bio")
    assert warning["message"]
    assert shown["requests"][0]["body"]["attributes"]["bio"] == "x" * 512


def test_membership_events_are_a_second_request(run: Run) -> None:
    result = run("preview", "--destination", FULL, EVENTS / "batch.json")

    shown = json.loads(result.stdout)["profiles"]
    assert [request["url"].split("/v1/")[1] for request in shown[0]["requests"]] == [
        "customer/ACME1234",
        "event/ACME1234",
    ]
    (action,) = shown[0]["requests"][1]["body"]["actions"]
    assert (action["action"], action["attributes"]) == ("AEP Segment Entered", {"audience": "Gold members"})
    assert len(shown[1]["requests"]) == 1, "left, but never known to be in"


def test_unusable_destination_exits_2_with_an_error_a_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text("id: acme\nname: A\nregion: '09'\nusername: U\nname: B\naudiences: []\nidentities: {}\n")
    result = run("preview", "--destination", file, EVENTS / "http_api_default.json")

    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["name", "region", "identities"]
    assert "line 5" in lines[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a: [", "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: &x [*x]", "neither YAML nor JSON"),
        (b"? {a: b}\n: c", "neither YAML nor JSON"),
        (b"", "document: "),
        (b"!!python/object:os.system x", "neither YAML nor JSON"),
    ],
)
def test_invalid_destination_file_exits_2(run: Run, tmp_path: Path, text: bytes, says: str) -> None:
    file = tmp_path / "destination.yaml"
    file.write_bytes(text)
    result = run("preview", "--destination", file, EVENTS / "http_api_default.json")

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert says in result.stderr


def test_yaml_date_stays_text(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "attributes: {since: {source: since, default: 2024-01-02}}\n")
    result = run("preview", "--destination", file, "-", stdin=json.dumps(profile("ada")))

    body = json.loads(result.stdout)["profiles"][0]["requests"][0]["body"]
    assert body["attributes"]["since"] == "2024-01-02"


def test_json_destination_is_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.json"
    text = json.dumps(yaml.safe_load(DESTINATION.read_text()) | {"name": "a/b \U0001f600"}, indent="\t")
    file.write_text(text.replace("a/b", "a\\/b"))
    assert run("preview", "--destination", file, EVENTS / "batch.json").exit_code == 0

    file.write_text(text.replace("{", '{"id": "other",', 1))
    result = run("preview", "--destination", file, EVENTS / "batch.json")
    assert (result.exit_code, result.stderr.split(";")[0]) == (2, "Error: id: is repeated")


@pytest.mark.parametrize("text", ["", "{", '"text"', '{"profiles": 3}', '{"a": NaN}', "[" * 100_000])
def test_body_that_ingest_refuses_exits_2(run: Run, text: str) -> None:
    result = run("preview", "--destination", DESTINATION, "-", stdin=text)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert result.stderr.startswith("Error: -: ")


@pytest.mark.parametrize(
    "event",
    [
        {"requestContext": {}, "routeKey": "GET /health"},
        {"requestContext": {}, "body": "%%%", "isBase64Encoded": True},
        {"requestContext": {}, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True},
        {"Records": [{"eventSource": "aws:sqs"}]},
    ],
)
def test_event_without_a_body_exits_2(run: Run, event: dict[str, Any]) -> None:
    result = run("preview", "--destination", DESTINATION, "-", stdin=json.dumps(event))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("missing", ["destination.yaml", "event.json", "lines.jsonl"])
def test_missing_file_exits_2(run: Run, missing: str) -> None:
    destination = missing if missing.endswith("yaml") else DESTINATION
    result = run("preview", "--destination", destination, missing)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{missing}: No such file" in result.stderr


def test_preview_imports_nothing_of_aws() -> None:
    code = "import sys\nfrom aep_moengage_cli.app import app\n"
    code += f"app(['preview', '--destination', {str(DESTINATION)!r}, {str(EVENTS / 'batch.json')!r}], "
    code += "standalone_mode=False)\nassert 'boto3' not in sys.modules and 'botocore' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 # our own code

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["profiles"]


@pytest.mark.parametrize("command", ["preview", "connect", "send"])
def test_help_has_an_example_and_the_exit_codes(run: Run, command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"Example: aep-moengage {command}" in result.stdout
    assert "Exit codes:" in result.stdout
    assert command in run("--help").stdout


@pytest.mark.parametrize("file", EVENT_BODIES, ids=lambda file: file.stem)
def test_every_sample_event_is_shown_as_it_would_be_sent(run: Run, file: Path) -> None:
    result = run("preview", "--events", "--destination", EVENTS / "destination-events.yaml", file)

    assert result.exit_code == 0, result.stderr
    first = json.loads(result.stdout)["events"][0]
    (request,) = first["requests"]
    assert first["decision"] == "deliver"
    assert request["url"] == "https://api-03.moengage.com/v1/event/ACME1234"
    assert request["body"]["customer_id"] == first["customer_id"]
    assert request["body"]["actions"][0]["action"] == ("Cart abandoned" if "journey" in file.name else "Purchase")


def test_what_is_no_event_is_rejected(run: Run) -> None:
    result = run("preview", "--events", "--destination", EVENTS / "destination-events.yaml", "-", stdin='[{"a": 1}, 7]')

    assert result.exit_code == 1
    reasons = [each["reason"] for each in json.loads(result.stdout)["events"]]
    assert reasons == ["event_not_mapped", "not_an_event"]
