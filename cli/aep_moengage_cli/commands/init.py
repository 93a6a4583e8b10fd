"""`init`: drafts a destination file from sample profiles. Needs no AWS."""

import re
from pathlib import Path
from typing import Annotated

import typer

from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage_cli.commands import application
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.files.drafts import DEFAULT_ID, DEFAULT_NAME, FILL_IN, Heading, draft
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.files.survey import survey
from aep_moengage_cli.terminal import say

app = application()


@app.command()
def init(
    events: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EVENT]...", help="Sample profiles, as AEP sends them; - is stdin. None: a template."),
    ] = None,
    *,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file; else to stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    username: Annotated[str, typer.Option(metavar="DATA-APP-ID", help="MoEngage's DATA APP ID.")] = FILL_IN,
    region: Annotated[str, typer.Option(help="MoEngage's data center, such as 03.")] = FILL_IN,
    destination_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The destination's id; else made of its name.")
    ] = None,
    name: Annotated[str, typer.Option(help="The destination's name.")] = DEFAULT_NAME,
) -> None:
    """Drafts a destination file with comments: audiences, identities and attributes as the sample profiles have them.

    The namespace of a person that is best known becomes `user_id`, those of devices `anonymous_id`. No value of a
    profile gets into the file. Where --username or --region is missing, FILL IN stands, which `check` points at.

    Example: `aep-moengage init events/http_api_default.json --region 03 --username ACME1234 --output acme.yaml`

    Exit codes:

    * 0: written
    * 2: it could not be done; what is wrong is on stderr, and nothing is written

    Needs: *none*
    """
    heading = Heading(destination_id or _slug(name), name, region, username)
    _refuse_faults(heading)
    text = draft(heading, survey(profile for _, profile in read_profiles(events or [])))
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text, force=force)
        still = " Fill in what is marked so, then" if FILL_IN in (region, username) else " Then"
        say(f"{output} is written.{still}: aep-moengage check {output}")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63] or DEFAULT_ID


def _refuse_faults(heading: Heading) -> None:
    """The options end up in the file: what is wrong with them is told before it is."""
    given = {
        "id": heading.id,
        "name": heading.name,
        "region": "01" if heading.region == FILL_IN else heading.region,
        "username": "ID" if heading.username == FILL_IN else heading.username,
    }
    try:
        parse_destination({**given, "audiences": "all", "identities": {"user_id": "crmid"}})
    except DestinationFaults as faults:
        raise Complaint(*(f"--{fault}" for fault in faults.faults)) from None


def _write(output: Path, text: str, *, force: bool) -> None:
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Complaint(f"{output} is there already: choose another name, or overwrite it with --force.") from None
    except OSError as error:
        raise Complaint(f"{output}: {error.strerror or 'cannot be written'}.") from None
