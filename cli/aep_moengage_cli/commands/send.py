"""`send`: posts event files to the endpoint, as AEP does, and tells what became of each profile."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.files.event_files import DEFAULT_BATCH, read_bodies
from aep_moengage_cli.profiles.sending import Tally
from aep_moengage_cli.profiles.sending import send as send_bodies
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit

app = application()

_LOCAL_STACK = Path(".local/stack.json")  # `make up` writes it; found from the project's folder


@app.command()
def send(
    events: Annotated[
        list[str],
        typer.Argument(
            metavar="EVENT", help="Bodies as AEP sends them, Lambda events around them, or .jsonl files; - is stdin."
        ),
    ],
    *,
    url: Annotated[str | None, typer.Option(help="The URL that profiles are posted to.")] = None,
    destination: Annotated[str | None, typer.Option(metavar="ID", help="Take the URL from the deployed stack.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Take URL and token from the local stack.")] = False,
    token: Annotated[
        str | None, typer.Option(envvar="AEP_MOENGAGE_TOKEN", help="The token that `connect` printed.")
    ] = None,
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    batch: Annotated[int, typer.Option(min=1, help="How many lines of a .jsonl file go into a request.")] = (
        DEFAULT_BATCH
    ),
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Posts profiles to the connector, as AEP does, and counts what became of them.

    Without --json the outcomes are shown as a table on stderr.

    Example: `aep-moengage send events/http_api_default.json --local`

    Exit codes:

    * 0: every profile is taken
    * 1: a request was refused, or a profile was rejected
    * 2: it could not be done; what is wrong is on stderr

    Needs: *none*
    """
    if [bool(url), bool(destination), local].count(True) != 1:
        raise Complaint("Say where to: one of --url, --destination or --local.")
    if token_stdin and "-" in events:
        raise Complaint("Standard input cannot hold both the token and an event.")
    if local:
        url, token = _local_stack()
    else:
        token = sys.stdin.readline().strip() if token_stdin else token
        url = url or _deployed_url(str(destination), stack_name, region, profile)
    if not token:
        raise Complaint("A token is needed: --token-stdin, --token, or AEP_MOENGAGE_TOKEN.")
    tally = Tally()
    try:
        _send(url, token, events, batch, tally)
    finally:  # a later file may be unusable: what was sent is told all the same
        if as_json:
            emit(_tally_json(tally))
        elif tally.requests:
            _show(tally)
    raise typer.Exit(0 if tally.all_taken else 1)


def _local_stack() -> tuple[str, str]:
    try:
        stack = json.loads(_LOCAL_STACK.read_text())
    except (OSError, ValueError):
        raise Complaint("No local stack is running: start it with `make up`.") from None
    return stack["endpoint"], stack["token"]


def _deployed_url(destination: str, stack_name: str | None, region: str | None, profile: str | None) -> str:
    from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # only this needs boto3

    return find_stack(stack_name, region, profile).profiles_url(destination)


def _send(url: str, token: str, events: list[str], batch: int, tally: Tally) -> None:
    bodies = ((source, body) for source in events for body in read_bodies(source, batch))
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending")
        for _ in send_bodies(url, token, bodies, tally):
            progress.update(task, description=f"{tally.requests} requests, {tally.received} profiles taken")


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
        console.print(f"{source}: profile {index} of its request is rejected: {reason}", markup=False, soft_wrap=True)
    for refusal in tally.refused:
        answer = f"{refusal.status}: " if refusal.status else ""
        console.print(f"{refusal.source}: refused: {answer}{refusal.detail}", markup=False, soft_wrap=True)
