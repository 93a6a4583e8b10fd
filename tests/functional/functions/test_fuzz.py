"""Any request whatsoever: ingest answers it as documented, never with a server error, and within two seconds.

Schemathesis makes the requests from docs/openapi.yaml, right and wrong ones.
"""

import base64
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from functions.ingest.app import lambda_handler
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.functional.functions.cloud import CONTEXT, TOKEN, Cloud
from tests.functional.functions.test_openapi import OPENAPI

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 60  # of each kind of request
SECONDS = 2.0  # that AEP waits


def gateway(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that calls ingest as an HTTP API does: bodies that are no text are passed in base64."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    textual = "json" in environ.get("CONTENT_TYPE", "") and not environ.get("HTTP_CONTENT_ENCODING")
    event = {
        "version": "2.0",
        "rawPath": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "rawQueryString": "",
        "headers": _headers(environ),
        "requestContext": {
            "stage": "$default",
            "requestId": "request",
            "timeEpoch": int(time.time() * 1000),
            "http": {"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "sourceIp": "203.0.113.7"},
        },
        "body": body.decode("utf-8", "replace") if textual else base64.b64encode(body).decode(),
        "isBase64Encoded": not textual,
    }
    answer = lambda_handler(event, CONTEXT)  # type: ignore[arg-type] # all of it that is used
    start_response(f"{answer['statusCode']} -", list(answer["headers"].items()))
    return [answer["body"].encode()]


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    return headers | {"content-type": environ.get("CONTENT_TYPE", "")}


SCHEMA = schemathesis.openapi.from_dict(OPENAPI)
SCHEMA.app = gateway
OPERATION = SCHEMA["/destinations/{id}/profiles"]["POST"]


def body_mode(case: schemathesis.Case) -> GenerationMode | None:
    """Returns whether the body of a request is as described, or not; None where it has none."""
    body = case.meta and case.meta.components.get(ParameterLocation.BODY)
    return body.mode if body else None


# ingest reads a destination again beside serving, and draws the time of the next reading while a request is generated
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize(
    ("authorization", "mode", "usual"),
    [
        (f"Bearer {TOKEN}", GenerationMode.POSITIVE, 200),
        (f"Bearer {TOKEN}", GenerationMode.NEGATIVE, 400),
        ("Bearer acme.wrong", GenerationMode.POSITIVE, 401),
        (None, GenerationMode.NEGATIVE, 401),
    ],
)
def test_any_request_is_answered_as_documented_and_in_time(
    cloud: Cloud, authorization: str | None, mode: GenerationMode, usual: int
) -> None:
    statuses: Counter[int] = Counter()  # of requests whose body is of the mode; others have a wrong path or header

    @given(case=OPERATION.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        case.headers.pop("Authorization", None)
        if authorization:
            case.headers["Authorization"] = authorization
            case.path_parameters["id"] = "acme"
        started = time.process_time()
        status = case.call_and_validate(checks=CHECKS).status_code
        statuses[status] += body_mode(case) is mode
        assert time.process_time() - started < SECONDS

    check()
    assert statuses[usual] > EXAMPLES / 5, statuses
    assert statuses[200] == 0 or usual == 200, statuses
