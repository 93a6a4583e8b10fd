"""What the deliveries of profiles and of events to a destination share."""

from collections.abc import Callable, Iterable

from aep_moengage.budget import Budget
from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.sending import Sender
from aep_moengage.ledger.known_users import KnownUsers
from aep_moengage.moengage.pacing import UNPACED, Pace
from aep_moengage.moengage.requests import Send


class DestinationDelivery[L]:
    """Delivers to one destination, with a ledger of what was sent.

    `send` answers a request within the seconds given and never raises; a call takes at most `longest_call` seconds.
    With `sleep` it waits for `pace`; without, records that would have to wait are retried. `known`: who anonymous users
    are; needed where the destination holds their events.
    """

    def __init__(
        self,
        to: ActiveDestination,
        ledger: L,
        send: Send,
        *,
        longest_call: float,
        known: KnownUsers | None = None,
        pace: Pace = UNPACED,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._to = to
        self._ledger = ledger
        self._send = send
        self._longest_call = longest_call
        self._known = known if to.destination.hold_seconds else None
        self._pace = pace
        self._sleep = sleep

    def _sender(self, budget: Budget) -> Sender:
        return Sender(self._to.workspace, self._send, budget, self._longest_call, pace=self._pace, sleep=self._sleep)

    def _pseudonyms(self, identities: Iterable[str]) -> tuple[str, ...]:
        """Returns what these users are called in logs; none where the destination has no trace key."""
        key = self._to.trace_key
        return tuple(pseudonym(key, identity) for identity in identities) if key else ()
