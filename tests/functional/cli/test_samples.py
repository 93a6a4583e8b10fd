"""Sampling: a destination is connected before there is a mapping, and its mapping begins with what arrived."""

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, Run, json_of

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.queues.retry_messages import first_message

ADA: dict[str, Any] = {
    "identityMap": {"crmid": [{"id": "ada-7f3a"}]},
    "segmentMembership": {"ups": {"5b998cb9": {"status": "realized", "name": "Gold"}}},
    "person": {"name": {"firstName": "Åda"}},
}
BOB = ADA | {"person": {"name": {"firstName": "Bob"}}}
WITHOUT_FILE = ("--id", ID, "--data-center", "03", "--username", "ACME1234")


def arrive(cloud: Cloud, *payloads: Any, kind: Kind = Kind.PROFILES) -> None:
    """Keeps samples as drain does."""
    table = SampleTable(cloud.client("dynamodb"), cloud.output("SamplesTableName"))
    received = int(time.time() * 1000)
    table.keep([first_message(ID, "request", received, enumerate(payloads), kind=kind)])


@pytest.fixture
def captured(run: Run, cloud: Cloud) -> str:
    """What `connect --capture` says of a destination without a file."""
    result = run("connect", "--capture", *WITHOUT_FILE, "--password-stdin", stdin=KEY)
    assert result.exit_code == 0, result.stderr
    return result.stderr


def test_mapping_begins_with_what_aep_sends(run: Run, cloud: Cloud, captured: str) -> None:
    """Follows the lines that `connect --capture` prints."""
    active = cloud.publishing().active(ID)
    assert active
    assert active.paused, "nothing is sent before there is a mapping"
    early = run("resume", ID)
    assert (early.exit_code, "has no mapping yet" in early.stderr) == (2, True)
    arrive(cloud, ADA, BOB)

    lines = [line.split()[1:] for line in captured.splitlines() if line.startswith("  aep-moengage ")]
    assert [line[0] for line in lines] == ["samples", "init", "check", "apply", "resume"]
    for words in lines:
        result = run(*words, *(["--yes"] if words[0] == "apply" else []))
        assert result.exit_code == 0, result.output

    active = cloud.publishing().active(ID)
    assert active
    assert not active.paused
    document = json.loads(active.document)
    assert document["identities"] == {"user_id": "crmid"}
    assert document["attributes"] == {"first_name": "person.name.firstName"}
    assert document["audiences"] == [{"id": "5b998cb9", "name": "Gold"}]


def test_file_can_start_in_capture_and_an_active_destination_be_put_into_it(
    run: Run, cloud: Cloud, connect: Connect, tmp_path: Path
) -> None:
    connect()
    assert f"pause {ID}` keeps" in run("samples", ID).stderr
    refused = run("connect", "--capture", *WITHOUT_FILE, "--keep-password")
    assert (refused.exit_code, f"pause {ID}" in refused.stderr) == (2, True), "its mapping is not replaced"

    answer = json_of(run("connect", "--capture", tmp_path / "changed.yaml", "--keep-password"))
    active = cloud.publishing().active(ID)
    assert active
    assert (answer["version"], active.paused) == (2, True)
    result = run("samples", ID)
    assert (result.exit_code, "No profiles have arrived" in result.stderr) == (2, True)


def test_samples_are_masked_unless_revealed(run: Run, cloud: Cloud, captured: str, tmp_path: Path) -> None:
    arrive(cloud, ADA, BOB)
    masked = run("samples", ID)
    assert "7f3a" not in masked.output
    assert [each["person"]["name"]["firstName"] for each in json.loads(masked.stdout)] == ["xxx", "xxx"]

    assert json.loads(run("samples", ID, "--reveal", "--last", "1").stdout) == [BOB]
    result = run("samples", ID, "--reveal", "--output", "samples.json")
    written = tmp_path / "samples.json"
    assert json.loads(written.read_text()) == [ADA, BOB]
    assert "Åda" in written.read_text()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "7f3a" not in result.output
    again = run("samples", ID, "--output", "samples.json")
    assert (again.exit_code, "--force" in again.stderr) == (2, True)


def test_events_are_apart_and_all_samples_go_with_their_destination(run: Run, cloud: Cloud, captured: str) -> None:
    event = {"eventType": "commerce.purchases", "timestamp": "2026-11-27T10:00:00Z", "identityMap": ADA["identityMap"]}
    arrive(cloud, ADA)
    arrive(cloud, event, kind=Kind.EVENTS)
    assert run("samples", ID, "--events", "--output", "events.json").exit_code == 0
    assert "commerce.purchases" in run("init", "events.json", "--id", ID).stdout

    assert run("destinations", "delete", ID, stdin=f"{ID}\n").exit_code == 0
    assert cloud.client("dynamodb").scan(TableName=cloud.output("SamplesTableName"))["Items"] == []
