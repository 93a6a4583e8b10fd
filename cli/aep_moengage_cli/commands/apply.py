"""`apply`: makes a destination what its file says."""

from pathlib import Path
from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName, Why, Yes
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import conclude, propose
from aep_moengage_cli.destinations.outdated_audiences import offer_sweep
from aep_moengage_cli.files.documents import read_destination

app = application()


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, and change nothing.")] = False,
    yes: Yes = False,
    why: Why = "apply",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Makes a connected destination what its file says: shows the difference, asks, writes a new version.

    The password and the tokens stay as they are. Without a difference no version is written.

    Example: `aep-moengage apply destination.yaml --why "new loyalty audience"`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and it was not published: --dry-run, or you did not agree
    * 2: it could not be done; what is wrong is on stderr, and nothing was written

    Needs: *Manage Destinations*
    """
    destination, document = read_destination(file)
    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
    active = publishing.active(destination.id)
    if active is None:
        raise Complaint(
            f"{destination.id} is not connected yet: `aep-moengage connect {file}` asks for the DATA APP KEY and "
            "makes the token, then apply changes it."
        )
    change = propose(active, document)
    conclude(stack, publishing, change, why=why, yes=yes, as_json=as_json, dry_run=dry_run)
    offer_sweep(stack, change)
