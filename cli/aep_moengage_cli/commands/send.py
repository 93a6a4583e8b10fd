"""`send`: posts profiles or events to the endpoint as their senders do, and shows the outcome of each."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from aep_moengage.delivery.updates import Kind
from aep_moengage.outcomes import RejectReason, RetryReason, SkipReason
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, EventFiles, Local, Profile, Region, StackName
from aep_moengage_cli.destinations.destination_ids import destination_ids
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import DEFAULT_BATCH, read_bodies
from aep_moengage_cli.local_stack import local_stack
from aep_moengage_cli.profiles.sending import Tally, url_for
from aep_moengage_cli.profiles.sending import send as send_bodies
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, read_line, say

app = application()


@app.command()
def send(
    ctx: typer.Context,
    events: EventFiles,
    *,
    url: Annotated[str | None, typer.Option(help="The URL to post to.")] = None,
    destination: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Post to this destination of the stack.", autocompletion=destination_ids),
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="AEP_MOENGAGE_TOKEN", help="The token that `connect` printed.")
    ] = None,
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    experience_events: Annotated[
        bool, typer.Option("--events", help="The files hold ExperienceEvents: post them to …/events.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Lines of a .jsonl file in one request.")] = DEFAULT_BATCH,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Posts profiles or events to the connector as their senders do, and counts their outcomes.

    Without --json the outcomes are shown as a table on stderr. With --url nothing is added to the URL that you give.
    With --local the destination that `make up` connected needs no token.

    Example: `aep-moengage send events/http_api_default.json --destination acme-production`

    Example: `aep-moengage send --events events/event-batch.json --destination acme-production --local`

    Exit codes:

    * 0: everything was accepted
    * 1: a request was refused, or a profile or event was rejected
    * 2: an error, shown on stderr

    Needs: *none*
    """
    if bool(url) == bool(destination):
        raise CommandError("Say where to post: use either --url or --destination.")
    if token_stdin and "-" in events:
        raise CommandError("Standard input can't hold both the token and an event.")
    kind = Kind.EVENTS if experience_events else Kind.PROFILES
    token = read_line() if token_stdin else token
    if destination and local:
        token = _token_of_local_stack(destination) or token
    if not token:
        raise CommandError("A token is needed: use --token-stdin, --token, or set AEP_MOENGAGE_TOKEN.")
    if destination:
        from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # only this needs boto3

        stack = find_stack(ctx, stack_name, region, profile, local=local)
        url = url_for(stack.profiles_url(destination), kind)
        say(f"Posting to {url}")
    tally = Tally()
    try:
        bodies = ((source, body) for source in events for body in read_bodies(source, batch))
        _send(str(url), token, bodies, tally, kind)
    finally:  # a later file may be unusable: the requests before it are reported all the same
        if as_json:
            emit(_tally_json(tally, kind))
        elif tally.requests:
            _show(tally, kind)
    raise typer.Exit(0 if tally.all_accepted else 1)


def _token_of_local_stack(destination: str) -> str | None:
    """Returns the token of the destination that `make up` connected, which was never shown to anybody else."""
    description = local_stack()
    return str(description["token"]) if destination == description["destination"] else None


def _send(url: str, token: str, bodies: Iterable[tuple[str, str]], tally: Tally, kind: Kind) -> None:
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending")
        for _ in send_bodies(url, token, bodies, tally):
            progress.update(task, description=f"{tally.requests} requests, {tally.received} {kind} accepted")


def _tally_json(tally: Tally, kind: Kind) -> dict[str, Any]:
    outcomes = [
        {"outcome": outcome, "reason": reason, kind.value: count}
        for (outcome, reason), count in tally.outcomes.most_common()
    ]
    rejected = [{"source": source, "index": index, "reason": reason} for source, index, reason in tally.rejected]
    return {
        "requests": tally.requests,
        "received": tally.received,
        "outcomes": outcomes,
        "rejected": rejected,
        "refused": [asdict(refusal) for refusal in tally.refused],
    }


def _title(tally: Tally, kind: Kind) -> str:
    sent, requests = (
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((tally.received, kind.one), (tally.requests, "request"))
    )
    return f"{sent} in {requests}"


def _table(tally: Tally, kind: Kind) -> Table:
    shown = table("outcome", column("reason", whole=True), column(kind.value, right=True), title=_title(tally, kind))
    for (outcome, reason), count in tally.outcomes.most_common():
        add_row(shown, outcome, reason or "", str(count))
    return shown


def _meanings(tally: Tally) -> Iterator[str]:
    """Yields what each reason means, once."""
    given = {reason for _, reason in tally.outcomes if reason}
    for reason in (*RetryReason, *SkipReason, *RejectReason):
        if reason.value in given:
            yield f"{reason.value}: {reason.message}"


def _show(tally: Tally, kind: Kind) -> None:
    console = Console(stderr=True, highlight=False)
    if tally.outcomes:
        console.print(_table(tally, kind))
    for meaning in _meanings(tally):
        console.print(meaning, markup=False, soft_wrap=True)
    for source, index, reason in tally.rejected:
        message = f"{source}: {kind.one} {index} of its request was rejected: {reason}"
        console.print(message, markup=False, soft_wrap=True)
    for refusal in tally.refused:
        answer = f"{refusal.status}: " if refusal.status else ""
        console.print(f"{refusal.source}: refused: {answer}{refusal.detail}", markup=False, soft_wrap=True)
