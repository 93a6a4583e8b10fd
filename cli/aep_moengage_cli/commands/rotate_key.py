"""`rotate-key`: the connector's DATA APP KEY is replaced by a new one of MoEngage."""

from typing import Annotated

import typer

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Why
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.data_app_key import QUESTION, given_key
from aep_moengage_cli.destinations.editing import active_version, propose
from aep_moengage_cli.destinations.moengage_account import check_connection
from aep_moengage_cli.destinations.publishing import PASSWORD
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.terminal import emit, say

app = application()


@app.command("rotate-key")
def rotate_key(
    destination: DestinationId,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the new DATA APP KEY from standard input.")
    ] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="Do not ask MoEngage whether it knows the key.")] = False,
    why: Why = "rotate-key",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Replaces the password of a destination, MoEngage's DATA APP KEY, once MoEngage knows the new one.

    MoEngage's Test Connection is asked first; a key that it refuses is not written. Where MoEngage keeps one key only,
    the old one ends as soon as a new one is made: until this has run, profiles are parked, and then delivered within
    minutes. Senders that show the key themselves (`Basic`) need the new one too.

    Example: `aep-moengage rotate-key acme-production --password-stdin < data-app-key.txt`

    Exit codes:

    * 0: replaced
    * 2: it could not be done; what is wrong is on stderr, and the old key stays

    Needs: *Manage Destinations*
    """
    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
    active = active_version(publishing, destination)
    key = given_key(from_stdin=password_stdin, question=f"The new {QUESTION.removeprefix("MoEngage's ")}")
    if key is None:
        raise Complaint("Nothing was changed: give the new DATA APP KEY, as by --password-stdin.")
    workspace = None if no_test else _workspace(stack, active, key)
    version = publishing.publish(
        destination, active.document, after=active, who=stack.operator(), why=why, what="DATA APP KEY replaced"
    )
    publishing.keep_secret(destination, PASSWORD, key)
    say(f"Senders that use Basic credentials need the new key now: the old one is refused within {CACHE_SECONDS} s.")
    if as_json:
        emit({"destination": destination, "version": version.number, "tested": not no_test, "workspace": workspace})
    else:
        known = "" if no_test else f", which MoEngage knows ({workspace})"
        typer.echo(f"{destination}: the new key{known} is used within {CACHE_SECONDS} s.")


def _workspace(stack: Stack, active: Version, key: str) -> str:
    """Returns the name of the workspace that the key belongs to; raises `Complaint` if MoEngage refuses it."""
    destination = propose(active, active.document).destination
    tested = check_connection(destination.region, destination.username, key, stack.output("MoEngageEndpoint"))
    if not tested.accepted:
        raise Complaint(f"{tested.why}", "Nothing was changed; --no-test writes the key all the same.")
    return tested.name
