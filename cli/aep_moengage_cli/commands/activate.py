"""`activate`: adds audiences to a destination, and removes them."""

from typing import Annotated, Any

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Why, Yes
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.activation import activate as edit
from aep_moengage_cli.destinations.editing import active_version, conclude, edited
from aep_moengage_cli.destinations.outdated_audiences import offer_sweep

app = application()


@app.command()
def activate(
    destination: DestinationId,
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="AUDIENCE", help="AUDIENCE_ID[=NAME][@NAMESPACE], or `all`. Several are possible."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="AUDIENCE", help="An activated audience's id or name, or `all`. Several are possible."),
    ] = None,
    yes: Yes = False,
    why: Why = "activate",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Activates audiences to a destination: shows the difference, asks, writes a new version.

    NAME is what MoEngage is told; without it, the name in AEP's payload. NAMESPACE is `ups` (audiences made in AEP)
    unless given. What is removed goes first, so `--remove all --add ID` leaves one. An audience that is activated
    already takes the name that is given.

    Examples:

    * `aep-moengage activate acme-production --add 7841ba61-23c1-4bb3-a495-00d3g5fe1e93="Gold members"`
    * `aep-moengage activate acme-production --add seg1@AEPConsumers --remove "Gold members" --yes`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and you did not agree to publish it
    * 2: it could not be done; what is wrong is on stderr, and nothing was written

    Needs: *Activate Destinations*
    """
    if not add and not remove:
        raise Complaint("Say what to do: --add AUDIENCE_ID[=NAME], --remove AUDIENCE, or both.")

    def change(document: dict[str, Any]) -> None:
        document["audiences"] = edit(document["audiences"], add=add or [], remove=remove or [])

    stack = find_stack(stack_name, region, profile)
    publishing = stack.publishing()
    changed = edited(active_version(publishing, destination), change)
    conclude(stack, publishing, changed, why=why, yes=yes, as_json=as_json)
    offer_sweep(stack, changed)
