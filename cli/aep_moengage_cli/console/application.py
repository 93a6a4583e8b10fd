"""The application: the pages and their addresses, each with the command that does the same."""

from collections.abc import Callable
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from aep_moengage_cli.console import destination, failures, overview, tracing, validation
from aep_moengage_cli.console.pages import ASSETS, FILES, Asked
from aep_moengage_cli.console.refusals import shown
from aep_moengage_cli.console.safety import Safety, Session
from aep_moengage_cli.console.subject import Subject

type Handler = Callable[[Asked], Response]


class Page(NamedTuple):
    """An address, what answers there, and the command whose permission it needs. A change is a POST."""

    path: str
    handler: Handler
    command: str
    method: str = "GET"


PAGES = (
    Page("/", overview.page, "status"),
    Page("/overview", overview.flow, "status"),
    Page("/overview/outcomes", overview.outcomes, "status"),
    Page("/overview/reasons", overview.reasons, "failures list"),
    Page("/runbook/{section}", overview.runbook, "status"),
    Page("/destination.schema.json", destination.schema, "check"),
    Page("/destinations", destination.listed, "destinations list"),
    Page("/destinations/{id}", destination.one, "destinations show"),
    Page("/destinations/{id}/draft", destination.draft, "preview", "POST"),
    Page("/destinations/{id}/capture", destination.capture, "failures show", "POST"),
    Page("/destinations/{id}/save", destination.save, "map", "POST"),
    Page("/destinations/{id}/pause", destination.pause, "pause", "POST"),
    Page("/destinations/{id}/versions", destination.versions, "history"),
    Page("/destinations/{id}/versions/{number:int}", destination.version, "history"),
    Page("/destinations/{id}/versions/{number:int}/rollback", destination.rollback, "rollback", "POST"),
    Page("/failures", failures.page, "failures list"),
    Page("/failures/look", failures.look, "failures list", "POST"),
    Page("/failures/filtered", failures.filtered, "failures list", "POST"),
    Page("/failures/jobs/{job}", failures.job, "failures list", "POST"),
    Page("/failures/samples", failures.samples, "failures show", "POST"),
    Page("/failures/messages/{message}/payload", failures.payload, "failures show", "POST"),
    Page("/failures/plan", failures.plan, "failures redrive", "POST"),
    Page("/failures/redrive", failures.redrive, "failures redrive", "POST"),
    Page("/failures/purge", failures.purge, "failures purge", "POST"),
    Page("/trace", tracing.page, "trace"),
    Page("/trace/find", tracing.find, "trace", "POST"),
    Page("/trace/jobs/{job}", tracing.job, "trace"),
    Page("/validate", validation.page, "validate-export"),
    Page("/validate/compare", validation.compare, "validate-export", "POST"),
)


def application(subject: Subject, session: Session) -> ASGIApp:
    """Returns the console for a subject, which answers to one session only."""
    routes = [Route(page.path, _endpoint(page, subject), methods=[page.method]) for page in PAGES]
    assets = Mount(ASSETS, StaticFiles(directory=FILES))
    return Safety(Starlette(routes=[*routes, assets]), session)


def _endpoint(page: Page, subject: Subject) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        form = await request.form() if page.method == "POST" else None
        return await run_in_threadpool(_answer, page, Asked(request, subject, form))

    return endpoint


def _answer(page: Page, asked: Asked) -> Response:
    try:
        return page.handler(asked)
    except Exception as error:
        return shown(error, page.command, asked)
