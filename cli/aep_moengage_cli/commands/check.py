"""`check`: every fault of a destination file at once, and what in it may not be meant. Needs no AWS unless asked."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from aep_moengage.document.faults import Fault
from aep_moengage.document.model import Destination
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.destinations.credentials import Credentials, check_credentials
from aep_moengage_cli.destinations.data_app_key import given_key
from aep_moengage_cli.files.cautions import Caution, cautions
from aep_moengage_cli.files.documents import UnusableFile, read_destination
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.files.survey import survey
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
    online: Annotated[
        bool, typer.Option("--online", help="Also ask MoEngage whether it knows the credentials (Test Connection).")
    ] = False,
    seek_region: Annotated[
        bool, typer.Option("--find-region", help="If it does not, show the credentials to its other data centers too.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the DATA APP KEY from standard input.")
    ] = False,
    endpoint: Annotated[
        str, typer.Option(envvar="MOENGAGE_ENDPOINT", help="MoEngage's address; {dc} stands for the data center.")
    ] = DEFAULT_ENDPOINT,
    as_json: AsJson = False,
    stack_name: Annotated[
        str | None, typer.Option(help="Take the DATA APP KEY, and MoEngage's address, from this deployed stack.")
    ] = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Checks a destination file: all of its faults at once, each with its path, the value and what is allowed.

    Cautions are what is allowed and may not be meant. With --events they include the attributes, identities and
    audiences that none of the sample profiles has, with what there is of similar names, and what the connector would
    change or leave out. The samples' values are not shown.

    With --online MoEngage is asked whether the DATA APP ID, the DATA APP KEY and the region belong together; the key
    is asked for, or read from standard input or from a deployed stack.

    Example: `aep-moengage check events/destination.yaml --events events/batch.json`

    Exit codes:

    * 0: the file can be used, and MoEngage knows the credentials if it was asked; there may be cautions
    * 1: it has faults, or MoEngage refuses the credentials
    * 2: it, or an event file, cannot be read, or MoEngage cannot be asked

    Needs: *none*; with --stack-name *View Profiles*
    """
    if (seek_region or password_stdin or stack_name) and not online:
        raise Complaint("--find-region, --password-stdin and --stack-name go with --online.")
    destination: Destination | None = None
    faults: tuple[Fault, ...] = ()
    try:
        destination, _ = read_destination(file)
    except UnusableFile as unusable:
        faults = unusable.faults
    samples = [*(events or []), *(more_events or [])]
    sample = survey(profile for _, profile in read_profiles(samples))
    found = cautions(destination, sample) if destination else []
    credentials = None
    if online and destination:
        workspace = _workspace(destination, endpoint, stack_name, region, profile, from_stdin=password_stdin)
        credentials = check_credentials(workspace, seek_region=seek_region)
    if as_json:
        emit(_report(file, destination, faults, found) | {"credentials": credentials and asdict(credentials)})
    else:
        _show(file, faults, found, credentials)
    raise typer.Exit(1 if faults or (credentials and not credentials.accepted) else 0)


def _workspace(
    destination: Destination,
    endpoint: str,
    stack_name: str | None,
    region: str | None,
    profile: str | None,
    *,
    from_stdin: bool,
) -> Workspace:
    if stack_name and not from_stdin:
        from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # only this needs boto3

        return find_stack(stack_name, region, profile).workspace(destination)
    key = given_key(from_stdin=from_stdin)
    if key is None:
        raise Complaint("MoEngage was not asked: give the DATA APP KEY by --password-stdin, or name a --stack-name.")
    return Workspace(destination.region, destination.username, key, endpoint)


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


def _show(file: Path, faults: tuple[Fault, ...], found: list[Caution], credentials: Credentials | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for fault in faults:
        console.print("[red]fault[/]    ", end="")
        console.print(str(fault), markup=False)
    for caution in found:
        console.print("[yellow]caution[/]  ", end="")
        console.print(str(caution), markup=False)
    if credentials:
        console.print("[green]accepted[/] " if credentials.accepted else "[red]refused[/]  ", end="")
        console.print(credentials.said, markup=False)
    usable = "can be used" if not faults else "cannot be used"
    console.print(f"{file}: {usable}; {_counted(faults, 'fault')}, {_counted(found, 'caution')}.", markup=False)


def _counted(things: tuple[Any, ...] | list[Any], name: str) -> str:
    return f"{len(things) or 'no'} {name}{'' if len(things) == 1 else 's'}"
