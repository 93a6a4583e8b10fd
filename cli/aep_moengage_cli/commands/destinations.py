"""`destinations`: lists, shows and deletes the destinations of a stack."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Why, Yes
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.editing import NOT_PUBLISHED, NotConnected, active_version, earlier_version
from aep_moengage_cli.destinations.publishing import Publishing, Secret, short_token
from aep_moengage_cli.destinations.versions import Version, short_name, short_time
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.profiles.samples import sample_table
from aep_moengage_cli.queue_length import queue_length
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, say

app = application()


@app.callback()
def destinations() -> None:
    """Lists, shows and deletes the destinations of a stack.

    Example: `aep-moengage destinations list`

    Exit codes: see the help of each command.

    Needs: *View Segments*; delete needs *Manage Destinations*
    """


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Lists the destinations: name, region, active version, number of audiences, and whether it is paused.

    --json adds who published the active version, and when. `history` shows that of every version.

    Example: `aep-moengage destinations list`

    Exit codes:

    * 0: listed; there may be none
    * 2: an error, shown on stderr

    Needs: *View Segments*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    found = [_summary(active) for active in Publishing.of(stack).all_active()]
    if as_json:
        emit({"destinations": found})
    elif not found:
        say("There is no destination yet: create one with `aep-moengage connect FILE`.")
    else:
        Console(highlight=False).print(_table(found))


def _table(found: list[dict[str, Any]]) -> Table:
    shown = table(column("id", whole=True), "name", "region", "version", "audiences", "state")
    for each in found:
        state = "paused" if each["paused"] else "active"
        cells = each["id"], each["name"], each["region"], str(each["version"])
        add_row(shown, *cells, str(each["audiences"]), state)
    return shown


def _summary(active: Version) -> dict[str, Any]:
    audiences = active.fields.get("audiences", ())
    return {
        "id": active.destination,
        "name": active.name,
        "region": str(active.fields.get("region", "?")),
        "version": active.number,
        "who": active.who,
        "when": active.when,
        "audiences": audiences if isinstance(audiences, str) else len(audiences),
        "paused": active.paused,
    }


@app.command()
def show(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="This version instead of the active one.")] = None,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Shows the document of a destination as YAML, and on stderr its version, URL, and the names of its live tokens.

    The document can be edited and given to `apply`. Tokens and passwords are never shown.

    Example: `aep-moengage destinations show acme-production > destination.yaml`

    Exit codes:

    * 0: shown
    * 2: an error, shown on stderr

    Needs: *View Segments*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    shown = _version(publishing, destination, version)
    url, tokens = stack.profiles_url(destination), publishing.tokens(destination)
    if as_json:
        emit(_whole(shown, url, tokens))
        return
    typer.echo(to_yaml(json.loads(shown.document)), nl=False)
    state = " (deleted)" if shown.deleted else " (paused)" if shown.paused else ""
    say(f"# version {shown.number}{state}, {short_time(shown.when)} by {short_name(shown.who)}: {shown.why}")
    say(f"# URL: {url}")
    named = ", ".join(f"{short_token(token.name)} (since {token.since:%Y-%m-%d %H:%M})" for token in tokens)
    say(f"# live tokens: {named or 'none'}")


def _version(publishing: Publishing, destination: str, number: int | None) -> Version:
    if number is None:
        return active_version(publishing, destination)
    return earlier_version(publishing, destination, number)


def _whole(shown: Version, url: str, tokens: list[Secret]) -> dict[str, Any]:
    record = {name: getattr(shown, name) for name in ("who", "when", "why", "what", "paused", "deleted")}
    live = [{"name": short_token(token.name), "since": token.since.isoformat(timespec="seconds")} for token in tokens]
    document = json.loads(shown.document)
    return {"destination": shown.destination, "version": shown.number, **record, "url": url, "tokens": live} | {
        "document": document
    }


@app.command()
def delete(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    force: Annotated[bool, typer.Option("--force", help="Delete it even if the retry queue is not empty.")] = False,
    yes: Yes = False,
    why: Why = "delete",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Deletes a destination: its profiles are no longer accepted, and its password and tokens are deleted.

    Stop the dataflow in AEP first: from now on AEP gets 401, and never sends those profiles again. The versions stay
    as history, and `connect` continues their numbers.

    The command refuses while the retry queue holds any message. SQS can't show whose messages they are, and those of
    this destination would wait there until it is connected again.

    Example: `aep-moengage destinations delete acme-production --why "moved to acme-eu"`

    Exit codes:

    * 0: deleted
    * 1: you did not confirm it; nothing was deleted
    * 2: an error, shown on stderr

    Needs: *Manage Destinations*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    active = publishing.active(destination)
    left = publishing.secrets(destination)
    if active is None and not left:  # an interrupted delete may have left the secrets
        raise NotConnected(destination, [each.destination for each in publishing.all_active()])
    if not force:
        _refuse_while_queued(stack, destination)
    if not yes and not _confirmed(destination):
        say("Nothing was deleted.")
        raise typer.Exit(NOT_PUBLISHED)
    last = publishing.delete(active, who=stack.operator(), why=why) if active else None
    publishing.forget_secrets(destination, [secret.name for secret in left])
    sample_table(stack).delete(destination)
    if as_json:
        emit({"destination": destination, "version": last and last.number, "deleted": True})
    else:
        typer.echo(f"{destination} is deleted. `aep-moengage history {destination}` still shows its versions.")


def _refuse_while_queued(stack: Stack, destination: str) -> None:
    if queued := queue_length(stack.client("sqs"), stack.output("RetryQueueUrl")):
        raise CommandError(
            f"The retry queue holds about {queued} messages. SQS can't show whether they belong to {destination}.",
            f"Wait until it is empty, or use --force: messages of {destination} then wait until it is connected again.",
        )


def _confirmed(destination: str) -> bool:
    try:
        return bool(typer.prompt(f"Type the id ({destination}) to delete it", err=True) == destination)
    except typer.Abort:
        say("")
        return False
