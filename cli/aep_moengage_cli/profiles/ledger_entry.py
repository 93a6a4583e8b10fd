"""A user's entry in the ledger, as an operator reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aep_moengage.delivery.updates import UpdateSequence
from aep_moengage.document.destination import Destination
from aep_moengage.ledger.ledger import Ledger, kept_seconds
from aep_moengage.ledger.memberships import listed_names, names_in
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable
from aep_moengage.ledger.secret import StackKeys
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The ledger's entry of a user for one destination. Times are ISO 8601, UTC.

    `received`: when the newest update arrived that MoEngage may hold. `noted`: when the entry was last written.
    `digest`: the digest of the attributes that MoEngage holds, if it is known. `audiences`: the names that MoEngage
    should show. `withdrawn`: the newest update has no consent.
    """

    received: str | None
    noted: str
    digest: str | None
    audiences: Sequence[str]
    withdrawn: bool


def stack_ledger(stack: Stack) -> Ledger:
    """Returns the ledger of a stack."""
    table = DynamoDBTable(stack.client("dynamodb"), stack.output("LedgerTableName"))
    return Ledger(table, StackKeys(stack.client("ssm"), stack.output("ParameterPath")))


def read_row(stack: Stack, destination: Destination, customer_id: str) -> LedgerRow | None:
    """Returns a user's row; None if the connector has not seen the user, or not for a long time.

    Raises:
        CommandError: if the ledger can't be read.
    """
    workspace = Workspace(destination.region, destination.username, "")
    try:
        return stack_ledger(stack).find(workspace.id, customer_id)
    except LedgerUnavailable as error:
        raise CommandError(f"The ledger can't be read ({error}): try again in a minute.") from error


def entry_of(row: LedgerRow, destination: str, attribute: str) -> LedgerEntry:
    """Returns a row as an entry for a destination with this audience attribute."""
    destined = row.destined(destination)
    sequence = UpdateSequence.parse(destined.sequence)
    received = _iso(sequence.received_ms / 1000) if destined.sequence else None
    noted = row.expires - kept_seconds(listed_names(row.memberships))
    names, _ = names_in(row.memberships, row.showing(attribute))
    return LedgerEntry(received, _iso(noted), destined.delivered, names, destined.withdrawn)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
