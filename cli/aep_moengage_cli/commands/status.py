"""`status`: the health of the flow on one screen."""

import sys
import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.monitoring.flow import Flow, Observer
from aep_moengage_cli.monitoring.flow_report import flow_json, flow_screen
from aep_moengage_cli.terminal import emit

app = application()


@app.command()
def status(
    ctx: typer.Context,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh the screen until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=1, help="With --watch: seconds between two refreshes.")] = 30,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Shows the destinations, the last hour, the pace, the backlog, dead letters, alarms, and what to do next.

    The pace is how many users a minute are sent to a MoEngage workspace, of how many its rate limit lets through, and
    for how long the profiles that wait will wait at best.

    CloudWatch shows metrics one or two minutes late. Each refresh requests fourteen metrics of every destination, at
    CloudWatch's price of GetMetricData. Dead-letter reasons need *View Profiles*: a hundred messages are received and
    released. Without it only their number is shown.

    --json prints `stack`, `at`, `destinations` (id, name, version, published, paused, last_hour, postponed), `paces`
    (workspace, destinations, users_per_minute with limit and use, profiles_waiting, minutes), `backlog`, `dead_letters`
    (messages; reasons: counts in the sample, null without permission), `alarms` and `next_steps`.

    Example: `aep-moengage status --watch`

    Exit codes:

    * 0: no alarm is in ALARM
    * 1: at least one is
    * 2: an error, shown on stderr

    Needs: *View Segments*
    """
    if watch and (as_json or not sys.stdout.isatty()):
        raise CommandError("--watch needs a terminal: without it `status` shows the flow once, with --json as JSON.")
    observer = Observer(find_stack(ctx, stack_name, region, profile, local=local))
    flow = observer.look()
    if watch:
        _watch(observer, flow, every)
        return
    if as_json:
        emit(flow_json(flow))
    else:
        Console(highlight=False).print(flow_screen(flow))
    raise typer.Exit(1 if flow.in_alarm else 0)


def _watch(observer: Observer, flow: Flow, every: float) -> None:
    console = Console(highlight=False)
    with suppress(KeyboardInterrupt), Live(flow_screen(flow), console=console, auto_refresh=False, screen=True) as live:
        live.refresh()
        while True:
            time.sleep(every)
            live.update(flow_screen(observer.look()), refresh=True)
