"""What `sam local invoke` is given: a template, the functions' environments, and events from the stack's own sender."""

import base64
import json
from pathlib import Path

import yaml

from aep_moengage_dev.local.invoking import EventSender, environments, write_events, write_invocation

SENDER = EventSender("other", "other.token", "OTHER1", "the-real-key")


class Functions:
    """Answers as Lambda does when asked for a function's configuration."""

    def get_function_configuration(self, FunctionName: str) -> dict[str, dict[str, dict[str, str]]]:  # noqa: N803 # AWS's
        return {"Environment": {"Variables": {"LEDGER_TABLE": f"ledger of {FunctionName}"}}}


def test_environment_is_the_deployed_one_plus_the_emulator() -> None:
    outputs = {"IngestFunctionName": "stack-ingest", "DrainFunctionName": "stack-drain"}

    assert environments(Functions(), outputs, "http://127.0.0.1:4566") == {
        "IngestFunction": {"LEDGER_TABLE": "ledger of stack-ingest", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        "DrainFunction": {"LEDGER_TABLE": "ledger of stack-drain", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
    }


def test_containers_get_their_own_name_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    built = {
        "Globals": {"Function": {"Environment": {"Variables": {}}}},
        "Parameters": {"Architecture": {"Default": "arm64"}},
    }
    (tmp_path / "build" / "template.yaml").write_text(yaml.safe_dump(built))
    variables = {"IngestFunction": {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}}

    write_invocation(tmp_path, "x86_64", variables, "172.17.0.1")

    written = yaml.safe_load((tmp_path / "build" / "invoke.yaml").read_text())
    assert written["Parameters"]["Architecture"]["Default"] == "x86_64"
    assert "AWS_ENDPOINT_URL" in written["Globals"]["Function"]["Environment"]["Variables"], "SAM sets no others"
    environment = json.loads((tmp_path / "env.json").read_text())["IngestFunction"]
    assert environment == {"AWS_ENDPOINT_URL": "http://172.17.0.1:4566"}


def test_events_have_the_stacks_credentials_and_are_private(tmp_path: Path) -> None:
    write_events(tmp_path, SENDER)
    events = {file.name: json.loads(file.read_text()) for file in (tmp_path / "events").iterdir()}

    bearer = events["apigateway-profile.json"]
    assert bearer["headers"]["authorization"] == "Bearer other.token"
    assert bearer["rawPath"] == "/destinations/other/profiles"
    basic = events["apigateway-basic.json"]["headers"]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic) == b"OTHER1:the-real-key"
    assert json.loads(events["sqs-retry.json"]["Records"][0]["body"])["destination"] == "other"
    assert (tmp_path / "events").stat().st_mode & 0o077 == 0
