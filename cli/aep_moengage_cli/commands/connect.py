"""`connect`: creates or updates a destination from its file, and makes the token that its sender shows."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aep_moengage.document.model import Destination
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName, Why
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.data_app_key import QUESTION, given_key
from aep_moengage_cli.destinations.editing import propose, show_difference
from aep_moengage_cli.destinations.publishing import PASSWORD, PRIMARY_TOKEN, TOKENS, Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.files.documents import read_destination
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
        bool, typer.Option("--new-token", help="Make a new token; those that there are end within a minute.")
    ] = False,
    why: Why = "connect",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Creates a destination from its file, or updates it: a new version, in use within a minute.

    Asks for the password, MoEngage's DATA APP KEY; on an update an empty answer keeps the one there is, and the
    difference is shown but not asked about: `apply` asks. Writes `destination`, `version`, `url` and `token`, as JSON
    unless a terminal reads them. The URL and the token go into AEP; a token is shown only once, and is null where
    those that there are stay. A destination that was deleted goes on counting its versions.

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
    active = publishing.active(destination.id)
    secrets = {secret.name for secret in publishing.secrets(destination.id)}
    password = None if keep_password else _password(password_stdin, known=PASSWORD in secrets)
    if not password and PASSWORD not in secrets:
        raise Complaint(f"{destination.id} has no password yet: give MoEngage's DATA APP KEY, as by --password-stdin.")
    # before the secrets, so that of two operators the second has written nothing
    version = _published(stack, publishing, destination.id, document, active, why=why)
    if password:
        publishing.keep_secret(destination.id, PASSWORD, password)
    publishing.make_keys(destination.id)
    token = _token(publishing, destination.id, secrets.intersection(TOKENS), new=new_token)
    _tell(destination, version, active, password=bool(password), token=bool(token))
    result = {"destination": destination.id, "version": version.number, "url": url, "token": token}
    if as_json or not sys.stdout.isatty():
        emit(result)
    else:
        for name, value in result.items():
            typer.echo(f"{name:<12}{value if value is not None else 'stays'}")


def _password(from_stdin: bool, *, known: bool) -> str | None:
    """Returns the password that is given; None to keep the one that is known."""
    return given_key(from_stdin=from_stdin, question=QUESTION + (" (empty keeps the one there is)" if known else ""))


def _published(
    stack: Stack, publishing: Publishing, destination: str, document: str, active: Version | None, *, why: str
) -> Version:
    """Publishes the document unless it is the active one; shows what changed."""
    if active:
        change = propose(active, document)
        if not change.differences:
            return active
        show_difference(change.lines, Console(stderr=True, highlight=False))
    return publishing.publish(destination, document, after=active, who=stack.operator(), why=why)


def _token(publishing: Publishing, destination: str, live: set[str], *, new: bool) -> str | None:
    """Makes a token if there is none, or a new one in place of those that there are."""
    if live and not new:
        return None
    token = publishing.make_token(destination, PRIMARY_TOKEN)
    publishing.forget_secrets(destination, sorted(live - {PRIMARY_TOKEN}))
    return token


def _tell(destination: Destination, version: Version, before: Version | None, *, password: bool, token: bool) -> None:
    what = f"{destination.id}, MoEngage data center {destination.region}"
    if version is before:
        say(f"{what}: the document is unchanged.")
    else:
        say(f"{what}: version {version.number} is published.")
    if version.paused:
        say(f"It is paused: nothing is sent until `aep-moengage resume {destination.id}`.")
    say("The password is written." if password else "The password stays.")
    if token:
        say("Paste this URL and token into AEP. The token is shown this once: keep it safe.")
    else:
        say("The token stays; --new-token makes another, rotate-token a second one beside it.")
