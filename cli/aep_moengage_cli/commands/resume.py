"""`resume`: sends to MoEngage again, beginning with the queued updates."""

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Why
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.pausing import set_paused

app = application()


@app.command()
def resume(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    why: Why = "resume",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Sends to MoEngage again. Updates that were queued during the pause are sent within minutes.

    Only the newest update of each user is sent; membership events are all sent, in their order.

    Example: `aep-moengage resume acme-production --why "the migration is over"`

    Exit codes:

    * 0: resumed, or it was not paused
    * 2: an error, shown on stderr; nothing was written

    Needs: *Manage Destinations*
    """
    set_paused(find_stack(ctx, stack_name, region, profile, local=local), destination, False, why=why, as_json=as_json)
