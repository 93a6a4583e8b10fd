"""The profile ledger: one row per destination and user that says what MoEngage holds and what is on its way there.

A row is read, decided on, and written only if nobody wrote it meanwhile (its `version` is unchanged): whoever loses
that race reads and decides anew. While an update is on its way its row carries a lease, so that two updates of one
user are never in flight at once; a lease that its holder did not give back ends by itself.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from aep_moengage.ledger.row import LedgerRow

KEPT_SECONDS = 90 * 86_400  # longer than a profile can wait: 14 days in each queue, redriven in between
LISTED_SECONDS = 2 * 365 * 86_400  # of a user whom MoEngage holds in an audience: consent may be withdrawn late
WITHDRAWN = "withdrawn"  # in the place of a digest: the user was taken out of all audiences, and not delivered since
_ROUNDS = 4  # of reading, deciding and writing; who still loses waits in the retry queue


@dataclass(frozen=True, slots=True)
class Intent:
    """What an update wants to make of its user.

    `digest` is that of the customer record, or WITHDRAWN. `kept`: the update is in custody already; one that is not
    must not shut out older ones until MoEngage may have it, because its sender may never hear of it. `listed` are the
    audience names that the record sets. `audiences` computes, from the audience names that MoEngage was told events
    about before (None: never), those after this update; None where membership is not tracked.
    """

    user: str
    sequence: str
    digest: str
    kept: bool = False
    anonymous: str | None = None
    listed: frozenset[str] = frozenset()
    audiences: Callable[[frozenset[str] | None], frozenset[str]] | None = None

    @property
    def withdraws(self) -> bool:
        """Whether the user is to be taken out of all audiences."""
        return self.digest == WITHDRAWN


class ClaimStatus(Enum):
    """How an update stands to what the ledger knows of its user."""

    GRANTED = "granted"  # go on; the lease is ours
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    WAITING = "waiting"  # another update of this user is in flight, or its answer was lost a moment ago


@dataclass(frozen=True, slots=True)
class Claim:
    """The ledger's answer to an intent.

    `row` is the leased row where granted. `before` is what MoEngage was last told of audiences. `merge_due`: the
    anonymous user may have to be merged into this one, and `inherited` are the audience names that come with it. `wait`
    is in seconds.
    """

    status: ClaimStatus
    row: LedgerRow | None = None
    customer_due: bool = True
    before: frozenset[str] | None = None
    merge_due: bool = False
    inherited: frozenset[str] = frozenset()
    wait: float = 0.0


class LedgerTable(Protocol):
    """The table of rows; both methods raise `LedgerUnavailable`."""

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by user, as they are after every write that was answered."""

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """Writes rows, each given with whether it existed; returns for each whether nobody else wrote it first."""


