"""The ingest function: AEP posts profiles to it, and others events."""

import gc

gc.disable()  # until the first invocation is over: collections would take a tenth of a cold start

import os
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.cold_start import collect_from_now_on, make_for_snapshot
from aep_moengage.functions.ingest import IngestRequest, result_json
from aep_moengage.functions.problems import CONTENT_TYPE, PROBLEMS, UNKNOWN_PATH, Problem, problem_of
from aep_moengage.functions.wiring import ingest
from aep_moengage.log import logger
from aep_moengage.settings import check_settings
from aep_moengage.telemetry.counts import log_problem

app = APIGatewayHttpResolver()
make_for_snapshot(ingest)


@app.post("/destinations/<destination>/profiles/")  # senders add the slash; the gateway takes it for another path
@app.post("/destinations/<destination>/profiles")
def profiles(destination: str) -> dict[str, Any]:
    return _take(destination, Kind.PROFILES)


@app.post("/destinations/<destination>/events/")
@app.post("/destinations/<destination>/events")
def events(destination: str) -> dict[str, Any]:
    return _take(destination, Kind.EVENTS)


def _take(destination: str, kind: Kind) -> dict[str, Any]:
    event = app.current_event
    certificate = event.request_context.authentication
    request = IngestRequest(
        destination=destination,
        body=event.body or "",
        in_base64=event.is_base64_encoded or False,
        content_encoding=event.headers.get("content-encoding", ""),
        authorization=event.headers.get("authorization"),
        source_ip=event.request_context.http.source_ip,
        requested_ms=event.request_context.time_epoch,
        request_id=event.request_context.request_id,
        kind=kind,
        client=certificate.subject_dn if certificate else None,
    )
    results = ingest().take(request)
    return {"received": len(results), "results": [result_json(i, result) for i, result in enumerate(results)]}


@app.get("/health")
def health() -> dict[str, str]:
    check_settings(os.environ)
    return {"status": "ok"}


@app.exception_handler([*PROBLEMS, Exception])
def refuse(error: Exception) -> Response[str]:
    log_problem(error)
    return _answer(problem_of(error), str(error) if type(error) in PROBLEMS else "")


@app.not_found
def unknown_path(_: NotFoundError) -> Response[str]:
    return _answer(UNKNOWN_PATH, "")


def _answer(problem: Problem, detail: str) -> Response[str]:
    return Response(problem.status, CONTENT_TYPE, problem.body(detail), headers=dict(problem.headers))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger().set_correlation_id(event.get("requestContext", {}).get("requestId"))
    try:
        return app.resolve(event, context)
    finally:
        collect_from_now_on()
