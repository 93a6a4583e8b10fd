"""`validate-export`: compares what the connector would send of a user with what MoEngage holds."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import Action
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.profiles.comparison import ComparedAttribute, State
from aep_moengage_cli.profiles.validation import Validation, ledger_line, validate
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, read_line

app = application()

_STDIN = "-"
_STYLES = {State.SAME: "green", State.DIFFERS: "red", State.MISSING: "red", State.ONLY_HELD: "yellow"}


@app.command("validate-export")
def validate_export(
    ctx: typer.Context,
    destination: DestinationId,
    events: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EVENT]...", help="Files of profiles, the user's among them; - reads stdin."),
    ] = None,
    *,
    user: Annotated[
        str,
        typer.Option(
            metavar="USER",
            help="The user's customer_id in MoEngage; - reads it from stdin, to keep it out of shell histories.",
        ),
    ],
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Compares the attributes that would be sent for a user with those that MoEngage holds.

    The user's last profile in the event files is mapped by the active version. Without event files the mapped
    attributes are shown as MoEngage holds them. The ledger shows when the last update arrived.

    MoEngage's Get User has to be enabled for the workspace, and may be some minutes behind. The output is the user's
    personal data.

    Example: `aep-moengage validate-export acme-production --user user-001 events/batch.json`

    Exit codes:

    * 0: MoEngage holds what would be sent; without event files: MoEngage has the user
    * 1: MoEngage holds something else, or the profile would not be sent
    * 2: an error, shown on stderr

    Needs: *View Profiles*
    """
    if user == _STDIN and _STDIN in (events or ()):
        raise CommandError("Only one of the user and the profiles can be read from stdin.")
    customer_id = read_line() if user == _STDIN else user
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    parsed = parse_destination(active_version(Publishing.of(stack), destination).document)
    profiles = [each for _, each in read_profiles(events)] if events else None
    validation = validate(stack, parsed, customer_id, profiles)
    if as_json:
        emit({"destination": parsed.id, **_report(validation)})
    else:
        _show(validation)
    raise typer.Exit(0 if validation.agrees else 1)


def _report(found: Validation) -> dict[str, Any]:
    return {
        "customer_id": found.user,
        "in_moengage": found.in_moengage,
        "agrees": found.agrees,
        "decision": found.decision and found.decision.action,
        "reason": found.decision and found.decision.reason,
        "attributes": [asdict(row) for row in found.rows],
        "ledger": found.entry and asdict(found.entry) | {"delivered": found.delivered},
    }


def _show(found: Validation) -> None:
    console = Console(highlight=False)
    if not found.in_moengage:
        console.print(f"MoEngage has no user {found.user}.", markup=False)
    if found.decision and found.decision.action is not Action.DELIVER:
        why = f"{found.decision.action}, {found.decision.reason}"
        console.print(f"The profile would not be sent: {why}.", markup=False)
    if found.rows:
        console.print(_table(found.rows))
    console.print(ledger_line(found), markup=False)


def _table(rows: Sequence[ComparedAttribute]) -> Table:
    shown = table(column("attribute", whole=True), "would be sent", "MoEngage holds", column("", whole=True))
    for row in rows:
        sent = f"without {_text(list(row.without))}" if row.without else _text(row.sent)
        cells = row.attribute, sent, _text(row.held), row.state.replace("_", " ")
        add_row(shown, *cells, style=_STYLES.get(row.state, ""))
    return shown


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
