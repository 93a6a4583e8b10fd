"""The sample events are what the doors read, and belong together."""

import base64
import json
from typing import Any

import pytest
import yaml

from aep_moengage.document.parsing import parse_destination
from aep_moengage.queues.retry_messages import parse_retry_message
from aep_moengage.settings import Settings, read_settings
from aep_moengage_dev.project import PROJECT

EVENTS = PROJECT / "events"


def event(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / name).read_text()))


def test_each_is_described() -> None:
    described = (EVENTS / "README.md").read_text()
    files = [file.name for file in EVENTS.iterdir() if file.name != "README.md"]
    assert len(files) > 10
    assert [name for name in files if f"`{name}`" not in described] == []


def test_messages_of_the_retry_queue_are_read_and_one_is_poison() -> None:
    for record in event("sqs-retry.json")["Records"]:
        assert parse_retry_message(record["body"]).destination == "acme-production"
    good, poison = event("sqs-poison.json")["Records"]
    assert parse_retry_message(good["body"]).profiles
    with pytest.raises(ValueError, match="not a message"):
        parse_retry_message(poison["body"])


@pytest.mark.parametrize("name", ["purchase", "edge", "forwarding", "streaming", "journey"])
def test_a_request_has_each_shape_of_an_event(name: str) -> None:
    request = event(f"apigateway-event-{name}.json")
    assert json.loads(request["body"]) == event(f"event-{name}.json")
    assert request["headers"]["content-length"] == str(len(request["body"].encode()))
    assert request["rawPath"] == "/destinations/acme-production/events"


def test_records_of_the_stream_are_what_they_are_described_as() -> None:
    purchase, export = (base64.b64decode(each["kinesis"]["data"]) for each in event("kinesis-records.json")["Records"])
    assert json.loads(purchase) == event("event-purchase.json")
    assert json.loads(export) == event("http_api_default.json")
    poison, good = (base64.b64decode(each["kinesis"]["data"]) for each in event("kinesis-poison.json")["Records"])
    assert json.loads(good) == event("event-purchase.json")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(poison)


@pytest.mark.parametrize("name", ["apigateway-profile.json", "apigateway-batch.json", "apigateway-basic.json"])
def test_requests_are_posted_to_the_sample_destination(name: str) -> None:
    destination = parse_destination(yaml.safe_load((EVENTS / "destination.yaml").read_text()))
    posted = event(name)

    assert posted["rawPath"] == f"/destinations/{destination.id}/profiles"
    assert posted["requestContext"]["timeEpoch"]
    assert posted["requestContext"]["http"]["sourceIp"]
    assert posted["headers"]["authorization"].split()[0] in {"Bearer", "Basic"}


def test_the_sample_environment_has_what_the_template_sets() -> None:
    template = (PROJECT / "template.yaml").read_text()
    for function, environment in event("env.json").items():
        assert f"\n  {function}:\n" in template
        read_settings(environment)
        assert set(environment) >= set(Settings.__struct_fields__)
        for name in environment:
            assert f"{name}: " in template, name
