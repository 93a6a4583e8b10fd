"""`init`: drafts a destination file from sample profiles. Needs no AWS."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aep_moengage.aep.events import is_experience_event
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.model import REGIONS
from aep_moengage.document.parsing import parse_destination
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.commands import application
from aep_moengage_cli.destinations.card_attribute import find_card_attribute
from aep_moengage_cli.destinations.data_app_key import read_key
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.drafts import DEFAULT_ID, DEFAULT_NAME, FILL_IN, Heading, card_draft, draft
from aep_moengage_cli.files.event_files import read_samples
from aep_moengage_cli.files.foreign_samples import foreign_samples
from aep_moengage_cli.files.new_file import write_new
from aep_moengage_cli.files.survey import survey
from aep_moengage_cli.terminal import say

app = application()


@app.command()
def init(
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EVENT",
            help="Files of sample profiles or events; - reads stdin. Default: none, for a template.",
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file. Default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    username: Annotated[str, typer.Option(metavar="DATA-APP-ID", help="MoEngage's DATA APP ID.")] = FILL_IN,
    data_center: Annotated[
        str,
        typer.Option(
            "--data-center",
            "--region",
            metavar="DC",
            help="MoEngage's data center, such as 03.",
            autocompletion=lambda incomplete: [region for region in REGIONS if region.startswith(incomplete)],
        ),
    ] = FILL_IN,
    destination_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The destination's id. Default: made from its name.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The destination's name. Default: its id.")] = None,
    from_card: Annotated[
        str | None,
        typer.Option(
            metavar="USER", help="Keep the audience attribute that MoEngage's own card gave this user (customer_id)."
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="With --from-card: read the DATA APP KEY from standard input.")
    ] = False,
    endpoint: Annotated[
        str, typer.Option(envvar="MOENGAGE_ENDPOINT", help="MoEngage's address; {dc} stands for the data center.")
    ] = DEFAULT_ENDPOINT,
    adobe_card: Annotated[
        bool, typer.Option("--adobe-card", help="For a card of `adobe-card`: the mapping is done in Adobe's interface.")
    ] = False,
) -> None:
    """Drafts a destination file with comments: the audiences, identities and attributes of the sample profiles.

    The best identity namespace of a person becomes `user_id`: a well-known one, or one that AEP marks as primary or
    authenticated. Those of devices become `anonymous_id`. The file holds no values of the profiles. Without --username
    or --data-center it says FILL IN, which `check` reports. With --adobe-card it needs no samples.

    Sample events become entries of `events`, one for each type.

    With --from-card MoEngage is asked (Get User) whether the workspace has AEPSegments or AEP Segment. The file keeps
    that name, and the names of audiences that MoEngage's own card gave a user.

    Example: `aep-moengage init events/http_api_default.json --data-center 03 --username ACME1234 --output acme.yaml`

    Exit codes:

    * 0: written
    * 2: an error, shown on stderr; nothing was written

    Needs: *none*
    """
    name = name or destination_id or DEFAULT_NAME
    heading = Heading(destination_id or _slug(name), name, data_center, username)
    _check_options(heading)
    if from_card:
        heading = replace(heading, card_attribute=_card_attribute(heading, from_card, endpoint, password_stdin))
    if adobe_card and events:
        raise CommandError(
            "Use --adobe-card or samples, not both: behind a card the mapping is done in Adobe's interface."
        )
    text = card_draft(heading) if adobe_card else _drafted(heading, events or [])
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_new(output, text, force=force)
        fill_in = f'Replace "{FILL_IN}" in it, then run' if FILL_IN in (data_center, username) else "Now run"
        say(f"{output} is written. {fill_in}: aep-moengage check {output}")
        if destination_id is None:
            say(f"Its id, {heading.id}, becomes a part of the URL for AEP: change it now, or give --id.")


def _drafted(heading: Heading, events: list[str]) -> str:
    profiles, sample_events = read_samples(events, is_experience_event)
    sample = survey(profiles)
    for message in foreign_samples(sample):
        say(f"Caution: {message}.")
    return draft(heading, sample, sample_events)


def _card_attribute(heading: Heading, user: str, endpoint: str, from_stdin: bool) -> str:
    if FILL_IN in (heading.region, heading.username):
        raise CommandError("--from-card needs --data-center and --username.")
    key = read_key(from_stdin=from_stdin)
    if key is None:
        raise CommandError("MoEngage was not asked: give the DATA APP KEY with --password-stdin.")
    found = find_card_attribute(Workspace(heading.region, heading.username, key, endpoint), user)
    say(f"MoEngage holds {found} of this user: the file keeps it.")
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63] or DEFAULT_ID


def _check_options(heading: Heading) -> None:
    """Reports errors of the options before they are written to the file."""
    given = {
        "id": heading.id,
        "name": heading.name,
        "region": "01" if heading.region == FILL_IN else heading.region,
        "username": "ID" if heading.username == FILL_IN else heading.username,
    }
    try:
        parse_destination({**given, "audiences": "all", "identities": {"user_id": "crmid"}})
    except DestinationFaults as faults:
        lines = (f"--{fault}".replace("--region:", "--data-center:", 1) for fault in faults.faults)
        raise CommandError(*lines) from None
