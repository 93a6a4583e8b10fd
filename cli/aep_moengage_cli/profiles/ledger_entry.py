"""A user's entry in the ledger, as an operator reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aep_moengage.ledger.ledger import kept_seconds, user_key

_MILLISECONDS_DIGITS = 13  # at the beginning of a sequence: when the update was received


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The ledger's entry of a user. Times are ISO 8601, UTC.

    `received`: when the newest update arrived that MoEngage may hold. `noted`: when the entry was last written.
    `digest`: the digest of the record that MoEngage holds, if it is known.
    """

    received: str | None
    noted: str
    digest: str | None


def read_entry(dynamodb: Any, table: str, destination: str, customer_id: str) -> LedgerEntry | None:
    """Returns a user's entry; None if the connector has not seen the user, or not for a long time."""
    key = {"user": {"S": user_key(destination, customer_id)}}
    item: Mapping[str, Any] | None = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        return None
    sequence = item["sequence"]["S"]
    received = _iso(int(sequence[:_MILLISECONDS_DIGITS]) / 1000) if sequence else None
    noted = int(item["expires"]["N"]) - kept_seconds(item.get("listed", {}).get("L"))
    return LedgerEntry(received, _iso(noted), item["delivered"].get("S"))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
