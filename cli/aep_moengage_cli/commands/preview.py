"""`preview`: the decision about each profile, and the requests to MoEngage. Needs no AWS."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from aep_moengage.document.destination import Destination
from aep_moengage.mapping.mapping import Action
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, EventFiles
from aep_moengage_cli.files.documents import read_destination
from aep_moengage_cli.files.event_files import read_experience_events, read_profiles
from aep_moengage_cli.profiles.preview_report import preview_screen
from aep_moengage_cli.profiles.previews import Previewer
from aep_moengage_cli.terminal import emit

app = application()


@app.command()
def preview(
    events: EventFiles,
    destination: Annotated[Path, typer.Option(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    experience_events: Annotated[
        bool, typer.Option("--events", help="The files hold ExperienceEvents, as they are posted to …/events.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Shows whether each profile or event would be sent, and the requests that MoEngage would get. Needs no AWS.

    On a terminal each is a table; with --json, and wherever the output is piped, it is JSON.

    The decisions, records and warnings come from the code that runs in AWS. With several files `index` continues
    from file to file, and `source` names the file.

    A profile without consent shows no request: the audiences that its user leaves depend on earlier deliveries.
    With `audience_events` the preview assumes a new user, whose former audiences are unknown.

    Example: `aep-moengage preview --destination events/destination.yaml events/http_api_default.json`

    Example: `aep-moengage preview --events --destination events/destination-events.yaml events/event-purchase.json`

    Exit codes:

    * 0: no profile or event is rejected
    * 1: at least one is rejected
    * 2: a file can't be used; its errors are on stderr, one a line

    Needs: *none*
    """
    parsed, _ = read_destination(destination)
    previewer = Previewer(parsed)
    read, shown = (
        (read_experience_events, previewer.event_shown) if experience_events else (read_profiles, previewer.shown)
    )
    decided = [
        {"index": index, **({"source": source} if len(events) > 1 else {}), **shown(each)}
        for index, (source, each) in enumerate(read(events))
    ]
    if as_json or not sys.stdout.isatty():
        emit({"destination": parsed.id, "events" if experience_events else "profiles": decided})
    else:
        _show(parsed, "event" if experience_events else "profile", decided)
    if any(each["decision"] == Action.REJECT for each in decided):
        raise typer.Exit(1)


def _show(destination: Destination, noun: str, decided: Iterable[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    for part in preview_screen(destination, noun, decided):
        console.print(part)
