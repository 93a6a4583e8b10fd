"""`plan`: what a load needs of MoEngage and AWS, how long it takes, and what it costs. Needs no AWS."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from aep_moengage_cli.capacity.capacity_plan import CapacityPlan, capacity_plan, drain_concurrency, plan_json
from aep_moengage_cli.capacity.costs import read_prices
from aep_moengage_cli.capacity.measurements import Measurements, read_measurements
from aep_moengage_cli.capacity.needs import needs
from aep_moengage_cli.capacity.plan_screen import plan_screen
from aep_moengage_cli.capacity.scenarios import first_activation, noisy_neighbour, outage
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import emit

app = application()

_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


class Situation(StrEnum):
    """The situations that `plan` simulates."""

    ACTIVATION = "activation"
    OUTAGE = "outage"
    NEIGHBOUR = "neighbour"


@app.command()
def plan(
    *,
    profiles: Annotated[str, typer.Option(metavar="N", help="How many profiles, such as 250k or 10M.")],
    rate: Annotated[float, typer.Option(min=0.1, help="Requests per second that AEP sends.")] = 10_000,
    profiles_per_request: Annotated[int, typer.Option(min=1, max=10_000, help="Profiles in each request.")] = 1,
    limit: Annotated[
        int, typer.Option(min=60, help="Users that MoEngage takes in bulk per minute; ask MoEngage which it is.")
    ] = 60_000,
    situation: Annotated[
        Situation,
        typer.Option(
            metavar="NAME",
            help="`activation`: everything at once. `outage`: MoEngage is down for two hours. `neighbour`: two more "
            "destinations, one in the same workspace.",
        ),
    ] = Situation.ACTIVATION,
    drain: Annotated[
        int, typer.Option("--drain-concurrency", min=0, max=100, help="Instances of drain; 0: as many as it needs.")
    ] = 0,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A table of prices; default: list prices.")
    ] = None,
    measured: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What a profile takes; default: as measured last.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulates a load, and shows the backlog, the time it takes, what AWS has to bear, the costs, and what to raise.

    The simulation runs the connector's own pace, packing, circuit breakers and backoff, on virtual time; ten million
    profiles take about a minute. It assumes that every user has to be updated. The tables of prices and measurements
    are `prices.yaml` and `measured.yaml` in the package `aep_moengage_cli.capacity`; copy one to change it.

    --json prints `scenario`, `profiles`, `received`, `delivered`, `given_up`, `turned_away`, `refused_by_moengage`,
    `seconds`, `least_seconds`, `times_the_least`, `requests_per_1000`, `backlog`, `dynamodb`, `lambda`, `sqs`,
    `delays`, `dollars`, `samples` (up to about 240) and `needs`.

    Example: `aep-moengage plan --profiles 100k --rate 1000`

    Exit codes:

    * 0: everything is delivered, and nothing is turned away
    * 1: something is not
    * 2: an error, shown on stderr

    Needs: *none*
    """
    takes = _measured(measured)
    number, drain = _number(profiles), drain or drain_concurrency(limit, takes)
    if situation is Situation.OUTAGE:
        scenario = outage(number, limit=limit, drain_concurrency=drain)
    else:
        make = first_activation if situation is Situation.ACTIVATION else noisy_neighbour
        scenario = make(number, rate, profiles_per_request=profiles_per_request, limit=limit, drain_concurrency=drain)
    try:
        table = read_prices(prices)
    except (OSError, ValueError) as error:
        raise CommandError(f"The prices in {prices} can't be used: {_first(error)}") from None
    planned = capacity_plan(scenario, takes, table)
    if as_json:
        emit(plan_json(planned) | {"needs": [{**each._asdict(), "enough": each.enough} for each in needs(planned)]})
    else:
        Console(highlight=False).print(plan_screen(planned))
    raise typer.Exit(0 if _is_whole(planned) else 1)


def _is_whole(planned: CapacityPlan) -> bool:
    return planned.delivered == planned.received and not planned.turned_away


def _measured(file: Path | None) -> Measurements:
    try:
        return read_measurements(file)
    except (OSError, ValueError) as error:
        raise CommandError(f"The measurements in {file} can't be used: {_first(error)}") from None


def _number(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([km]?)", text.strip().lower().replace(",", ""))
    number = int(float(found[1]) * _TIMES[found[2]]) if found else 0
    if not number:
        raise CommandError(f"--profiles {text} is not a number of profiles, such as 250k or 10M.")
    return number


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    return str(error)
