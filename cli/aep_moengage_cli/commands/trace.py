"""`trace`: follows the profiles of a user or of a request from AEP to MoEngage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.document.parsing import parse_destination
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.publishing import TRACE_KEY, Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage, Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_cli.profiles.ledger_entry import read_row
from aep_moengage_cli.profiles.message_filters import of_request, of_user
from aep_moengage_cli.profiles.trace_report import (
    dead_letter_lines,
    journey_json,
    journey_table,
    ledger_json,
    ledger_lines,
)
from aep_moengage_cli.profiles.traces import Journey, Progressed, Traces
from aep_moengage_cli.terminal import emit, read_line, say
from aep_moengage_cli.timestamps import parse_timestamp

app = application()

_MOST_SHOWN = 20  # tables; a request may have thousands of profiles
_STDIN = "-"


@app.command()
def trace(
    ctx: typer.Context,
    destination: Annotated[str, typer.Argument(metavar="ID", help="The destination's id.")],
    *,
    user: Annotated[
        str | None,
        typer.Option(help="The user's MoEngage customer id; - reads it from stdin, to keep it out of shell histories."),
    ] = None,
    request: Annotated[
        str | None, typer.Option(metavar="ID", help="AEP's request id, as logs and dead letters show it.")
    ] = None,
    index: Annotated[int | None, typer.Option(min=0, help="Only this profile of each request; the first is 0.")] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help="Search back to: 30m, 2h, 3d, or an ISO time (UTC).")] = (
        "24h"
    ),
    dead_letters: Annotated[
        bool,
        typer.Option(
            "--dead-letters", help="Search the dead-letter queue too. Its messages are invisible to others meanwhile."
        ),
    ] = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows the history of a user's profiles: received, outcome, retries, and MoEngage's request ids.

    The logs hold no identity, only a pseudonym made with the destination's trace key. Profiles that are queued in a
    paused destination have no pseudonym yet: find them by --request. The functions log traces at LogLevel INFO and
    DEBUG.

    --json prints `destination`, `user` (the pseudonym), `profiles` (request, index, received, outcome, steps), `ledger`
    (the ledger's record of the user; null without --user) and `dead_letters` (ids; null without --dead-letters).

    Example: `aep-moengage trace acme-production --user user-42`

    Exit codes:

    * 0: something was found
    * 1: nothing was found
    * 2: an error, shown on stderr

    Needs: *View Profiles*
    """
    if bool(user) == bool(request):
        raise CommandError("Say what to trace: use either --user or --request.")
    earliest = parse_timestamp(since, datetime.now(UTC))
    identity = read_line() if user == _STDIN else user
    stack = find_stack(ctx, stack_name, region, profile)
    alias = pseudonym(_trace_key(stack, destination), identity) if identity else None
    with _searching() as progressed:
        traces = _traces(stack, destination, earliest, progressed)
        journeys = traces.of_user(alias) if alias else traces.of_request(str(request))
    journeys = [journey for journey in journeys if index in {None, journey.index}]
    row = _ledger_row(stack, destination, identity) if identity else None
    messages = _dead_letters(stack, destination, identity, request) if dead_letters else None
    if as_json:
        emit(
            {
                "destination": destination,
                "user": alias,
                "profiles": [journey_json(journey) for journey in journeys],
                "ledger": ledger_json(row, destination) if row else None,
                "dead_letters": None if messages is None else [message.id for message in messages],
            }
        )
    else:
        _show(destination, journeys, row, messages or ())
    if not (journeys or row or messages):
        what = f"request {request}" if request else "this user"
        say(
            f"Nothing about {what} was found for {destination} since {earliest:%Y-%m-%dT%H:%M:%SZ}. "
            "Use --since to search further back."
        )
        raise typer.Exit(1)


def _trace_key(stack: Stack, destination: str) -> str:
    ssm = stack.client("ssm")
    name = f"{secrets_path(stack.output('ParameterPath'), destination)}/{TRACE_KEY}"
    try:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        raise CommandError(
            f"{destination} is not connected, or has no trace key. `aep-moengage connect FILE` creates one for "
            "profiles that arrive from then on.",
            "Without a trace key, use --request.",
        ) from None


def _traces(stack: Stack, destination: str, since: datetime, progressed: Progressed) -> Traces:
    groups = {"ingest": stack.output("IngestLogGroupName"), "drain": stack.output("DrainLogGroupName")}
    since_ms = int(since.timestamp() * 1000)
    return Traces(stack.client("logs"), groups, destination, since=since_ms, progressed=progressed)


def _ledger_row(stack: Stack, destination: str, identity: str) -> LedgerRow | None:
    active = Publishing.of(stack).active(destination)
    if active is None:
        return None
    return read_row(stack, parse_destination(active.document), identity)


def _dead_letters(stack: Stack, destination: str, identity: str | None, request: str | None) -> list[DeadLetterMessage]:
    active = Publishing.of(stack).active(destination)
    matches = of_user(active, identity) if identity else of_request(str(request))
    found = DeadLetterQueue.of(stack).look(Selection(destination=destination))
    return [message for message in found.messages if matches(message)]


def _show(
    destination: str, journeys: Sequence[Journey], row: LedgerRow | None, messages: Sequence[DeadLetterMessage]
) -> None:
    console = Console(highlight=False)
    for journey in journeys[-_MOST_SHOWN:]:
        console.print(journey_table(journey))
    if len(journeys) > _MOST_SHOWN:
        say(f"The last {_MOST_SHOWN} of {len(journeys)} profiles are shown: --json shows all, --index one.")
    for line in (*(ledger_lines(row, destination) if row else ()), *dead_letter_lines(messages)):
        console.print(line, markup=False, soft_wrap=True)


@contextmanager
def _searching() -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns: Any = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task, lines = progress.add_task("searching the logs"), 0

        def progressed(more: int) -> None:
            nonlocal lines
            lines += more
            progress.update(task, description=f"searching the logs: {lines} lines match")

        yield progressed
