"""Any request whatsoever: ingest answers it as documented, never with a server error, and within two seconds.

Schemathesis makes the requests from docs/openapi.yaml, right and wrong ones.
"""

import base64
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from functions.ingest.app import lambda_handler
from tests.functional.functions.cloud import CONTEXT, DESTINATION, TOKEN, Cloud
from tests.fuzzing import KINDS, SECONDS, Fuzz, fuzz

EXAMPLES = 40  # of each kind of request


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


def call(case: schemathesis.Case) -> Any:
    """Returns ingest's answer."""
    started = time.process_time()
    answer = case.call(app=gateway)
    assert time.process_time() - started < SECONDS
    return answer


# ingest reads a destination again beside serving, and draws the time of the next reading while a request is generated
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize("posted", ["profiles", "events"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_any_request_is_answered_as_documented_and_in_time(cloud: Cloud, kind: Fuzz, posted: str) -> None:
    cloud.connect(DESTINATION | {"events": "all"})
    statuses = fuzz(kind, EXAMPLES, "acme", TOKEN, call, posted=posted).of_mode
    share = 5 if posted == "profiles" else 10  # nearly any JSON is an event, so few wrong bodies are left
    assert statuses[kind.usual] > EXAMPLES / share, statuses
    assert statuses[200] == 0 or kind.usual == 200, statuses
