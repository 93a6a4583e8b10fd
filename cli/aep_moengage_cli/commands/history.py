"""`history`: the versions of a destination."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.versions import Version, short_name, short_time
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit

app = application()
_WIDE_ENOUGH = 100  # columns of a terminal in which a table breaks no name of a field


@app.command()
def history(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Shows every version of a destination, newest first: when, who, why, and what changed.

    A deleted destination keeps its history. `destinations show ID --version N` shows the document of a version.

    Example: `aep-moengage history acme-production`

    Exit codes:

    * 0: shown
    * 2: an error, shown on stderr

    Needs: *View Segments*
    """
    versions = Publishing.of(find_stack(ctx, stack_name, region, profile, local=local)).versions(destination)
    if not versions:
        raise CommandError(
            f"There has never been a destination {destination}: `aep-moengage destinations list` lists the existing "
            "ones."
        )
    if as_json:
        emit({"destination": destination, "versions": [_json(version) for version in versions]})
        return
    console = Console(highlight=False)
    if console.width < _WIDE_ENOUGH:
        for version in versions:
            console.print(*paragraphs(version))
    else:
        console.print(_table(destination, versions))


def _table(destination: str, versions: Sequence[Version]) -> Table:
    shown = table("version", column("when (UTC)", whole=True), "who", "why", "what changed", title=destination)
    for version in versions:
        when, who = short_time(version.when), short_name(version.who)
        add_row(shown, str(version.number), when, who, version.why, version.what)
    return shown


def paragraphs(version: Version) -> Iterator[RenderableType]:
    """Yields a version as lines that wrap between words."""
    yield Text(f"version {version.number}, {short_time(version.when)}, {short_name(version.who)}")
    yield Padding(Text(f"why: {version.why}"), (0, 0, 0, 2))
    yield Padding(Text(f"what changed: {version.what}"), (0, 0, 0, 2))


def _json(version: Version) -> dict[str, Any]:
    names = ("number", "when", "who", "why", "what", "paused", "deleted")
    return {name: getattr(version, name) for name in names}
