"""The page of the HTTP API, from its OpenAPI description."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference.markdown import GENERATED, cell, table

_OPENAPI = PROJECT / "docs" / "openapi.yaml"

type Part = Mapping[str, Any]


def http_api_page() -> str:
    """Returns the page of the HTTP API."""
    return "\n".join(_page(yaml.safe_load(_OPENAPI.read_text("utf-8"))))


def _page(api: Part) -> Iterator[str]:
    yield from ("# HTTP API", "", GENERATED, "", api["info"]["description"], "")
    yield "[openapi.yaml](openapi.yaml) describes all of it, bodies and answers too, for machines."
    yield ""
    yield from ("## Authentication", "")
    schemes = api["components"]["securitySchemes"]
    yield from table(("scheme", "what to send"), ((_scheme(each), each["description"]) for each in schemes.values()))
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            yield from _operation(api, f"{method.upper()} {path}", operation)


def _scheme(scheme: Part) -> str:
    return str(scheme["scheme"]).title()


def _operation(api: Part, title: str, operation: Part) -> Iterator[str]:
    yield from (f"## `{title}`", "", f"{operation['summary']}.", "")
    if "description" in operation:
        yield from (operation["description"], "")
    body = operation.get("requestBody", {})
    if "description" in body:
        yield from (f"**Body.** {body['description']}", "")
    yield from table(("answer", "when"), _answers(api, operation["responses"]))
    yield from _examples(operation["responses"]["200"])


def _answers(api: Part, responses: Part) -> Iterator[tuple[str, str]]:
    for status, response in responses.items():
        named = response.get("$ref", "").rpartition("/")[2]
        answer = api["components"]["responses"][named] if named else response
        yield status, cell(answer["description"])


def _examples(response: Part) -> Iterator[str]:
    for media in response.get("content", {}).values():
        for example in media.get("examples", {}).values():
            yield from ("```json", json.dumps(example["value"]), "```", "")
