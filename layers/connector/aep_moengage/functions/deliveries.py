"""Deliveries: what delivers profiles, and what delivers events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.event_delivery import EventDelivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Kind
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.ledger.known_users import KnownUsers
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.moengage.pacing import UNPACED, Pace
from aep_moengage.moengage.requests import Send


class _How(TypedDict):
    longest_call: float
    known: KnownUsers
    pace: Pace
    sleep: Callable[[float], None] | None


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Makes deliveries, which share the ledgers of all destinations."""

    profiles: Ledger
    events: EventLedger
    known: KnownUsers

    def to(
        self,
        active: ActiveDestination,
        kind: Kind,
        send: Send,
        *,
        longest_call: float,
        pace: Pace = UNPACED,
        sleep: Callable[[float], None] | None = None,
    ) -> Delivery | EventDelivery:
        """Returns the delivery of profiles or of events to a destination."""
        how: _How = {"longest_call": longest_call, "known": self.known, "pace": pace, "sleep": sleep}
        if kind is Kind.EVENTS:
            return EventDelivery(active, self.events, send, **how)
        return Delivery(active, self.profiles, send, **how)
