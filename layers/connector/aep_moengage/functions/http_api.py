"""The HTTP API's events and answers, as API Gateway passes them (payload format 2.0), and which path is for what."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.ingest import IngestRequest, result_json
from aep_moengage.functions.problems import CONTENT_TYPE, PROBLEMS, UNKNOWN_PATH, Problem, problem_of
from aep_moengage.telemetry.counts import log_problem

_POSTED = re.compile(r"/destinations/([^/]+)/(profiles|events)/?")  # senders add the slash, too
_HEALTH = "GET", "/health"

type Take = Callable[[IngestRequest], Sequence[Result]]
type Response = dict[str, Any]


def answer(event: Mapping[str, Any], take: Take, check: Callable[[], None]) -> Response:
    """Returns the answer to a request; `take` delivers what was posted, `check` raises if the function is not set up.

    Never raises: every error is a problem.
    """
    http = event["requestContext"]["http"]
    posted = _POSTED.fullmatch(event["rawPath"]) if http["method"] == "POST" else None
    try:
        if posted:
            return _json(200, _taken(take(_request(event, posted[1], Kind(posted[2])))))
        if (http["method"], event["rawPath"]) == _HEALTH:
            check()
            return _json(200, {"status": "ok"})
    except Exception as error:
        log_problem(error)
        return _refusal(problem_of(error), str(error) if type(error) in PROBLEMS else "")
    return _refusal(UNKNOWN_PATH, "")


def _request(event: Mapping[str, Any], destination: str, kind: Kind) -> IngestRequest:
    context = event["requestContext"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    certificate = (context.get("authentication") or {}).get("clientCert")
    return IngestRequest(
        destination=destination,
        body=event.get("body") or "",
        in_base64=event.get("isBase64Encoded") or False,
        content_encoding=headers.get("content-encoding", ""),
        authorization=headers.get("authorization"),
        source_ip=context["http"]["sourceIp"],
        requested_ms=context["timeEpoch"],
        request_id=context["requestId"],
        kind=kind,
        client=certificate["subjectDN"] if certificate else None,
    )


def _taken(results: Sequence[Result]) -> dict[str, Any]:
    return {"received": len(results), "results": [result_json(i, result) for i, result in enumerate(results)]}


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return _response(status, "application/json", json.dumps(body, separators=(",", ":")))


def _refusal(problem: Problem, detail: str) -> Response:
    return _response(problem.status, CONTENT_TYPE, problem.body(detail), problem.headers)


def _response(status: int, content_type: str, body: str, headers: Sequence[tuple[str, str]] = ()) -> Response:
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **dict(headers)},
        "body": body,
        "isBase64Encoded": False,
    }
