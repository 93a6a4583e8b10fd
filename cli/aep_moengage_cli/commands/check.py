"""`check`: every fault of a destination file at once, and what in it may not be meant. Needs no AWS."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from aep_moengage.destination import Destination
from aep_moengage.faults import Fault
from aep_moengage_cli.cautions import Caution, cautions
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson
from aep_moengage_cli.documents import UnusableFile, read_destination
from aep_moengage_cli.event_files import read_profiles
from aep_moengage_cli.survey import survey
from aep_moengage_cli.terminal import emit

app = application()


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    more_events: Annotated[list[str] | None, typer.Argument(metavar="EVENT", hidden=True)] = None,
    *,
    events: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT...", help="Sample profiles, to find what of the file is in none of them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Checks a destination file: all of its faults at once, each with its path, the value and what is allowed.

    Cautions are what is allowed and may not be meant. With --events they include the attributes, identities and
    audiences that none of the sample profiles has, with what there is of similar names, and what the connector would
    change or leave out. The samples' values are not shown.

    Example: `aep-moengage check events/destination.yaml --events events/batch.json`

    Exit codes:

    * 0: the file can be used; there may be cautions
    * 1: it has faults
    * 2: it, or an event file, cannot be read

    Needs: *none*
    """
    destination: Destination | None = None
    faults: tuple[Fault, ...] = ()
    try:
        destination, _ = read_destination(file)
    except UnusableFile as unusable:
        faults = unusable.faults
    samples = [*(events or []), *(more_events or [])]
    sample = survey(profile for _, profile in read_profiles(samples))
    found = cautions(destination, sample) if destination else []
    if as_json:
        emit(_report(file, destination, faults, found))
    else:
        _show(file, faults, found)
    raise typer.Exit(1 if faults else 0)


def _report(
    file: Path, destination: Destination | None, faults: tuple[Fault, ...], found: list[Caution]
) -> dict[str, Any]:
    return {
        "file": str(file),
        "destination": destination and destination.id,
        "usable": not faults,
        "faults": [asdict(fault) for fault in faults],
        "cautions": [asdict(caution) for caution in found],
    }


def _show(file: Path, faults: tuple[Fault, ...], found: list[Caution]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for fault in faults:
        console.print("[red]fault[/]    ", end="")
        console.print(str(fault), markup=False)
    for caution in found:
        console.print("[yellow]caution[/]  ", end="")
        console.print(str(caution), markup=False)
    usable = "can be used" if not faults else "cannot be used"
    console.print(f"{file}: {usable}; {_counted(faults, 'fault')}, {_counted(found, 'caution')}.", markup=False)


def _counted(things: tuple[Any, ...] | list[Any], name: str) -> str:
    return f"{len(things) or 'no'} {name}{'' if len(things) == 1 else 's'}"
