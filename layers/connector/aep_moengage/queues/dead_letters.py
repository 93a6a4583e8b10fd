"""Messages of the dead-letter queue: profiles that were rejected, each with the reason, ready to be redriven."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from aep_moengage.delivery.results import Result
from aep_moengage.outcomes import RejectReason, RetryReason
from aep_moengage.queues.retry_messages import RetryMessage


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One profile, exactly as AEP sent it, with its index in its request. Times are epoch milliseconds.

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

    def to_retry_message(self, now_ms: int) -> RetryMessage:
        """Returns the profile as a message to retry: its retry window begins now, its place in the order stays."""
        return RetryMessage(
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


def dead_letter(message: RetryMessage, place: int, result: Result, now: float, attempts: int) -> DeadLetter:
    """Returns the dead letter of the profile at a place of a message; `now` is epoch seconds."""
    index, profile = message.profiles[place]
    return DeadLetter(
        destination=message.destination,
        request=message.request,
        received=message.received,
        index=index,
        profile=profile,
        reason=RejectReason(result.reason or RejectReason.REFUSED),
        why=result.why,
        first_attempt=message.received,
        last_attempt=int(now * 1000),
        attempts=attempts,
    )


def parse_dead_letter(body: str) -> DeadLetter:
    """Returns the dead letter that a body holds; raises `ValueError` if this connector did not write it."""
    try:
        content = json.loads(body)
        return DeadLetter(**{**content, "reason": RejectReason(content["reason"])})
    except (KeyError, TypeError, ValueError, RecursionError) as error:  # which may quote the message
        raise ValueError(f"not a message of the dead-letter queue: {type(error).__name__}") from None
