"""`pause`: stops sending to MoEngage; what arrives is queued."""

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Why
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.pausing import set_paused

app = application()


@app.command()
def pause(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    why: Why = "pause",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Stops sending to MoEngage. AEP still gets its answers, and everything that arrives is queued.

    A paused destination keeps its profiles in the retry queue for any length of time, and none is given up. (SQS
    deletes messages after 14 days; drain replaces them long before.) `resume` sends the newest update of each user.

    Example: `aep-moengage pause acme-production --why "MoEngage is being migrated"`

    Exit codes:

    * 0: paused, or it was paused already
    * 2: an error, shown on stderr; nothing was written

    Needs: *Manage Destinations*
    """
    set_paused(find_stack(ctx, stack_name, region, profile, local=local), destination, True, why=why, as_json=as_json)
