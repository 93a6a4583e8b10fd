"""`resume`: sends to MoEngage again, what waited first."""

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName, Why
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.pausing import set_paused

app = application()


@app.command()
def resume(
    destination: DestinationId,
    *,
    why: Why = "resume",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Sends to MoEngage again, what waited while paused included, within minutes.

    Of each user only the newest update is sent, and membership events in their order.

    Example: `aep-moengage resume acme-production --why "the migration is over"`

    Exit codes:

    * 0: resumed, or it was before
    * 2: it could not be done; what is wrong is on stderr, and nothing was written

    Needs: *Manage Destinations*
    """
    set_paused(find_stack(stack_name, region, profile), destination, False, why=why, as_json=as_json)
