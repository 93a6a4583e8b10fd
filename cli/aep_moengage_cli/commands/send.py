"""`send`: posts event files to the endpoint as AEP does, and shows the outcome of each profile."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, EventFiles, Profile, Region, StackName
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import DEFAULT_BATCH, read_bodies
from aep_moengage_cli.profiles.sending import Tally
from aep_moengage_cli.profiles.sending import send as send_bodies
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, read_line

app = application()

_LOCAL_STACK = Path(".local/stack.json")  # written by `make up` in the project's directory


@app.command()
def send(
    ctx: typer.Context,
    events: EventFiles,
    *,
    url: Annotated[str | None, typer.Option(help="The URL to post to.")] = None,
    destination: Annotated[
        str | None, typer.Option(metavar="ID", help="Post to this destination of the deployed stack.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Post to the local stack, with its token.")] = False,
    token: Annotated[
        str | None, typer.Option(envvar="AEP_MOENGAGE_TOKEN", help="The token that `connect` printed.")
    ] = None,
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    batch: Annotated[int, typer.Option(min=1, help="Profiles of a .jsonl file in one request.")] = DEFAULT_BATCH,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Posts profiles to the connector as AEP does, and counts their outcomes.

    Without --json the outcomes are shown as a table on stderr.

    Example: `aep-moengage send events/http_api_default.json --local`

    Exit codes:

    * 0: every profile was accepted
    * 1: a request was refused, or a profile was rejected
    * 2: an error, shown on stderr

    Needs: *none*
    """
    if [bool(url), bool(destination), local].count(True) != 1:
        raise CommandError("Say where to post: use one of --url, --destination or --local.")
    if token_stdin and "-" in events:
        raise CommandError("Standard input can't hold both the token and an event.")
    if local:
        url, token = _local_stack()
    else:
        token = read_line() if token_stdin else token
        url = url or _deployed_url(ctx, str(destination), stack_name, region, profile)
    if not token:
        raise CommandError("A token is needed: use --token-stdin, --token, or set AEP_MOENGAGE_TOKEN.")
    tally = Tally()
    try:
        _send(url, token, events, batch, tally)
    finally:  # a later file may be unusable: the requests before it are reported all the same
        if as_json:
            emit(_tally_json(tally))
        elif tally.requests:
            _show(tally)
    raise typer.Exit(0 if tally.all_accepted else 1)


def _local_stack() -> tuple[str, str]:
    try:
        stack = json.loads(_LOCAL_STACK.read_text())
    except (OSError, ValueError):
        raise CommandError("No local stack is running: start it with `make up`.") from None
    return stack["endpoint"], stack["token"]


def _deployed_url(
    ctx: typer.Context, destination: str, stack_name: str | None, region: str | None, profile: str | None
) -> str:
    from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # only this needs boto3

    return find_stack(ctx, stack_name, region, profile).profiles_url(destination)


def _send(url: str, token: str, events: list[str], batch: int, tally: Tally) -> None:
    bodies = ((source, body) for source in events for body in read_bodies(source, batch))
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending")
        for _ in send_bodies(url, token, bodies, tally):
            progress.update(task, description=f"{tally.requests} requests, {tally.received} profiles accepted")


def _tally_json(tally: Tally) -> dict[str, Any]:
    outcomes = [
        {"outcome": outcome, "reason": reason, "profiles": count}
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


def _title(tally: Tally) -> str:
    profiles, requests = (
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((tally.received, "profile"), (tally.requests, "request"))
    )
    return f"{profiles} in {requests}"


def _table(tally: Tally) -> Table:
    shown = table("outcome", "reason", column("profiles", right=True), title=_title(tally))
    for (outcome, reason), count in tally.outcomes.most_common():
        add_row(shown, outcome, reason or "", str(count))
    return shown


def _show(tally: Tally) -> None:
    console = Console(stderr=True, highlight=False)
    if tally.outcomes:
        console.print(_table(tally))
    for source, index, reason in tally.rejected:
        console.print(f"{source}: profile {index} of its request was rejected: {reason}", markup=False, soft_wrap=True)
    for refusal in tally.refused:
        answer = f"{refusal.status}: " if refusal.status else ""
        console.print(f"{refusal.source}: refused: {answer}{refusal.detail}", markup=False, soft_wrap=True)
