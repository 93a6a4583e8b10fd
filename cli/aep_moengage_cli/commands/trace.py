"""`trace`: follows the profiles of a user or of a request from AEP to MoEngage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.trace_report import (
    dead_letter_lines,
    journey_json,
    journey_table,
    ledger_json,
    ledger_lines,
)
from aep_moengage_cli.profiles.traces import Journey
from aep_moengage_cli.profiles.tracing import Traced
from aep_moengage_cli.profiles.tracing import trace as trace_in
from aep_moengage_cli.terminal import emit, read_line, say
from aep_moengage_cli.timestamps import parse_timestamp

app = application()

_MOST_SHOWN = 20  # tables; a request may have thousands of profiles
_STDIN = "-"


@app.command()
def trace(
    ctx: typer.Context,
    destination: DestinationId,
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
    local: Local = False,
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
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    with _searching() as progressed:
        found = trace_in(
            stack,
            Traced(destination, identity=identity, request=request, index=index, since=earliest),
            dead_letters=dead_letters,
            progressed=progressed,
        )
    if as_json:
        emit(
            {
                "destination": destination,
                "user": found.pseudonym,
                "profiles": [journey_json(journey) for journey in found.journeys],
                "ledger": ledger_json(found.row, destination) if found.row else None,
                "dead_letters": None if found.messages is None else [message.id for message in found.messages],
            }
        )
    else:
        _show(destination, found.journeys, found.row, found.messages or ())
    if found.empty:
        what = f"request {request}" if request else "this user"
        say(
            f"Nothing about {what} was found for {destination} since {earliest:%Y-%m-%dT%H:%M:%SZ}. "
            "Use --since to search further back."
        )
        raise typer.Exit(1)


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
