"""`connect`: creates or updates a destination from its file, and creates the token for AEP."""

import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aep_moengage.document.destination import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage_cli.adobe.card import card_fields
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Local, Profile, Region, ShareAttributes, StackName, Why, Yes
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.capturing import next_steps, unmapped
from aep_moengage_cli.destinations.data_app_key import QUESTION, read_key
from aep_moengage_cli.destinations.editing import propose, say_if_paused, show_difference
from aep_moengage_cli.destinations.moengage_account import check_connection
from aep_moengage_cli.destinations.outdated_audiences import offer_sweep
from aep_moengage_cli.destinations.publishing import PASSWORD, PRIMARY_TOKEN, TOKENS, Publishing
from aep_moengage_cli.destinations.shared_attributes import refuse_shared_attributes
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import destination_of, read_destination
from aep_moengage_cli.files.drafts import Heading, card_draft
from aep_moengage_cli.terminal import agreed, emit, say

app = application()
NOT_CONFIRMED = 1  # the exit code of a change that the operator did not confirm

_SAID_OF_TOKEN = {  # by whether one was created, and whether the sender needs one
    (True, True): "Enter this URL and token in AEP. The token is shown only once: store it safely.",
    (False, True): "The token stays. To replace it without a gap, run `aep-moengage rotate-token {}`.",
    (False, False): "No token was created: the card sends the DATA APP ID and KEY. Enter these fields in AEP.",
}


