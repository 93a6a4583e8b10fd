"""`activate`: adds audiences to a destination, removes and renames them."""

from typing import Annotated, Any

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
    Why,
    Yes,
)
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.activation import activate as edit
from aep_moengage_cli.destinations.editing import active_version, conclude, edited
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError

app = application()


@app.command()
def activate(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="AUDIENCE", help="AUDIENCE_ID[=NAME][@NAMESPACE], or `all`. May be repeated."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="AUDIENCE", help="The id or name of an activated audience, or `all`. May be repeated."),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(metavar="AUDIENCE=NAME", help="Its id or name, and the new name in MoEngage. May be repeated."),
    ] = None,
    share_attributes: ShareAttributes = False,
    yes: Yes = False,
    why: Why = "activate",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Activates audiences to a destination: shows the difference, asks, and publishes a new version.

    NAME is the audience's name in MoEngage; without it, AEP's name is used. NAMESPACE is `ups` (audiences made in AEP)
    unless given. --remove is applied first and --add last, so `--remove all --add ID` leaves one audience.

    --rename changes an activated audience's name in MoEngage. Users who are listed under the old name are counted, and
    their update is offered; others follow at their next update.

    Examples:

    * `aep-moengage activate acme-production --add 7841ba61-23c1-4bb3-a495-00d3g5fe1e93="Gold members"`
    * `aep-moengage activate acme-production --add seg1@AEPConsumers --remove "Gold members" --yes`
    * `aep-moengage activate acme-production --rename "Gold members=Gold"`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and you did not confirm it
    * 2: an error, shown on stderr; nothing was written

    Needs: *Activate Destinations*
    """
    if not (add or remove or rename):
        raise CommandError("Use --add AUDIENCE_ID[=NAME], --remove AUDIENCE or --rename AUDIENCE=NAME, or several.")

    def change(document: dict[str, Any]) -> None:
        document["audiences"] = edit(document["audiences"], add=add or [], remove=remove or [], rename=rename or [])

    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    changed = edited(active_version(publishing, destination), change)
    conclude(stack, publishing, changed, why=why, yes=yes, as_json=as_json, share_attributes=share_attributes)
