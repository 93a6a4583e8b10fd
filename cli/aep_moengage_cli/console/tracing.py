"""Trace: one profile or request as a timeline through ingest, the queue, drain and MoEngage."""

from datetime import UTC, datetime

from starlette.responses import Response

from aep_moengage_cli.console.jobs import Job
from aep_moengage_cli.console.pages import Asked
from aep_moengage_cli.console.personal import check_view_profiles
from aep_moengage_cli.console.refusals import shown
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_queue import Progress
from aep_moengage_cli.profiles.trace_report import ledger_lines, timeline
from aep_moengage_cli.profiles.tracing import Trace, Traced, trace
from aep_moengage_cli.timestamps import parse_timestamp

_MOST_SHOWN = 20  # profiles; a request may have thousands


def page(asked: Asked) -> Response:
    """Returns the form."""
    connected = [each.destination for each in Publishing.of(asked.subject.stack).all_active()]
    first = connected[:1] or ["ID"]
    command = asked.subject.command("trace", *first, "--user", "-")
    return asked.page("trace.html", destinations=connected, command=command)


def find(asked: Asked) -> Response:
    """Searches for a user or a request. The customer id is in the form, never in an address."""
    identity, request, destination = asked.given("user"), asked.given("request"), asked.field("destination")
    if bool(identity) == bool(request):
        raise CommandError("Say what to trace: either a user or a request.")
    stack = asked.subject.stack
    reveal = asked.field("reveal") == "yes"
    if reveal:
        check_view_profiles(stack, [destination])
    since = parse_timestamp(asked.given("since") or "24h", datetime.now(UTC))
    traced = Traced(destination, since, identity, request)
    dead_letters = asked.field("dead_letters") == "yes"

    def work(progress: Progress) -> tuple[Traced, Trace, bool]:
        return traced, trace(stack, traced, dead_letters=dead_letters, progressed=progress.seen), reveal

    return _answer(asked, asked.subject.jobs.start("trace", "trace", work))


def job(asked: Asked) -> Response:
    """Returns the progress of a search, or what it found."""
    return _answer(asked, asked.subject.jobs.find(asked.path("job")))


def _answer(asked: Asked, running: Job) -> Response:
    if running.error:
        return shown(running.error, running.command, asked)
    if not running.finished:
        return asked.page("searching.html", job=running)
    traced, found, reveal = running.result
    what = ("--user", "-") if traced.identity else ("--request", traced.request)
    since = ("--since", f"{traced.since:%Y-%m-%dT%H:%M:%SZ}")
    dead_letters = () if found.messages is None else ("--dead-letters",)
    return asked.page(
        "traced.html",
        found=found,
        timelines=[(journey, timeline(journey)) for journey in found.journeys[-_MOST_SHOWN:]],
        ledger=list(ledger_lines(found.row, traced.destination)) if found.row and reveal else [],
        hidden=found.row is not None and not reveal,
        command=asked.subject.command("trace", traced.destination, *what, *since, *dead_letters),
    )
