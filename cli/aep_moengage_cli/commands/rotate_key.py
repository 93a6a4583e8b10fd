"""`rotate-key`: replaces the DATA APP KEY that the connector uses."""

from typing import Annotated

import typer

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Why
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.data_app_key import QUESTION, read_key
from aep_moengage_cli.destinations.editing import active_version, propose
from aep_moengage_cli.destinations.moengage_account import check_connection
from aep_moengage_cli.destinations.publishing import PASSWORD, Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import emit, say

app = application()


@app.command("rotate-key")
def rotate_key(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the new DATA APP KEY from standard input.")
    ] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="Don't ask MoEngage whether it accepts the key.")] = False,
    why: Why = "rotate-key",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Replaces the password of a destination, MoEngage's DATA APP KEY, if MoEngage accepts the new one.

    MoEngage's Test Connection is asked first; a key that it refuses is not stored. If MoEngage keeps one key only, the
    old one ends when a new one is created: until you run this, profiles wait in the retry queue. They are delivered
    within minutes afterwards. Senders that use the key themselves (`Basic`) need the new one too.

    Example: `aep-moengage rotate-key acme-production --password-stdin < data-app-key.txt`

    Exit codes:

    * 0: replaced
    * 2: an error, shown on stderr; the old key stays

    Needs: *Manage Destinations*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    active = active_version(publishing, destination)
    key = read_key(from_stdin=password_stdin, question=f"The new {QUESTION.removeprefix("MoEngage's ")}")
    if key is None:
        raise CommandError("Nothing was changed: enter the new DATA APP KEY, or use --password-stdin.")
    workspace = None if no_test else _workspace(stack, active, key)
    version = publishing.publish(
        destination, active.document, after=active, who=stack.operator(), why=why, what="DATA APP KEY replaced"
    )
    publishing.keep_secret(destination, PASSWORD, key)
    say(f"Senders with Basic credentials need the new key now: the old one is refused within {CACHE_SECONDS} s.")
    if as_json:
        emit({"destination": destination, "version": version.number, "tested": not no_test, "workspace": workspace})
    else:
        tested = "" if no_test else f", which MoEngage accepts ({workspace}),"
        typer.echo(f"{destination}: the new key{tested} is used within {CACHE_SECONDS} s.")


def _workspace(stack: Stack, active: Version, key: str) -> str:
    """Returns the name of the key's workspace; raises `CommandError` if MoEngage refuses the key."""
    destination = propose(active, active.document).destination
    tested = check_connection(destination.region, destination.username, key, stack.output("MoEngageEndpoint"))
    if not tested.accepted:
        raise CommandError(tested.detail, "Nothing was changed. --no-test stores the key without asking MoEngage.")
    return tested.name
