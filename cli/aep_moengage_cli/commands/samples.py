"""`samples`: writes the newest payloads that arrived for a paused destination, for `init`, `check` and `preview`."""

from pathlib import Path
from typing import Annotated

import typer

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import MOST_SAMPLES
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import DestinationId, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.new_file import write_new
from aep_moengage_cli.profiles.sample_masks import masked_sample
from aep_moengage_cli.profiles.samples import newest_samples
from aep_moengage_cli.terminal import emit, json_text, say

app = application()


@app.command()
def samples(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    last: Annotated[
        int, typer.Option(min=1, max=MOST_SAMPLES, metavar="N", help="So many of the newest.")
    ] = MOST_SAMPLES,
    events: Annotated[bool, typer.Option("--events", help="Events instead of profiles.")] = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Whole payloads, with their values. They are personal data.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file. Default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Writes the newest profiles that arrived for a paused destination, as AEP sent them, to begin a mapping from.

    `connect --capture` creates such a destination before there is a mapping; `pause` makes one of any. While it is
    paused, its newest payloads are kept for a day: at most 20 of each kind, of at most 256 KB together. All of them,
    and everything else that arrives, are delivered after `resume`.

    Values are masked unless you add --reveal: a letter is x and a digit 1, so `init`, `check` and `preview` find the
    same fields, types and audiences. In AEP's place anybody's name could also be a field's name, so look at the file
    before you share it.

    Example: `aep-moengage samples acme-production --output samples.json`

    Exit codes:

    * 0: written
    * 2: an error, shown on stderr; nothing was written

    Needs: *View Profiles*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    kind = Kind.EVENTS if events else Kind.PROFILES
    found = newest_samples(stack, destination, kind, last)
    if not found:
        raise _nothing(stack, destination, kind)
    shown = found if reveal else [masked_sample(each) for each in found]
    if output is None:
        emit(shown)
        return
    write_new(output, f"{json_text(shown)}\n", force=force, private=True)
    say(f"{output} is written: {len(found)} {kind}, {'with' if reveal else 'without'} their values.")
    say(f"Now run: aep-moengage init {output} --id {destination} --output {destination}.yaml")


def _nothing(stack: Stack, destination: str, kind: Kind) -> CommandError:
    active = active_version(Publishing.of(stack), destination)
    if not active.paused:
        return CommandError(
            f"{destination} is not paused, so no samples of it are kept.",
            f"`aep-moengage pause {destination}` keeps what arrives from then on.",
        )
    return CommandError(
        f"No {kind} have arrived for {destination} within the last day, while it was paused.",
        "A payload is here some seconds after it arrived. In AEP, activate an audience to the destination first.",
    )
