"""Withdrawal: a user without consent is taken out of every activated audience that MoEngage may hold of them.

The ledger remembers which names MoEngage's audience attribute may hold. Of a user whom it does not know MoEngage was
told nothing: then nothing is sent, and only older updates are kept from being delivered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aep_moengage.delivery.results import Result, retry_later
from aep_moengage.delivery.updates import Update
from aep_moengage.delivery.user_changes import Candidate
from aep_moengage.ledger.ledger import WITHDRAWN, Intent, user_key
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.audiences import AudienceStatus, Membership, taken_out
from aep_moengage.mapping.mapping import Decision
from aep_moengage.moengage.limits import ARRAY_ELEMENTS
from aep_moengage.moengage.records import customer_record, encode
from aep_moengage.outcomes import Outcome, SkipReason

_NOBODY: frozenset[str] = frozenset()


@dataclass(slots=True)
class Withdrawal(Candidate):
    """Takes one user out of the audiences; `attribute` is the audience attribute's name."""

    attribute: str = ""

    def intent(self, *, events: bool) -> Intent:  # see Candidate, here and below
        return Intent(
            user=self.user,
            sequence=str(self.update.sequence),
            digest=WITHDRAWN,
            kept=self.kept,
            audiences=(lambda _: _NOBODY) if events else None,
        )

    def record(self) -> bytes | None:
        """Returns what takes the names out; it never creates a user."""
        names = self._names()
        attributes = taken_out(names, self.attribute)
        return encode(customer_record(self.customer_id, attributes, update_existing_only=True)) if names else None

    def accepted(self, row: LedgerRow) -> LedgerRow:
        listed = row.listed.difference(self._names())
        return replace(row, listed=listed, delivered=None if listed else WITHDRAWN)

    def membership(self, before: frozenset[str] | None) -> Membership:
        """Returns that every audience was left that MoEngage was told of."""
        return Membership(outside=tuple(AudienceStatus("", name, None) for name in before or ()))

    def done(self, outcome: Outcome, request_id: str | None = None) -> Result:  # noqa: ARG002
        """Returns that the profile is skipped; but not before all names are out, where they do not fit one record."""
        if self._listed().difference(self._names()):
            return retry_later(f"more than {ARRAY_ELEMENTS} audiences are taken out in several steps")
        return Result(Outcome.SKIPPED, SkipReason.CONSENT, request_id=request_id)

    def _listed(self) -> frozenset[str]:
        return self.claim.row.listed if self.claim.row else _NOBODY

    def _names(self) -> list[str]:
        """What the attribute may hold, then what the payload says besides; no more than an array takes."""
        listed = self._listed()
        besides = {status.name for status in self.decision.membership.inside} - listed
        return [*sorted(listed), *sorted(besides)][:ARRAY_ELEMENTS]


def withdrawals(
    destination: str, attribute: str, place: int, update: Update, decision: Decision
) -> Iterator[Withdrawal]:
    """Returns the candidates that an update without consent is: of its user, and of the anonymous one beside."""
    for customer_id in (decision.customer_id, decision.anonymous_id):
        if customer_id is not None:
            yield Withdrawal(
                place=place,
                update=update,
                decision=decision,
                customer_id=customer_id,
                user=user_key(destination, customer_id),
                digest=WITHDRAWN,
                beside=customer_id != decision.customer_id,
                attribute=attribute,
            )
