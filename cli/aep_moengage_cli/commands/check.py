"""`check`: every error of a destination file, and likely mistakes. Needs no AWS unless asked for."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from aep_moengage.aep.events import is_experience_event
from aep_moengage.aep.profiles import is_profile
from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import Fault
from aep_moengage.mapping.events import CompiledEvents
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region
from aep_moengage_cli.destinations.card_attribute import card_cautions
from aep_moengage_cli.destinations.credentials import Credentials, check_credentials
from aep_moengage_cli.destinations.data_app_key import read_key
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.caution import Caution, ranked
from aep_moengage_cli.files.cautions import cautions
from aep_moengage_cli.files.documents import UnusableFile, read_destination, read_text
from aep_moengage_cli.files.event_files import read_samples
from aep_moengage_cli.files.places import Place, line_of, places
from aep_moengage_cli.files.survey import survey
from aep_moengage_cli.terminal import emit

if TYPE_CHECKING:
    from aep_moengage_cli.deployed import Stack

app = application()


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    more_events: Annotated[list[str] | None, typer.Argument(metavar="EVENT", hidden=True)] = None,
    *,
    events: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EVENT...", help="Files of sample profiles or events to compare the file with; - reads stdin."
        ),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask MoEngage whether it accepts the credentials (Test Connection).")
    ] = False,
    find_other_region: Annotated[
        bool, typer.Option("--find-region", help="If it doesn't, send the credentials to its other data centers too.")
    ] = False,
    users: Annotated[
        list[str] | None,
        typer.Option(
            "--user", metavar="USER", help="With --online: a user whom MoEngage's own card for Adobe has updated."
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the DATA APP KEY from standard input.")
    ] = False,
    endpoint: Annotated[
        str, typer.Option(envvar="MOENGAGE_ENDPOINT", help="MoEngage's address; {dc} stands for the data center.")
    ] = DEFAULT_ENDPOINT,
    as_json: AsJson = False,
    stack_name: Annotated[
        str | None,
        typer.Option(help="Compare with this stack's destinations; with --online, read the DATA APP KEY from it."),
    ] = None,
    region: Region = None,
    profile: Profile = None,
    local: Annotated[
        bool, typer.Option("--local", help="The same with the local stack that `make up` started.")
    ] = False,
) -> None:
    """Checks a destination file: reports every error at once, plus likely mistakes.

    An error has a line, a path, the value, and what is allowed there. A caution is allowed, but may be a mistake; the
    weightiest come first. With --events
    cautions cover fields, identities and audiences that no sample has, sample fields that the file doesn't use, and
    values that the connector would change or leave out. Values of the samples are not shown. ExperienceEvents among the
    samples are compared with the file's `events`.

    With --stack-name cautions cover attributes that another destination of the same workspace maps, and quotas of the
    AWS account that are lower than the stack's limits.

    With --online MoEngage is asked whether the DATA APP ID, the DATA APP KEY and the region belong together. The key
    is read from a prompt, from standard input, or from a deployed stack. With --user (a customer_id) a caution says
    whether that user has audience names under another attribute than the file's: AEPSegments or AEP Segment.

    Example: `aep-moengage check events/destination.yaml --events events/batch.json`

    Exit codes:

    * 0: the file can be used, and MoEngage accepts the credentials if it was asked; there may be cautions
    * 1: the file has errors, or MoEngage refuses the credentials
    * 2: the file or an event file can't be read, or MoEngage can't be asked

    Needs: *none*; with --stack-name *View Profiles*
    """
    if (find_other_region or password_stdin or users) and not online:
        raise CommandError("--find-region, --password-stdin and --user need --online.")
    destination: Destination | None = None
    errors: tuple[Fault, ...] = ()
    try:
        destination, _ = read_destination(file)
    except UnusableFile as unusable:
        errors = unusable.faults
    profiles, sample_events = read_samples([*(events or []), *(more_events or [])], _tells_events(destination))
    found = cautions(destination, survey(profiles), sample_events) if destination else []
    find = _finding(ctx, stack_name, region, profile, local=local) if stack_name or local else None
    if destination and find:
        found += _cautions_of_stack(destination, find())
    credentials = None
    if online and destination:
        workspace = _workspace(destination, find, endpoint=endpoint, from_stdin=password_stdin)
        credentials = check_credentials(workspace, find_other_region=find_other_region)
        if credentials.accepted:
            found += card_cautions(workspace, destination.audience_attribute, users or [])
    found, where = ranked(found), _places_in(file)
    if as_json:
        emit(_report(file, destination, errors, found, where) | {"credentials": credentials and asdict(credentials)})
    else:
        _show(file, errors, found, where, credentials)
    raise typer.Exit(1 if errors or (credentials and not credentials.accepted) else 0)


def _tells_events(destination: Destination | None) -> Callable[[Any], bool]:
    """Returns what marks sample events: their shape, or a rule of the file for any other JSON."""
    rules = CompiledEvents(destination) if destination else None

    def is_event(element: Any) -> bool:
        return is_experience_event(element) or (
            rules is not None and not is_profile(element) and rules.selects(element)
        )

    return is_event


def _finding(
    ctx: typer.Context, stack_name: str | None, region: str | None, profile: str | None, *, local: bool
) -> "Callable[[], Stack]":
    def find() -> "Stack":
        from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # only a stack needs boto3

        return find_stack(ctx, stack_name, region, profile, local=local)

    return find


def _cautions_of_stack(destination: Destination, stack: "Stack") -> list[Caution]:
    from aep_moengage_cli.destinations.publishing import Publishing  # noqa: PLC0415 # only a stack needs boto3
    from aep_moengage_cli.destinations.shared_attributes import sharing_cautions  # noqa: PLC0415 # as above
    from aep_moengage_cli.monitoring.quotas import quota_cautions  # noqa: PLC0415 # as above

    return [*sharing_cautions(Publishing.of(stack), destination), *quota_cautions(stack)]


def _workspace(
    destination: Destination, find: "Callable[[], Stack] | None", *, endpoint: str, from_stdin: bool
) -> Workspace:
    if find and not from_stdin:
        from aep_moengage_cli.destinations.workspaces import stored_workspace  # noqa: PLC0415 # only a stack needs boto3

        return stored_workspace(find(), destination)
    key = read_key(from_stdin=from_stdin)
    if key is None:
        raise CommandError("MoEngage was not asked: give the DATA APP KEY with --password-stdin, or use --stack-name.")
    return Workspace(destination.region, destination.username, key, endpoint)


def _report(
    file: Path,
    destination: Destination | None,
    errors: tuple[Fault, ...],
    found: list[Caution],
    where: Mapping[str, Place],
) -> dict[str, Any]:
    return {
        "file": str(file),
        "destination": destination and destination.id,
        "usable": not errors,
        "errors": [asdict(error) | {"line": line_of(error.path, where)} for error in errors],
        "cautions": [asdict(caution) | {"line": line_of(caution.path, where)} for caution in found],
    }


def _show(
    file: Path,
    errors: tuple[Fault, ...],
    found: list[Caution],
    where: Mapping[str, Place],
    credentials: Credentials | None,
) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for error in errors:
        console.print("[red]error[/]    ", end="")
        console.print(f"{_line(error.path, where)}{error}", markup=False)
    for caution in found:
        console.print("[yellow]caution[/]  ", end="")
        console.print(f"{_line(caution.path, where)}{caution}", markup=False)
    if credentials:
        console.print("[green]accepted[/] " if credentials.accepted else "[red]refused[/]  ", end="")
        console.print(credentials.detail, markup=False)
    usable = "can be used" if not errors else "can't be used"
    console.print(f"{file}: {usable}; {_counted(errors, 'error')}, {_counted(found, 'caution')}.", markup=False)


def _places_in(file: Path) -> dict[str, Place]:
    try:
        return places(read_text(file))
    except UnusableFile:  # as one of the errors says
        return {}


def _line(path: str, where: Mapping[str, Place]) -> str:
    line = line_of(path, where)
    return f"line {line}, " if line else ""


def _counted(things: tuple[Any, ...] | list[Any], name: str) -> str:
    return f"{len(things) or 'no'} {name}{'' if len(things) == 1 else 's'}"
