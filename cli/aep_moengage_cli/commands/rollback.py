"""`rollback`: publishes the document of an earlier version again."""

from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import (
    AsJson,
    DestinationId,
    Local,
    Profile,
    Region,
    ShareAttributes,
    StackName,
    Yes,
)
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version, conclude, earlier_version, propose
from aep_moengage_cli.destinations.publishing import Publishing

app = application()


@app.command()
def rollback(
    ctx: typer.Context,
    destination: DestinationId,
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1, help="A version number, as `history` shows it.")],
    *,
    share_attributes: ShareAttributes = False,
    yes: Yes = False,
    why: Annotated[
        str | None,
        typer.Option(help="The reason, for the version history.", show_default="rollback to version VERSION"),
    ] = None,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Publishes the document of an earlier version as a new version: shows the difference and asks.

    The document is checked by today's rules first, and is not published if it has an error. The password, the tokens
    and a pause are not part of a document, so they stay.

    Example: `aep-moengage rollback acme-production 3 --why "tier was mapped wrongly"`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and you did not confirm it
    * 2: an error, shown on stderr; nothing was written

    Needs: *Manage Destinations*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    active = active_version(publishing, destination)
    change = propose(active, earlier_version(publishing, destination, version).document)
    conclude(
        stack,
        publishing,
        change,
        why=why or f"rollback to version {version}",
        what=f"as version {version}",
        yes=yes,
        as_json=as_json,
        share_attributes=share_attributes,
    )
