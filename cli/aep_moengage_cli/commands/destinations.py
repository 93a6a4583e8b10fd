"""`destinations`: which there are, what each is, and the end of one."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Why, Yes
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.editing import NOT_PUBLISHED, NotConnected, active_version
from aep_moengage_cli.destinations.publishing import Publishing, Secret, short_token
from aep_moengage_cli.destinations.versions import Version, short_name, short_time
from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.queue_length import queue_length
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, say

app = application()


@app.callback()
def destinations() -> None:
    """Shows the destinations of a stack, and deletes them.

    Example: `aep-moengage destinations list`

    Exit codes: each command's help tells its own.

    Needs: *View Segments*; delete needs *Manage Destinations*
    """


@app.command("list")
def list_(
    *, as_json: AsJson = False, stack_name: StackName = None, region: Region = None, profile: Profile = None
) -> None:
    """Lists the destinations: name, region, active version, number of audiences, whether it is paused.

    With --json also by whom and when the active version was published; `history` shows that of every version.

    Example: `aep-moengage destinations list`

    Exit codes:

    * 0: listed; there may be none
    * 2: it could not be done; what is wrong is on stderr

    Needs: *View Segments*
    """
    found = [_line(active) for active in find_stack(stack_name, region, profile).publishing().all_active()]
    if as_json:
        emit({"destinations": found})
    elif not found:
        say("There is no destination yet: `aep-moengage connect FILE` makes one.")
    else:
        Console(highlight=False).print(_table(found))


def _table(found: list[dict[str, Any]]) -> Table:
    shown = table(column("id", whole=True), "name", "region", "version", "audiences", "state")
    for line in found:
        state = "paused" if line["paused"] else "active"
        what = line["id"], line["name"], line["region"], str(line["version"])
        add_row(shown, *what, str(line["audiences"]), state)
    return shown


def _line(active: Version) -> dict[str, Any]:
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
    destination: DestinationId,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="This version rather than the active one.")] = None,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows a destination: its document as YAML, and on stderr its version, URL, and live tokens by name.

    The document can be edited and given to `apply`. No token and no password is ever shown.

    Example: `aep-moengage destinations show acme-production > destination.yaml`

    Exit codes:

    * 0: shown
    * 2: it could not be done; what is wrong is on stderr

    Needs: *View Segments*
    """
    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
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
    if found := publishing.version(destination, number):
        return found
    raise Complaint(
        f"{destination} has no version {number}: `aep-moengage history {destination}` shows those that there are."
    )


def _whole(shown: Version, url: str, tokens: list[Secret]) -> dict[str, Any]:
    said = {name: getattr(shown, name) for name in ("who", "when", "why", "what", "paused", "deleted")}
    live = [{"name": short_token(token.name), "since": token.since.isoformat(timespec="seconds")} for token in tokens]
    document = json.loads(shown.document)
    return {"destination": shown.destination, "version": shown.number, **said, "url": url, "tokens": live} | {
        "document": document
    }


@app.command()
def delete(
    destination: DestinationId,
    *,
    force: Annotated[bool, typer.Option("--force", help="Delete it even while the retry queue is not empty.")] = False,
    yes: Yes = False,
    why: Why = "delete",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Deletes a destination: nothing more is taken for it, and its password and tokens are gone.

    Its versions stay as its history, and `connect` goes on counting from there. While anything waits in the retry
    queue this refuses: profiles of this destination would be parked there until it is connected again, and SQS cannot
    tell whose they are. Stop the dataflow in AEP first: AEP gets 401 from now on, and never sends those profiles again.

    Example: `aep-moengage destinations delete acme-production --why "moved to acme-eu"`

    Exit codes:

    * 0: deleted
    * 1: you did not agree; nothing was deleted
    * 2: it could not be done; what is wrong is on stderr

    Needs: *Manage Destinations*
    """
    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
    active = publishing.active(destination)
    left = publishing.secrets(destination)
    if active is None and not left:  # an interrupted delete may have left the secrets
        raise NotConnected(destination)
    if not force:
        _refuse_while_waiting(stack, destination)
    if not yes and not _typed(destination):
        say("Nothing was deleted.")
        raise typer.Exit(NOT_PUBLISHED)
    last = publishing.delete(active, who=stack.operator(), why=why) if active else None
    publishing.forget_secrets(destination, [secret.name for secret in left])
    if as_json:
        emit({"destination": destination, "version": last and last.number, "deleted": True})
    else:
        typer.echo(f"{destination} is deleted. `aep-moengage history {destination}` still shows what it was.")


def _refuse_while_waiting(stack: Stack, destination: str) -> None:
    if waiting := queue_length(stack.client("sqs"), stack.output("RetryQueueUrl")):
        raise Complaint(
            f"About {waiting} messages wait in the retry queue, and SQS cannot tell whether they are of {destination}.",
            f"Wait until it is empty, or use --force: what is of {destination} stays until it is connected anew.",
        )


def _typed(destination: str) -> bool:
    try:
        return bool(typer.prompt(f"Type the id ({destination}) to delete it", err=True) == destination)
    except typer.Abort:
        say("")
        return False
