"""`rollback`: an earlier document becomes the active one again, as a new version."""

from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Yes
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version, conclude, propose

app = application()


@app.command()
def rollback(
    destination: DestinationId,
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The number that `history` shows.")],
    *,
    yes: Yes = False,
    why: Annotated[
        str | None,
        typer.Option(help="The reason, for the history of versions.", show_default="rollback to version VERSION"),
    ] = None,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Publishes the document of an earlier version again, as a new version: shows the difference, asks.

    The document is checked by today's rules; one that they refuse stays where it is. The password, the tokens and a
    pause are no part of a document, so they stay as they are now.

    Example: `aep-moengage rollback acme-production 3 --why "tier was mapped wrongly"`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and you did not agree to publish it
    * 2: it could not be done; what is wrong is on stderr, and nothing was written

    Needs: *Manage Destinations*
    """
    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
    active = active_version(publishing, destination)
    earlier = publishing.version(destination, version)
    if earlier is None:
        raise Complaint(
            f"{destination} has no version {version}: `aep-moengage history {destination}` shows those that there are."
        )
    change = propose(active, earlier.document)
    conclude(stack, publishing, change, why=why or f"rollback to version {version}", yes=yes, as_json=as_json)