@app.command()
def connect(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The destination file, YAML or JSON; not needed with --capture or --adobe-card."
        ),
    ] = None,
    *,
    capture: Annotated[
        bool,
        typer.Option("--capture", help="Start paused: keep what AEP sends, before there is a mapping (`samples`)."),
    ] = False,
    adobe_card: Annotated[
        bool,
        typer.Option("--adobe-card", help="For a card of `adobe-card`: create no token, and show the card's fields."),
    ] = False,
    destination_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Without FILE: the destination's id.")
    ] = None,
    data_center: Annotated[
        str | None, typer.Option(metavar="DC", help="Without FILE: MoEngage's data center, such as 03.")
    ] = None,
    username: Annotated[
        str | None, typer.Option(metavar="DATA-APP-ID", help="Without FILE: MoEngage's DATA APP ID.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the DATA APP KEY from standard input.")
    ] = False,
    keep_password: Annotated[
        bool, typer.Option("--keep-password", help="Don't ask for the DATA APP KEY; keep the stored one.")
    ] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Create a new token; the existing ones end within a minute.")
    ] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="Don't ask MoEngage whether it accepts the key.")] = False,
    share_attributes: ShareAttributes = False,
    yes: Yes = False,
    why: Why = "connect",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Creates a destination from its file, or updates it: a new version, in effect within a minute.

    Asks for the password, MoEngage's DATA APP KEY. On an update an empty answer keeps the stored one. An update shows
    the difference but does not ask for confirmation; `apply` does. --new-token asks, because AEP's updates are refused
    until it has the new one; `rotate-token` has no such gap.

    MoEngage's Test Connection is asked first. If it refuses the credentials, nothing is published.

    Prints `destination`, `version`, `url` and `token`: as JSON unless standard output is a terminal. Enter the URL and
    the token in AEP. A token is shown only once; it is null if the existing tokens stay. The versions of a deleted
    destination continue from its last number.

    With --capture the destination starts paused, and FILE may be left out: nobody has a mapping before the first
    payload. AEP can send at once; `samples` shows what arrives, and it is all delivered after `resume`.

    With --adobe-card the mapping is done in Adobe's interface, and no FILE is needed: the document is that of
    `init --adobe-card`. No token is created, because the card sends the DATA APP ID and KEY. They have to be those that
    are stored here; a request can't choose another workspace. `card` says what to enter in the card's fields.

    Example: `aep-moengage connect destination.yaml --password-stdin < data-app-key.txt`

    Example: `aep-moengage connect --capture --id acme --data-center 03 --username ACME1234`

    Exit codes:

    * 0: connected
    * 1: you did not confirm --new-token; nothing was changed
    * 2: an error, shown on stderr; it is safe to run the command again

    Needs: *Manage Destinations*
    """
    if password_stdin and keep_password:
        raise CommandError("Use --password-stdin or --keep-password, not both.")
    fields = {"--id": destination_id, "--data-center": data_center, "--username": username}
    destination, document = _given(file, fields, adobe_card=adobe_card, capture=capture)
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    url, publishing = stack.profiles_url(destination.id), Publishing.of(stack)
    active = publishing.active(destination.id)
    secrets = {secret.name for secret in publishing.secrets(destination.id)}
    live = secrets.intersection(TOKENS)
    known = PASSWORD in secrets
    password = None if keep_password else _password(password_stdin, known=known)
    if not (password or known):
        raise CommandError(f"{destination.id} has no password yet: enter MoEngage's DATA APP KEY, or --password-stdin.")
    _confirm(destination.id, ends=live if new_token and not yes else frozenset())
    _refuse_to_replace(None if file else active, document)
    if not share_attributes:
        refuse_shared_attributes(publishing, parse_destination(active.document) if active else None, destination)
    if not no_test:
        _test(stack, destination, password)
    # before the secrets: of two operators at once, the second one writes nothing
    version = _published(stack, publishing, destination.id, document, active, why=why, paused=capture or None)
    if password:
        publishing.keep_secret(destination.id, PASSWORD, password)
    publishing.make_keys(destination.id)
    needs_token = new_token or not adobe_card
    token = _token(publishing, destination.id, live, new=new_token) if needs_token else None
    if active:
        offer_sweep(stack, parse_destination(active.document), destination)
    _report(destination, version, active, password=bool(password))
    say(_SAID_OF_TOKEN[bool(token), needs_token].format(destination.id))
    result = {"destination": destination.id, "version": version.number, "url": url, "token": token}
    _print(result, card_fields(destination) if adobe_card else {}, as_json=as_json or not sys.stdout.isatty())
    if capture:
        say(next_steps(destination, local=local))


def _given(
    file: Path | None, fields: Mapping[str, str | None], *, adobe_card: bool, capture: bool
) -> tuple[Destination, str]:
    """Returns the destination of the file, or without one that of the options; and its document as JSON."""
    names = ", ".join(fields)
    if file:
        if any(fields.values()):
            raise CommandError(f"Use FILE or {names}, not both.")
        return read_destination(file)
    if not (adobe_card or capture) or not all(fields.values()):
        raise CommandError(f"Give FILE, or --adobe-card with {names}, or --capture with the same.")
    destination_id, data_center, username = (str(value) for value in fields.values())
    heading = Heading(destination_id, destination_id, data_center, username)
    return destination_of(card_draft(heading)) if adobe_card else unmapped(heading)


def _confirm(destination: str, *, ends: Set[str]) -> None:
    """Asks whether live tokens may end; without one there is nothing to ask."""
    if not ends:
        return
    say(f"The tokens of {destination} end within a minute: AEP's updates are refused until it has the new one.")
    if not agreed("Replace them?"):
        say(f"Nothing was changed. `aep-moengage rotate-token {destination}` replaces a token without a gap.")
        raise typer.Exit(NOT_CONFIRMED)


def _test(stack: Stack, destination: Destination, password: str | None) -> None:
    """Raises `CommandError` unless MoEngage accepts a password; the stored one has been tested."""
    if not password:
        return
    tested = check_connection(destination.region, destination.username, password, stack.output("MoEngageEndpoint"))
    if not tested.accepted:
        raise CommandError(
            tested.detail,
            "Nothing was changed. `check FILE --online --find-region` asks the other data centers too; "
            "--no-test connects without asking.",
        )
    say(f"MoEngage accepts the credentials: {tested.name}.")


def _refuse_to_replace(active: Version | None, document: str) -> None:
    """Refuses a document of the options alone if another one is active: everything else in that one would be lost."""
    if active and propose(active, document).differences:
        raise CommandError(
            f"{active.destination} is connected with another document, which this would replace.",
            f"Give its FILE: aep-moengage destinations show {active.destination} > FILE. `aep-moengage pause "
            f"{active.destination}` keeps samples of what arrives for it.",
        )


def _print(result: Mapping[str, object], card: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        emit({**result, **({"card": card} if card else {})})
    else:
        _show({name: "unchanged" if value is None else value for name, value in result.items()})
        _show(card)


def _show(values: Mapping[str, object]) -> None:
    width = max(map(len, values), default=0) + 1
    for name, value in values.items():
        typer.echo(f"{name:<{width}}{value}")


def _password(from_stdin: bool, *, known: bool) -> str | None:
    """Returns the given password; None to keep the stored one."""
    question = f"{QUESTION} (leave empty to keep the stored one)" if known else QUESTION
    return read_key(from_stdin=from_stdin, question=question)


def _published(
    stack: Stack,
    publishing: Publishing,
    destination: str,
    document: str,
    active: Version | None,
    *,
    why: str,
    paused: bool | None,
) -> Version:
    """Publishes the document unless it is the active one; shows the difference. `paused`: None leaves it as it is."""
    if active:
        change = propose(active, document)
        if not change.differences and paused in {None, active.paused}:
            return active
        show_difference(change.lines, Console(stderr=True, highlight=False))
    who, what = stack.operator(), "paused" if paused else ""
    return publishing.publish(destination, document, after=active, who=who, why=why, what=what, paused=paused)


def _token(publishing: Publishing, destination: str, live: set[str], *, new: bool) -> str | None:
    """Creates a token if there is none, or a new one that replaces the existing ones."""
    if live and not new:
        return None
    token = publishing.make_token(destination, PRIMARY_TOKEN)
    publishing.forget_secrets(destination, sorted(live - {PRIMARY_TOKEN}))
    return token


def _report(destination: Destination, version: Version, before: Version | None, *, password: bool) -> None:
    what = f"{destination.id}, MoEngage data center {destination.region}"
    if version is before:
        say(f"{what}: the document is unchanged.")
    else:
        say(f"{what}: version {version.number} is published.")
    say_if_paused(version)
    say("The password is stored." if password else "The stored password stays.")
