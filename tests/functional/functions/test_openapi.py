"""The description of the HTTP interface against the answers of ingest: each documented status, and its shape."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from tests.functional.functions.cloud import DESTINATION, TOKEN, Cloud, http_event
from tests.profiles import profile

from aep_moengage.functions.content import LARGEST_BODY
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

OPENAPI: dict[str, Any] = yaml.safe_load((PROJECT / "docs" / "openapi.yaml").read_text())
POST = OPENAPI["paths"]["/destinations/{id}/profiles"]["post"]
OF_THE_GATEWAY = {"429", "500"}


def stopped(cloud: Cloud) -> SimpleNamespace:
    cloud.client("dynamodb").delete_table(TableName=cloud.names["DESTINATIONS_TABLE"])
    return cloud.post(profile("ada"))


def of_another(cloud: Cloud) -> SimpleNamespace:
    cloud.connect(DESTINATION | {"id": "other", "username": "OTHER"}, tokens=("other.token",))
    return cloud.post(profile("ada"), authorization="Bearer other.token")


def compressed_with_brotli(cloud: Cloud) -> SimpleNamespace:
    headers = {"authorization": f"Bearer {TOKEN}", "content-encoding": "br"}
    return cloud.call(http_event("/destinations/acme/profiles", "POST", headers, "{}"))


ANSWERS: dict[str, Callable[[Cloud], SimpleNamespace]] = {
    "200": lambda cloud: cloud.post([profile("ada"), profile(), "none"]),
    "400": lambda cloud: cloud.post("{"),
    "401": lambda cloud: cloud.post(profile("ada"), authorization=None),
    "403": of_another,
    "404": lambda cloud: cloud.call(http_event("/profiles", "POST", {}, "{}")),
    "413": lambda cloud: cloud.post("x" * (LARGEST_BODY + 1)),
    "415": compressed_with_brotli,
    "503": stopped,
}


def described(status: str) -> dict[str, Any]:
    answer: dict[str, Any] = POST["responses"][status]
    name = answer.get("$ref", "").rpartition("/")[2]
    return dict(OPENAPI["components"]["responses"][name]) if name else answer


def check(schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator(schema | {"components": OPENAPI["components"]}).validate(value)


def test_every_documented_status_is_produced() -> None:
    assert set(ANSWERS) | OF_THE_GATEWAY == set(POST["responses"])


@pytest.mark.parametrize("status", ANSWERS)
def test_an_answer_has_the_documented_status_type_headers_and_shape(cloud: Cloud, status: str) -> None:
    answer, documented = ANSWERS[status](cloud), described(status)

    assert str(answer.status) == status
    content = documented["content"][answer.headers["content-type"]]
    assert {name.lower() for name in documented.get("headers", {})} <= set(answer.headers)
    check(content["schema"], answer.json)


def test_each_outcome_that_can_be_had_at_once_fits_its_schema(emulated: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="poison", customer_ids=["bad"])
    first = emulated.post(
        [profile("ada", points=1), profile("ada", points=2), profile(), profile("null"), profile("bad")]
    )
    second = emulated.post(profile("ada", points=2))
    moengage.faults.add(kind="status", status=429, reset=30)
    third = emulated.post(profile("ada", points=3))

    results = [result for answer in (first, second, third) for result in answer.json["results"]]
    schema = OPENAPI["components"]["schemas"]["Answer"]
    for answer in (first, second, third):
        check(schema, answer.json)
    assert {result["outcome"] for result in results} == set(OPENAPI["components"]["schemas"]["Outcome"]["enum"])


@pytest.mark.parametrize("body", [{}, {"received": -1, "results": []}, {"received": 1, "results": [{"index": 0}]}])
def test_a_wrong_answer_does_not_fit_the_schema(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(OPENAPI["components"]["schemas"]["Answer"], body)


def test_the_sample_bodies_fit_the_documented_request() -> None:
    schema = POST["requestBody"]["content"]["application/json"]["schema"]
    for file in (PROJECT / "events").glob("*.json"):
        if not file.name.startswith(("apigateway-", "sqs-", "env", "event-")):
            check(schema, json.loads(file.read_text()))


@pytest.mark.parametrize("file", sorted((PROJECT / "events").glob("event-*.json")), ids=lambda file: file.stem)
def test_the_sample_events_fit_the_documented_request(file: Path) -> None:
    operation = OPENAPI["paths"]["/destinations/{id}/events"]["post"]
    check(operation["requestBody"]["content"]["application/json"]["schema"], json.loads(file.read_text()))


def test_health_answers_as_documented(cloud: Cloud) -> None:
    answer = cloud.call(http_event("/health", "GET", {}, ""))
    documented = OPENAPI["paths"]["/health"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    assert answer.status == 200
    check(documented, answer.json)


def test_another_path_is_not_found_and_says_where_to_post(cloud: Cloud) -> None:
    answer = cloud.call(http_event("/profiles", "POST", {}, "{}"))

    assert answer.status == 404
    check(OPENAPI["components"]["schemas"]["Problem"], answer.json)
    assert "/destinations/{id}/profiles" in answer.json["detail"]
