"""The profile ledger: one row per workspace and user, with what MoEngage holds and what is on its way there.

A row is read, decided on, and written only if nobody wrote it in between (its `version` is unchanged); who loses that
race reads and decides again. While an update is in flight its row carries a lease, so that two updates of one user are
never in flight at once. A lease that its holder does not give back ends by itself.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from aep_moengage.ledger.decision import Claim, ClaimStatus, Intent, decide
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.memberships import listed_names, without_exits
from aep_moengage.ledger.row import LedgerRow

KEPT_SECONDS = 90 * 86_400  # longer than a profile can wait: 14 days in each queue, redriven in between
LISTED_SECONDS = 2 * 365 * 86_400  # while MoEngage may list the user in an audience: consent may be withdrawn late
_ROUNDS = 4  # of reading, deciding and writing; an update that still loses the race is retried


class LedgerTable(Protocol):
    """The table of rows; both methods raise `LedgerUnavailable`."""

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by user, as they are after every write that was answered."""

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """Writes rows, each given with whether it existed; returns for each whether it was written.

        It was not if another function wrote it first, or if the table refused it alone.
        """


class Ledger:
    """Decides who may send what; every method raises `LedgerUnavailable` when the table cannot be reached."""

    def __init__(
        self, table: LedgerTable, keys: Callable[[], LedgerKeys], clock: Callable[[], float] = time.time
    ) -> None:
        self._table = table
        self._keys = keys
        self._clock = clock

    def keys(self) -> LedgerKeys:
        """Returns what makes the keys of rows."""
        return self._keys()

    def now(self) -> float:
        """Returns the time that leases are measured in: epoch seconds."""
        return self._clock()

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by the users' keys."""
        return self._table.read(users)

    def find(self, workspace: str, customer_id: str) -> LedgerRow | None:
        """Returns what is known of a user of a workspace."""
        user = self._keys().user(workspace, customer_id)
        return self._table.read([user]).get(user)

    def claim(self, intents: Sequence[Intent], lease_seconds: float) -> list[Claim]:
        """Returns a claim per intent, in their order; users must be distinct."""
        claims: dict[str, Claim] = {}
        arriving = {intent.user for intent in intents}
        open_intents = list(intents)
        for _ in range(_ROUNDS):
            if not open_intents:
                break
            keys = [key for intent in open_intents for key in (intent.user, intent.anonymous) if key]
            now = self._clock()
            read = self._table.read(list(dict.fromkeys(keys)))
            rows = {user: _without_old_exits(row, now) for user, row in read.items()}
            decided = [decide(intent, rows, arriving, now, now + lease_seconds) for intent in open_intents]
            lost = self._write([(claim.row, claim.row is not None and claim.row.user in rows) for claim in decided])
            claims |= {intent.user: self._written(claim) for intent, claim in zip(open_intents, decided, strict=True)}
            open_intents = [intent for intent in open_intents if intent.user in lost]
        claims |= {intent.user: Claim(ClaimStatus.LEASED, wait=1.0) for intent in open_intents}
        return [claims[intent.user] for intent in intents]

    def lease_for_merge(self, user: str, lease_seconds: float) -> tuple[ClaimStatus, LedgerRow | None]:
        """Leases the row of an anonymous user that is to be merged; `unchanged` where there is nothing to merge.

        The row returned says with `merging` whether an earlier merge was asked for without an answer.
        """
        row = self._table.read([user]).get(user)
        if row is None or not row.mergeable:
            return ClaimStatus.UNCHANGED, None
        now = self._clock()
        if row.lease > now or self._write([(replace(row, lease=now + lease_seconds, merging=True), True)]):
            return ClaimStatus.LEASED, None
        return ClaimStatus.GRANTED, self._next(row)

    def settle(self, rows: Sequence[LedgerRow]) -> set[str]:
        """Writes leased rows back as they now are.

        Returns the users whose row was not written: their lease had ended and another took the row, or the table
        refused it.
        """
        return self._write([(row, True) for row in rows])

    def _written(self, claim: Claim) -> Claim:
        return claim if claim.row is None else replace(claim, row=self._next(claim.row))

    def _next(self, row: LedgerRow) -> LedgerRow:
        listed = listed_names(row.memberships)
        return replace(
            row,
            version=row.version + 1,
            sealed=row.sealed if listed else b"",
            expires=int(self._clock()) + kept_seconds(listed),
        )

    def _write(self, rows: Sequence[tuple[LedgerRow | None, bool]]) -> set[str]:
        """Writes rows, given whether each existed; returns the users whose row was not written."""
        due = [(self._next(row), existed) for row, existed in rows if row is not None]
        written = self._table.write(due)
        return {row.user for (row, _), done in zip(due, written, strict=True) if not done}


def _without_old_exits(row: LedgerRow, now: float) -> LedgerRow:
    """Forgets exits that were noted so long ago that no older message can still be waiting.

    When an exit was noted counts, not its qualification time: that may be the time of an entry long ago.
    """
    noted = row.expires - kept_seconds(listed_names(row.memberships))
    return replace(row, memberships=without_exits(row.memberships)) if noted + KEPT_SECONDS < now else row


def kept_seconds(listed: object) -> int:
    """Returns for how long a row is kept after it was written, given the names that MoEngage may list it under."""
    return LISTED_SECONDS if listed else KEPT_SECONDS
