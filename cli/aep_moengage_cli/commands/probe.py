"""`probe`: tries on a workspace what MoEngage's documentation leaves open."""

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aep_moengage.document.destination import Destination
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson
from aep_moengage_cli.destinations.credentials import check_credentials
from aep_moengage_cli.destinations.data_app_key import read_key
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import read_destination
from aep_moengage_cli.probing.calls import Calls
from aep_moengage_cli.probing.findings import QUESTIONS, Finding, findings
from aep_moengage_cli.probing.trial import PLAN, Evidence, Trial
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, say

app = application()

_HOLDS = {True: "holds", False: "does not hold", None: "not seen"}
_STYLES = {True: "green", False: "red", None: "yellow"}


@app.command()
def probe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A destination file: its workspace is probed.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send the requests. Default: only show them.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the DATA APP KEY from standard input.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait until MoEngage shows a write.")
    ] = 300.0,
    endpoint: Annotated[
        str, typer.Option(envvar="MOENGAGE_ENDPOINT", help="MoEngage's address; {dc} stands for the data center.")
    ] = DEFAULT_ENDPOINT,
    as_json: AsJson = False,
) -> None:
    """Tries on a workspace what MoEngage's documentation leaves open, with a test user that is deleted afterwards.

    Shows for each question what holds, what the connector assumes, and which switch of the destination file to set.
    Without --yes nothing is sent: the requests and the questions are shown. Try a test workspace first. The names
    probe_... stay in MoEngage's list of attributes, and `Probe` in its list of events.

    Example: `aep-moengage probe events/destination.yaml`

    Exit codes:

    * 0: every assumption holds that could be seen; or nothing was sent
    * 1: an assumption does not hold; the advice says what to do
    * 2: an error, shown on stderr

    Needs: *none*
    """
    destination, _ = read_destination(file)
    user = f"aep-moengage-probe-{secrets.token_hex(4)}"
    if not yes:
        _show_plan(destination, user)
        return
    workspace = _workspace(destination, endpoint, from_stdin=password_stdin)
    evidence = Trial(Calls(workspace), user, wait).run()
    found = _findings(evidence)
    if as_json:
        emit({"user": user, "deleted": evidence.deleted, "findings": [asdict(each) for each in found]})
    else:
        _show(found)
    if not evidence.deleted:
        say(f"The test user {user} could not be deleted: delete it in MoEngage.")
    raise typer.Exit(1 if any(each.holds is False for each in found) else 0)


def _workspace(destination: Destination, endpoint: str, *, from_stdin: bool) -> Workspace:
    key = read_key(from_stdin=from_stdin)
    if key is None:
        raise CommandError("MoEngage was not asked: give the DATA APP KEY with --password-stdin.")
    workspace = Workspace(destination.region, destination.username, key, endpoint)
    credentials = check_credentials(workspace, find_other_region=False)
    if not credentials.accepted:
        raise CommandError(credentials.detail)
    return workspace


def _findings(evidence: Evidence) -> list[Finding]:
    created = evidence.replies["create"]
    if not created.accepted:
        raise CommandError(f"MoEngage refused to create the test user ({created.status}); nothing else was tried.")
    return findings(evidence)


def _show_plan(destination: Destination, user: str) -> None:
    say(f"Workspace {destination.username} in data center {destination.region}; test user {user} (another in each run)")
    for number, step in enumerate(PLAN, start=1):
        say(f"{number}. {step}")
    say("It answers:")
    for question in QUESTIONS:
        say(f"- {question.text}")
    say("Nothing was sent. To send it, run this again with --yes.")


def _show(found: list[Finding]) -> None:
    console = Console(highlight=False)
    shown = table("question", "found", "the connector assumes", column("", whole=True))
    for each in found:
        add_row(shown, each.question, each.found, each.assumed, _HOLDS[each.holds], style=_STYLES[each.holds])
    console.print(shown)
    for each in found:
        if each.advice:
            console.print(f"{each.question} {each.advice}", markup=False, soft_wrap=True)
