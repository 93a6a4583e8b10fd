"""The sweep: users whom MoEngage still lists under a former name, in a former attribute, or in a removed audience.

Each of them is updated with AEP's next message; a sweep does it now. The ledger records each updated user, so a sweep
that was interrupted continues when it is started again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import Result
from aep_moengage.ledger.index import AudienceIndex
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.memberships import activated
from aep_moengage.ledger.row import LedgerRow
from aep_moengage.mapping.audiences import AudienceKey, short_key
from aep_moengage.outcomes import Outcome

_BUDGET_SECONDS = 60.0  # of one batch
_TRIES = 5  # of a batch that MoEngage throttles, or whose users have updates in flight


@dataclass(frozen=True, slots=True)
class SweptBatch:
    """The results of some users: those `found` in the index, `outdated` among them, `updated` of these."""

    found: int
    outdated: int
    updated: int


@dataclass(frozen=True, slots=True)
class AudienceSweep:
    """Sweeps the users of audiences of one destination; `delivery` sends to it."""

    to: ActiveDestination
    index: AudienceIndex
    ledger: Ledger
    delivery: Delivery
    audiences: Sequence[AudienceKey]
    sleep: Callable[[float], None] = time.sleep

    def most(self) -> int:
        """Returns an upper bound of the users, quickly: some may be in other audiences only."""
        return self.index.count(self._keys)

    def run(self, *, users_per_second: float, dry_run: bool) -> Iterator[SweptBatch]:
        """Yields the results batch by batch; a dry run changes nothing."""
        for users in self.index.users(self._keys):
            started = time.monotonic()
            outdated = [row for row in self.ledger.read(users).values() if self._is_outdated(row)]
            updated = 0 if dry_run else self._update(outdated)
            yield SweptBatch(len(users), len(outdated), updated)
            if outdated and not dry_run:
                self.sleep(max(0.0, started + len(outdated) / users_per_second - time.monotonic()))

    @property
    def _keys(self) -> list[bytes]:
        return [short_key(audience) for audience in self.audiences]

    def _is_outdated(self, row: LedgerRow) -> bool:
        """Whether MoEngage may list the user as the destination no longer has it."""
        own = {key: each for key, each in row.memberships.items() if key in self._keys and self.to.id in each.owners}
        now = activated(own, self.to.mapping.activation, self.to.id)
        destined = row.destined(self.to.id).filling(self.to.destination.audience_attribute)
        return any(
            each.listed and (destined.former or self.to.id not in now[key].owners or each.listed != {now[key].name})
            for key, each in own.items()
        )

    def _update(self, rows: Sequence[LedgerRow]) -> int:
        keys = self.ledger.keys()
        opened = (keys.open(self.to.workspace.id, row.user, row.sealed) for row in rows)
        waiting = [customer_id for customer_id in opened if customer_id is not None]
        done = 0
        for _ in range(_TRIES):
            results = list(zip(waiting, self.delivery.refresh(waiting, Budget(_BUDGET_SECONDS)), strict=True))
            again = [(customer_id, result) for customer_id, result in results if _is_retried(result)]
            done += len(results) - len(again)
            waiting = [customer_id for customer_id, _ in again]
            if not waiting:
                break
            self.sleep(max(result.retry_after or 1.0 for _, result in again))
        return done


def _is_retried(result: Result) -> bool:
    return result.outcome is Outcome.RETRYING
