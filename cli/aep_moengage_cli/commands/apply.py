"""`apply`: updates a destination to match its file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Local, Profile, Region, ShareAttributes, StackName, Why, Yes
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.differences import differences
from aep_moengage_cli.destinations.editing import Change, conclude, propose
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import read_destination
from aep_moengage_cli.terminal import say

app = application()


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference; change nothing.")] = False,
    expect_version: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Refuse unless this version is the active one.")
    ] = None,
    share_attributes: ShareAttributes = False,
    yes: Yes = False,
    why: Why = "apply",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Updates a connected destination to match its file: shows the difference, asks, and publishes a new version.

    The password and the tokens stay the same. Without a difference no version is published. If the file matches an
    earlier version, the command lists the later versions that it would undo.

    Example: `aep-moengage apply destination.yaml --why "new loyalty audience"`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and it was not published: --dry-run, or you did not confirm it
    * 2: an error, shown on stderr; nothing was written

    Needs: *Manage Destinations*
    """
    destination, document = read_destination(file)
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    active = publishing.active(destination.id)
    if active is None:
        raise CommandError(
            f"{destination.id} is not connected yet: run `aep-moengage connect {file}` first. It asks for the DATA APP "
            "KEY and creates the token; apply changes the destination afterwards."
        )
    if expect_version and active.number != expect_version:
        raise CommandError(
            f"{destination.id} has version {active.number} now, not {expect_version}; nothing was changed.",
            f"`aep-moengage history {destination.id}` says what was changed, and by whom.",
        )
    change = propose(active, document)
    if change.differences:
        _say_what_is_undone(publishing, change)
    conclude(
        stack, publishing, change, why=why, yes=yes, as_json=as_json, dry_run=dry_run, share_attributes=share_attributes
    )


def _say_what_is_undone(publishing: Publishing, change: Change) -> None:
    """Warns if the file is that of an earlier version: what was published since would be undone."""
    active, wanted = change.before, json.loads(change.document)
    same = (
        each.number
        for each in publishing.versions(active.destination)
        if not each.deleted and each.number < active.number and not differences(each.fields, wanted)
    )
    if number := max(same, default=None):
        undone = f"versions {number + 1} to" if number + 1 < active.number else "version"
        say(f"The file is as version {number} was: this would undo {undone} {active.number}.")
