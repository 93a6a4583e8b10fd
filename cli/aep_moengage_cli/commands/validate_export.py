"""`validate-export`: compares what the connector would send of a user with what MoEngage holds."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from aep_moengage.delivery.preview import names_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Update, update_of
from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.decision import digest
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.mapping import Action, CompiledMapping, Decision
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.moengage_account import read_user
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.workspaces import stored_workspace
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.profiles.comparison import ComparedAttribute, State, asked_attributes, compare
from aep_moengage_cli.profiles.ledger_entry import LedgerEntry, entry_of, read_row
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit

app = application()

_AGREES = {State.SAME, State.NOT_COMPARED}
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
    user: Annotated[str, typer.Option(metavar="USER", help="The user's customer_id in MoEngage.")],
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Compares the attributes that would be sent for a user with those that MoEngage holds.

    The user's last profile in the event files is mapped by the active version. Without event files the mapped
    attributes are shown as MoEngage holds them. The ledger shows when the last update arrived.

    MoEngage's Get User has to be enabled for the workspace, and may be some minutes behind. The output is the user's
    personal data.

    Example: `aep-moengage validate-export acme-production --user user-0 events/batch.json`

    Exit codes:

    * 0: MoEngage holds what would be sent; without event files: MoEngage has the user
    * 1: MoEngage holds something else, or the profile would not be sent
    * 2: an error, shown on stderr

    Needs: *View Profiles*
    """
    stack = find_stack(ctx, stack_name, region, profile)
    parsed = parse_destination(active_version(Publishing.of(stack), destination).document)
    decided = _decision(parsed, user, events) if events else None
    decision = decided.decision if decided else None
    row = read_row(stack, parsed, user)
    held = read_user(stored_workspace(stack, parsed), user, asked_attributes(parsed))
    entry = entry_of(row, destination, parsed.audience_attribute) if row else None
    rows = compare(parsed, _sent(parsed, decided, row), held or {})
    validation = _Validation(user, decision, held is not None, rows, entry)
    if as_json:
        emit({"destination": parsed.id, **_report(validation)})
    else:
        _show(validation)
    raise typer.Exit(0 if validation.agrees else 1)


@dataclass(frozen=True, slots=True)
class _Validation:
    """What was found about a user: the decision on the profile, what MoEngage holds, and the ledger's entry."""

    user: str
    decision: Decision | None
    in_moengage: bool
    rows: list[ComparedAttribute]
    entry: LedgerEntry | None

    @property
    def agrees(self) -> bool:
        """Whether MoEngage holds what would be sent."""
        sent = self.decision is None or self.decision.action is Action.DELIVER
        return self.in_moengage and sent and all(row.state in _AGREES for row in self.rows)

    @property
    def delivered(self) -> bool | None:
        """Whether the connector delivered exactly these attributes last; None if that is unknown, or there are none."""
        if self.entry is None or self.entry.digest is None or self.decision is None or self.decision.attributes is None:
            return None
        return self.entry.digest == digest(self.decision.attributes)


class _Decided(NamedTuple):
    update: Update
    decision: Decision


def _sent(destination: Destination, decided: _Decided | None, row: LedgerRow | None) -> dict[str, Any] | None:
    """The attributes that MoEngage should hold: the mapped ones, and the names of the audiences."""
    if decided is None or decided.decision.attributes is None:
        return None
    to = ActiveDestination(destination, 0, DEFAULT_ENDPOINT, None, ())
    names = names_of(to, decided.update, decided.decision, row)
    attributes: dict[str, Any] = json.loads(decided.decision.attributes)
    return attributes | ({destination.audience_attribute: names} if names else {})


def _decision(destination: Destination, user: str, events: Iterable[str]) -> _Decided:
    mapping, now_ms = CompiledMapping(destination), round(time.time() * 1000)
    decided = (
        _Decided(
            update_of(profile, received_ms=now_ms, index=0, request="validate-export"),
            mapping.transform(profile, now_ms),
        )
        for _, profile in read_profiles(events)
    )
    of_user = [each for each in decided if each.decision.customer_id == user]
    if not of_user:
        raise CommandError(
            f"No profile in the event files maps to the user {user}.",
            "`aep-moengage preview --destination FILE EVENT` shows the customer_id of each profile.",
        )
    return of_user[-1]


def _report(found: _Validation) -> dict[str, Any]:
    return {
        "customer_id": found.user,
        "in_moengage": found.in_moengage,
        "agrees": found.agrees,
        "decision": found.decision and found.decision.action,
        "reason": found.decision and found.decision.reason,
        "attributes": [asdict(row) for row in found.rows],
        "ledger": found.entry and asdict(found.entry) | {"delivered": found.delivered},
    }


def _show(found: _Validation) -> None:
    console = Console(highlight=False)
    if not found.in_moengage:
        console.print(f"MoEngage has no user {found.user}.", markup=False)
    if found.decision and found.decision.action is not Action.DELIVER:
        why = f"{found.decision.action}, {found.decision.reason}"
        console.print(f"The profile would not be sent: {why}.", markup=False)
    if found.rows:
        console.print(_table(found.rows))
    console.print(_noted(found), markup=False)


def _table(rows: Sequence[ComparedAttribute]) -> Table:
    shown = table(column("attribute", whole=True), "would be sent", "MoEngage holds", column("", whole=True))
    for row in rows:
        sent = f"without {_text(list(row.without))}" if row.without else _text(row.sent)
        cells = row.attribute, sent, _text(row.held), row.state.replace("_", " ")
        add_row(shown, *cells, style=_STYLES.get(row.state, ""))
    return shown


def _noted(found: _Validation) -> str:
    if found.entry is None:
        return "The ledger has no entry of this user: the connector has never delivered an update, or not recently."
    received = f"last update received {found.entry.received}, " if found.entry.received else ""
    return f"Ledger: {received}noted {found.entry.noted}{_delivered(found, found.entry)}."


def _delivered(found: _Validation, entry: LedgerEntry) -> str:
    if entry.withdrawn:
        return "; consent was withdrawn, and the user was removed from all audiences"
    if entry.digest is None:
        return "; it is not known what MoEngage accepted last"
    return {True: "; exactly this record was delivered", False: "; a different record was delivered", None: ""}[
        found.delivered
    ]


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
