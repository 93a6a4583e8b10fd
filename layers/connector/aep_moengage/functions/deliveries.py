"""Deliveries: what delivers profiles, and what delivers events."""

from collections.abc import Callable
from dataclasses import dataclass

from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.event_delivery import EventDelivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Kind
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.moengage.pacing import UNPACED, Pace
from aep_moengage.moengage.requests import Send


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Makes deliveries, which share the ledgers of all destinations."""

    profiles: Ledger
    events: EventLedger

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
        if kind is Kind.EVENTS:
            return EventDelivery(active, self.events, send, longest_call=longest_call, pace=pace, sleep=sleep)
        return Delivery(active, self.profiles, send, longest_call=longest_call, pace=pace, sleep=sleep)