class Ledger:
    """Decides who may send what; every method raises `LedgerUnavailable` when the table cannot be reached."""

    def __init__(self, table: LedgerTable, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def now(self) -> float:
        """Returns the time that leases are measured in: epoch seconds."""
        return self._clock()

    def claim(self, intents: Sequence[Intent], lease_seconds: float) -> list[Claim]:
        """Returns a claim per intent, in their order; users must be distinct."""
        claims: dict[str, Claim] = {}
        arriving = {intent.user for intent in intents}
        open_intents = list(intents)
        for _ in range(_ROUNDS):
            if not open_intents:
                break
            keys = [key for intent in open_intents for key in (intent.user, intent.anonymous) if key]
            rows = self._table.read(list(dict.fromkeys(keys)))
            decided = {intent.user: self._decide(intent, rows, arriving, lease_seconds) for intent in open_intents}
            lost = self._write([(decided[i.user].row, i.user in rows) for i in open_intents])
            claims |= decided
            open_intents = [intent for intent in open_intents if intent.user in lost]
        claims |= {intent.user: Claim(ClaimStatus.WAITING, wait=1.0) for intent in open_intents}
        return [claims[intent.user] for intent in intents]

    def lease_unmerged(self, user: str, lease_seconds: float) -> tuple[ClaimStatus, LedgerRow | None]:
        """Leases the row of an anonymous user that is to be merged; unchanged where there is nothing to merge."""
        row = self._table.read([user]).get(user)
        if row is None or row.merged:
            return ClaimStatus.UNCHANGED, None
        now = self._clock()
        leased = self._next(row, lease=now + lease_seconds)
        if row.lease > now or self._write([(leased, True)]):
            return ClaimStatus.WAITING, None
        return ClaimStatus.GRANTED, leased

    def settle(self, rows: Sequence[LedgerRow]) -> set[str]:
        """Writes leased rows back as they now are.

        Returns the users of whom nothing was noted, because their lease had ended and another took the row.
        """
        return self._write([(self._next(row), True) for row in rows])

    def _decide(self, intent: Intent, rows: dict[str, LedgerRow], arriving: set[str], lease_seconds: float) -> Claim:
        now = self._clock()
        lease = now + lease_seconds
        row = rows.get(intent.user)
        merge_due = _merge_due(intent, rows, arriving)
        inherited = rows[intent.anonymous].listed if merge_due and intent.anonymous in rows else frozenset()
        if row is None and intent.withdraws:  # what is older must not be delivered after it
            return Claim(ClaimStatus.UNCHANGED, self._kept(_absent(intent)))
        if row is None:
            sequence = intent.sequence if intent.kept else ""
            fresh = LedgerRow(intent.user, version=1, sequence=sequence, listed=intent.listed | inherited, lease=lease)
            return Claim(ClaimStatus.GRANTED, self._kept(fresh), merge_due=merge_due, inherited=inherited)
        if row.sequence > intent.sequence:
            return Claim(ClaimStatus.SUPERSEDED)
        if row.lease > now:
            return Claim(ClaimStatus.WAITING, wait=row.lease - now)
        customer_due = row.delivered != intent.digest
        if (not customer_due and not merge_due and _told(intent, row)) or (intent.withdraws and row.merged):
            newer = self._next(row, sequence=intent.sequence) if row.sequence != intent.sequence else None
            return Claim(ClaimStatus.UNCHANGED, newer)
        leased = self._next(
            row,
            sequence=intent.sequence if intent.kept else row.sequence,
            lease=lease,
            delivered=None if customer_due else row.delivered,
            listed=row.listed | intent.listed | inherited,  # whatever becomes of the call
            merged=False,
        )
        return Claim(ClaimStatus.GRANTED, leased, customer_due, row.audiences, merge_due, inherited)

    def _next(self, row: LedgerRow, **changes: object) -> LedgerRow:
        return self._kept(replace(row, version=row.version + 1, **changes))  # type: ignore[arg-type] # replace() is not typed by field

    def _kept(self, row: LedgerRow) -> LedgerRow:
        return replace(row, expires=int(self._clock()) + kept_seconds(row.listed))

    def _write(self, rows: Sequence[tuple[LedgerRow | None, bool]]) -> set[str]:
        """Writes rows, given whether each existed; returns the users whose row somebody else wrote first."""
        due = [(row, existed) for row, existed in rows if row is not None]
        written = self._table.write(due)
        return {row.user for (row, _), done in zip(due, written, strict=True) if not done}


def _absent(intent: Intent) -> LedgerRow:
    """The row of a user who was never delivered, and so has nothing to be taken out of and nothing to merge."""
    return LedgerRow(intent.user, version=1, sequence=intent.sequence, delivered=WITHDRAWN, merged=True)


def _told(intent: Intent, row: LedgerRow) -> bool:
    return intent.audiences is None or intent.audiences(row.audiences) == (row.audiences or frozenset())


def _merge_due(intent: Intent, rows: dict[str, LedgerRow], arriving: set[str]) -> bool:
    if intent.anonymous is None:
        return False
    anonymous = rows.get(intent.anonymous)
    return intent.anonymous in arriving or (anonymous is not None and not anonymous.merged)


def kept_seconds(listed: object) -> int:
    """Returns for how long a row is kept after it was written, given the audiences that it lists."""
    return LISTED_SECONDS if listed else KEPT_SECONDS


def user_key(destination: str, customer_id: str) -> str:
    """Returns the row key of a user: the same everywhere, and without the identity in it."""
    return hashlib.sha256(f"{destination}\0{customer_id}".encode("utf-8", "surrogatepass")).hexdigest()


def digest(record: bytes) -> str:
    """Returns the fingerprint of a customer record as it is sent."""
    return hashlib.sha256(record).hexdigest()[:32]
