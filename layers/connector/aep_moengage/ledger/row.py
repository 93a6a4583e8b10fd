"""A row of the ledger: what is known of one user of a destination."""

from dataclasses import dataclass


class LedgerUnavailable(Exception):
    """DynamoDB did not answer, or not in time: nothing may be sent that depends on the ledger."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What is known of one user. Times are epoch seconds; `version` counts the writes."""

    user: str
    version: int = 0
    sequence: str = ""  # of the newest update that MoEngage may have, or that is in custody and was let through
    delivered: str | None = None  # digest of the customer record that MoEngage holds; None: not known
    audiences: frozenset[str] | None = None  # names that MoEngage was last told events about; None: never
    listed: frozenset[str] = frozenset()  # names that MoEngage's audience attribute may hold
    lease: float = 0.0  # until when an update is in flight
    merged: bool = False  # nothing of it is left to merge: retired into a named user, or never delivered
    expires: int = 0
