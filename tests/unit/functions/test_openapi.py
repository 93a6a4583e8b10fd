"""The OpenAPI document describes what the code does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from aep_moengage import outcomes
from aep_moengage.document.destination import DESTINATION_ID
from aep_moengage.functions import problems
from aep_moengage.functions.problems import PROBLEMS, UNEXPECTED, UNKNOWN_PATH, Problem
from aep_moengage_dev.project import PROJECT

FILE = PROJECT / "docs" / "openapi.yaml"
OPENAPI: dict[str, Any] = yaml.safe_load(FILE.read_text())
TEMPLATE = (PROJECT / "template.yaml").read_text()
POST = OPENAPI["paths"]["/destinations/{id}/profiles"]["post"]
SCHEMAS = OPENAPI["components"]["schemas"]
GATEWAY_ANSWERS = {429, 500}  # which the connector itself never gives
ALL_PROBLEMS = [*PROBLEMS.values(), UNEXPECTED, UNKNOWN_PATH]


def resolved(reference: dict[str, Any]) -> dict[str, Any]:
    node: Any = OPENAPI
    for name in reference["$ref"].removeprefix("#/").split("/"):
        node = node[name]
    return dict(node)


def references(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(OPENAPI))
    assert found
    assert all(resolved(reference) for reference in found)


@pytest.mark.parametrize("name", ["Outcome", "SkipReason", "RetryReason", "RejectReason"])
def test_its_enumerations_are_the_vocabulary(name: str) -> None:
    assert SCHEMAS[name]["enum"] == [member.value for member in getattr(outcomes, name)]


def test_every_outcome_is_explained() -> None:
    for outcome in outcomes.Outcome:
        assert f"{outcome}: " in SCHEMAS["Outcome"]["description"]


def test_it_has_the_routes_of_the_template() -> None:
    routes = {f"{method.upper()} {path}" for path, item in OPENAPI["paths"].items() for method in item}
    lines = [line.strip() for line in TEMPLATE.splitlines()]
    # a slash at the end makes another route of the same operation
    assert routes == {line.removeprefix("RouteKey: ").rstrip("/") for line in lines if line.startswith("RouteKey: ")}


def test_it_has_the_statuses_of_the_problems_and_no_others() -> None:
    statuses = {problem.status for problem in ALL_PROBLEMS}
    assert set(map(int, POST["responses"])) == {200} | statuses | GATEWAY_ANSWERS


@pytest.mark.parametrize("problem", ALL_PROBLEMS, ids=lambda problem: f"{problem.status}-{problem.title}")
def test_problems_have_the_documented_shape(problem: Problem) -> None:
    answer = resolved(POST["responses"][str(problem.status)])
    assert problems.CONTENT_TYPE in answer["content"]
    assert set(answer.get("headers", {})) == {name for name, _ in problem.headers}
    body = json.loads(problem.body("why"))
    assert list(body) == SCHEMAS["Problem"]["required"] == list(SCHEMAS["Problem"]["properties"])
    assert body["type"] == SCHEMAS["Problem"]["properties"]["type"]["const"]


def test_a_destinations_id_has_the_form_that_the_model_allows() -> None:
    assert POST["parameters"][0]["schema"]["pattern"] == DESTINATION_ID


def test_its_examples_exist_and_use_its_enumerations() -> None:
    content = POST["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        json.loads((FILE.parent / example["externalValue"]).read_text())
    kinds = map(resolved, SCHEMAS["Result"]["properties"]["reason"]["oneOf"])
    reasons = [reason for kind in kinds for reason in kind["enum"]]
    for example in POST["responses"]["200"]["content"]["application/json"]["examples"].values():
        answer = example["value"]
        assert answer["received"] == len(answer["results"])
        for index, result in enumerate(answer["results"]):
            assert result["index"] == index
            assert result["outcome"] in SCHEMAS["Outcome"]["enum"]
            assert result.get("reason") in {None, *reasons}
