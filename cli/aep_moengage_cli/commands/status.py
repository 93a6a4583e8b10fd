"""`status`: how the flow fares, on one screen."""

import sys
import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.monitoring.flow import Flow, Observer
from aep_moengage_cli.monitoring.flow_report import flow_json, flow_screen
from aep_moengage_cli.terminal import emit

app = application()


@app.command()
def status(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Go on looking, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=1, help="With --watch: seconds between two looks.")] = 30,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows destinations, the last hour, what waits, dead letters and alarms, and what to do next.

    CloudWatch shows metrics a minute or two late. Each look asks it for eleven metrics of every destination, at
    CloudWatch's price of GetMetricData. For the reasons of dead letters a hundred of them are received and given back,
    which needs *View Profiles*; without it only their number is shown.

    With --json: `stack`, `at`, `destinations` (id, name, version, published, paused, last_hour, postponed), `backlog`,
    `dead_letters` (messages; reasons: of the sample, null where they may not be seen), `alarms`, `next_steps`.

    Example: `aep-moengage status --watch`

    Exit codes:

    * 0: no alarm rings
    * 1: at least one does
    * 2: it could not be done; what is wrong is on stderr

    Needs: *View Segments*
    """
    if watch and (as_json or not sys.stdout.isatty()):
        raise Complaint("--watch is for a terminal: without it `status` looks once, with --json for programs.")
    observer = Observer(find_stack(stack_name, region, profile))
    flow = observer.look()
    if watch:
        _keep_looking(observer, flow, every)
        return
    if as_json:
        emit(flow_json(flow))
    else:
        Console(highlight=False).print(flow_screen(flow))
    raise typer.Exit(1 if flow.ringing else 0)


def _keep_looking(observer: Observer, flow: Flow, every: float) -> None:
    console = Console(highlight=False)
    with suppress(KeyboardInterrupt), Live(flow_screen(flow), console=console, auto_refresh=False, screen=True) as live:
        live.refresh()
        while True:
            time.sleep(every)
            live.update(flow_screen(observer.look()), refresh=True)
