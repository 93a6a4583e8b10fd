"""`apply`: updates a destination to match its file."""

from pathlib import Path
from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Local, Profile, Region, ShareAttributes, StackName, Why, Yes
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import conclude, propose
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import read_destination

app = application()


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference; change nothing.")] = False,
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

    The password and the tokens stay the same. Without a difference no version is published.

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
    change = propose(active, document)
    conclude(
        stack, publishing, change, why=why, yes=yes, as_json=as_json, dry_run=dry_run, share_attributes=share_attributes
    )
