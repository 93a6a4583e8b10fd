"""`trace`: the way of one user's profiles, or of one request's, from AEP to MoEngage."""

import sys
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
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.publishing import TRACE_KEY
from aep_moengage_cli.moments import read_moment
from aep_moengage_cli.profiles.addressees import of_request, of_user
from aep_moengage_cli.profiles.dead_letter_office import DeadLetterQueue, Letter, Selection
from aep_moengage_cli.profiles.ledger_entry import read_row
from aep_moengage_cli.profiles.trace_report import journey_json, journey_table, ledger_json, ledger_lines, letter_lines
from aep_moengage_cli.profiles.traces import Journey, Looked, Traces
from aep_moengage_cli.terminal import emit, say

app = application()

_MOST_SHOWN = 20  # tables; a request may have thousands of profiles
_STDIN = "-"


@app.command()
def trace(
    destination: Annotated[str, typer.Argument(metavar="ID", help="The destination.")],
    *,
    user: Annotated[
        str | None,
        typer.Option(help="The user's MoEngage customer id; - reads it from stdin, so that no history keeps it."),
    ] = None,
    request: Annotated[
        str | None, typer.Option(metavar="ID", help="AEP's request, as logs and letters name it.")
    ] = None,
    index: Annotated[int | None, typer.Option(min=0, help="Only this profile of each request; the first is 0.")] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help="Search back to: 30m, 2h, 3d, or an ISO time (UTC).")] = (
        "24h"
    ),
    dead_letters: Annotated[
        bool,
        typer.Option("--dead-letters", help="Look through the dead-letter queue too; nobody else sees it meanwhile."),
    ] = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows the way of a user's profiles: received, outcome, retries, and MoEngage's request ids.

    The logs hold no identity, only a pseudonym that the destination's trace key makes of it. A profile can be found
    by its user once it was looked at: what waits in a paused destination is found by its request. The functions log
    traces at LogLevel INFO and DEBUG.

    With --json: `destination`, `user` (the pseudonym), `profiles` (request, index, received, outcome, steps), `ledger`
    (what is known of the user; null without --user), `dead_letters` (ids; null unless looked for).

    Example: `aep-moengage trace acme-production --user user-42`

    Exit codes:

    * 0: something was found
    * 1: nothing was
    * 2: it could not be done; what is wrong is on stderr

    Needs: *View Profiles*
    """
    if bool(user) == bool(request):
        raise Complaint("Say whom or what to trace: either --user or --request.")
    earliest = read_moment(since, datetime.now(UTC))
    identity = sys.stdin.readline().rstrip("\r\n") if user == _STDIN else user
    stack = find_stack(stack_name, region, profile)
    alias = pseudonym(_trace_key(stack, destination), identity) if identity else None
    with _searching() as looked:
        traces = _traces(stack, destination, earliest, looked)
        journeys = traces.of_user(alias) if alias else traces.of_request(str(request))
    journeys = [journey for journey in journeys if index in {None, journey.index}]
    row = _ledger_row(stack, destination, identity) if identity else None
    letters = _letters(stack, destination, identity, request) if dead_letters else None
    if as_json:
        emit(
            {
                "destination": destination,
                "user": alias,
                "profiles": [journey_json(journey) for journey in journeys],
                "ledger": ledger_json(row, destination) if row else None,
                "dead_letters": None if letters is None else [letter.id for letter in letters],
            }
        )
    else:
        _show(destination, journeys, row, letters or ())
    if not (journeys or row or letters):
        what = f"request {request}" if request else "this user"
        say(f"{destination} knows nothing of {what} since {earliest:%Y-%m-%dT%H:%M:%SZ}: --since looks back further.")
        raise typer.Exit(1)


def _trace_key(stack: Stack, destination: str) -> str:
    ssm = stack.client("ssm")
    name = f"{secrets_path(stack.output('ParameterPath'), destination)}/{TRACE_KEY}"
    try:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        raise Complaint(
            f"{destination} has no trace key, or is not connected: `connect` makes one, for what arrives from then on. "
            "Without it a profile is traced by --request."
        ) from None


def _traces(stack: Stack, destination: str, since: datetime, looked: Looked) -> Traces:
    groups = {"ingest": stack.output("IngestLogGroupName"), "drain": stack.output("DrainLogGroupName")}
    return Traces(stack.client("logs"), groups, destination, since=int(since.timestamp() * 1000), looked=looked)


def _ledger_row(stack: Stack, destination: str, identity: str) -> LedgerRow | None:
    active = stack.publishing().active(destination)
    if active is None:
        return None
    return read_row(stack, parse_destination(active.document), identity)


def _letters(stack: Stack, destination: str, identity: str | None, request: str | None) -> list[Letter]:
    office = DeadLetterQueue(stack.client("sqs"), stack.output("DeadLetterQueueUrl"), stack.output("RetryQueueUrl"))
    meant = of_user(stack.publishing().active(destination), identity) if identity else of_request(str(request))
    return [letter for letter in office.look(Selection(destination=destination)).letters if meant(letter)]


def _show(destination: str, journeys: Sequence[Journey], row: LedgerRow | None, letters: Sequence[Letter]) -> None:
    console = Console(highlight=False)
    for journey in journeys[-_MOST_SHOWN:]:
        console.print(journey_table(journey))
    if len(journeys) > _MOST_SHOWN:
        say(f"These are the last {_MOST_SHOWN} of {len(journeys)} profiles: --json shows all, --index one.")
    for line in (*(ledger_lines(row, destination) if row else ()), *letter_lines(letters)):
        console.print(line, markup=False, soft_wrap=True)


@contextmanager
def _searching() -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns: Any = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task, lines = progress.add_task("searching the logs"), 0

        def looked(more: int) -> None:
            nonlocal lines
            lines += more
            progress.update(task, description=f"searching the logs: {lines} lines match")

        yield looked
