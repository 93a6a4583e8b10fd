"""Dead letters: profiles that can never succeed as they are, each with why, ready to be shown and sent again."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from aep_moengage.outcomes import RejectReason, RetryReason
from aep_moengage.retry import Waiting


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One profile, exactly as AEP sent it, with its place in its request. Times are epoch milliseconds.

    `why` is safe to show: it holds no personal data.
    """

    destination: str
    request: str
    received: int
    index: int
    profile: Any
    reason: RejectReason
    why: str
    first_attempt: int
    last_attempt: int
    attempts: int

    def revived(self, now_ms: int) -> Waiting:
        """Returns the profile as one that waits: its retry window begins now, its place in the order stays."""
        return Waiting(
            destination=self.destination,
            request=self.request,
            received=self.received,
            reason=RetryReason.TRANSIENT,
            since=now_ms,
            profiles=((self.index, self.profile),),
            attempts=self.attempts,
        )

    def to_json(self) -> str:
        """Returns the message's body."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_dead_letter(body: str) -> DeadLetter:
    """Returns what a message's body says; raises `ValueError` if this connector did not write it."""
    try:
        content = json.loads(body)
        return DeadLetter(**{**content, "reason": RejectReason(content["reason"])})
    except (KeyError, TypeError, ValueError, RecursionError) as error:  # which may quote the message
        raise ValueError(f"not a message of the dead-letter queue: {type(error).__name__}") from None
