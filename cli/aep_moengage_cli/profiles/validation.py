"""Validation of an export: what would be sent of a user, beside what MoEngage holds and what the ledger knows."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from aep_moengage.delivery.preview import names_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Update, update_of
from aep_moengage.document.destination import Destination
from aep_moengage.ledger.decision import digest
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.mapping import Action, CompiledMapping, Decision
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.moengage_account import read_user
from aep_moengage_cli.destinations.workspaces import stored_workspace
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.comparison import ComparedAttribute, State, asked_attributes, compare
from aep_moengage_cli.profiles.ledger_entry import LedgerEntry, entry_of, read_row

_AGREES = {State.SAME, State.NOT_COMPARED}


@dataclass(frozen=True, slots=True)
class Validation:
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


def validate(stack: Stack, destination: Destination, user: str, profiles: Iterable[Any] | None) -> Validation:
    """Compares the user's last profile, if profiles are given, with what MoEngage holds.

    Raises:
        CommandError: if no profile is the user's, or MoEngage can't be asked.
    """
    decided = None if profiles is None else _decision(destination, user, profiles)
    row = read_row(stack, destination, user)
    held = read_user(stored_workspace(stack, destination), user, asked_attributes(destination))
    entry = entry_of(row, destination.id, destination.audience_attribute) if row else None
    rows = compare(destination, _sent(destination, decided, row), held or {})
    return Validation(user, decided.decision if decided else None, held is not None, rows, entry)


def ledger_line(found: Validation) -> str:
    """Returns what the ledger knows of the user as a sentence."""
    if found.entry is None:
        return "The ledger has no entry of this user: the connector has never delivered an update, or not recently."
    received = f"last update received {found.entry.received}, " if found.entry.received else ""
    return f"Ledger: {received}noted {found.entry.noted}{_delivered(found, found.entry)}."


def _delivered(found: Validation, entry: LedgerEntry) -> str:
    if entry.withdrawn:
        return "; consent was withdrawn, and the user was removed from all audiences"
    if entry.digest is None:
        return "; it is not known what MoEngage accepted last"
    return {True: "; exactly this record was delivered", False: "; a different record was delivered", None: ""}[
        found.delivered
    ]


def _sent(destination: Destination, decided: _Decided | None, row: LedgerRow | None) -> dict[str, Any] | None:
    """The attributes that MoEngage should hold: the mapped ones, and the names of the audiences."""
    if decided is None or decided.decision.attributes is None:
        return None
    to = ActiveDestination(destination, 0, DEFAULT_ENDPOINT, None, ())
    names = names_of(to, decided.update, decided.decision, row)
    attributes: dict[str, Any] = json.loads(decided.decision.attributes)
    return attributes | ({destination.audience_attribute: names} if names else {})


def _decision(destination: Destination, user: str, profiles: Iterable[Any]) -> _Decided:
    mapping, now_ms = CompiledMapping(destination), round(time.time() * 1000)
    decided = (
        _Decided(
            update_of(profile, received_ms=now_ms, index=0, request="validate-export"),
            mapping.transform(profile, now_ms),
        )
        for profile in profiles
    )
    of_user = [each for each in decided if each.decision.customer_id == user]
    if not of_user:
        raise CommandError(
            f"No profile in the event files maps to the user {user}.",
            "`aep-moengage preview --destination FILE EVENT` shows the customer_id of each profile.",
        )
    return of_user[-1]
