"""`connect`: creates or updates a destination from its file, and makes the token that its sender shows."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from aep_moengage.destination import Destination
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import Profile, Region, StackName
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.documents import read_destination
from aep_moengage_cli.publishing import PASSWORD, PRIMARY_TOKEN, Version
from aep_moengage_cli.terminal import emit, say

app = application()


@app.command()
def connect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the DATA APP KEY from standard input.")
    ] = False,
    keep_password: Annotated[
        bool, typer.Option("--keep-password", help="Do not ask for the DATA APP KEY; keep the one there is.")
    ] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a new token; the one there is ends within a minute.")
    ] = False,
    why: Annotated[str, typer.Option(help="The reason, for the history of versions.")] = "connect",
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Creates a destination from its file, or updates it: a new version, in use within a minute.

    Asks for the password, MoEngage's DATA APP KEY; on an update an empty answer keeps the one there is. Writes
    `destination`, `version`, `url` and `token` as JSON. The URL and the token go into AEP; a token is shown only
    once, and is null where the one there is stays.

    Example: `aep-moengage connect destination.yaml --password-stdin < data-app-key.txt`

    Exit codes:

    * 0: connected
    * 2: it could not be done; what is wrong is on stderr, and running it again is safe

    Needs: *Manage Destinations*
    """
    if password_stdin and keep_password:
        raise Complaint("Use --password-stdin or --keep-password, not both.")
    destination, document = read_destination(file)
    stack = find_stack(stack_name, region, profile)
    url, publishing = stack.profiles_url(destination.id), stack.publishing()
    active, secrets = publishing.active(destination.id), publishing.secrets(destination.id)
    password = None if keep_password else _password(password_stdin, known=PASSWORD in secrets)
    if not password and PASSWORD not in secrets:
        raise Complaint(f"{destination.id} has no password yet: give MoEngage's DATA APP KEY, as by --password-stdin.")
    version = active
    if active is None or json.loads(active.document) != json.loads(document):
        # before the secrets, so that of two operators the second has written nothing
        version = publishing.publish(destination.id, document, after=active, who=stack.operator(), why=why)
    if password:
        publishing.keep_secret(destination.id, PASSWORD, password)
    makes_token = new_token or PRIMARY_TOKEN not in secrets
    token = publishing.make_token(destination.id) if makes_token else None
    _tell(destination, version, active, password=bool(password), token=bool(token))
    emit({"destination": destination.id, "version": version and version.number, "url": url, "token": token})


def _password(from_stdin: bool, *, known: bool) -> str | None:
    """Returns the password that is given; None to keep the one that is known."""
    if from_stdin:
        if password := sys.stdin.readline().strip():
            return password
        raise Complaint("There is no password on standard input.")
    if not sys.stdin.isatty():
        return None
    question = "MoEngage's DATA APP KEY" + (" (empty keeps the one there is)" if known else "")
    answer: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
    return answer.strip() or None


def _tell(
    destination: Destination, version: Version | None, before: Version | None, *, password: bool, token: bool
) -> None:
    what = f"{destination.id}, MoEngage data center {destination.region}"
    if version is before:
        say(f"{what}: the document is unchanged.")
    else:
        say(f"{what}: version {version and version.number} is published.")
    say("The password is written." if password else "The password stays.")
    if token:
        say("Paste this URL and token into AEP. The token is shown this once: keep it safe.")
    else:
        say("The token stays; --new-token makes another.")
