"""`pause`: stops sending to MoEngage; what arrives is kept."""

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Why
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.pausing import set_paused

app = application()


@app.command()
def pause(
    destination: DestinationId,
    *,
    why: Why = "pause",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Stops sending to MoEngage; AEP is answered as ever, and everything that arrives is kept.

    While a destination is paused, profiles wait in the retry queue, however long, and nothing is given up. SQS keeps a
    message for 14 days; drain puts them anew long before. `resume` lets them go, each user's newest update only.

    Example: `aep-moengage pause acme-production --why "MoEngage is being migrated"`

    Exit codes:

    * 0: paused, or it was before
    * 2: it could not be done; what is wrong is on stderr, and nothing was written

    Needs: *Manage Destinations*
    """
    set_paused(find_stack(stack_name, region, profile), destination, True, why=why, as_json=as_json)
