"""Messages of the dead-letter queue: profiles that were rejected, each with the reason, ready to be redriven."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from aep_moengage import json_text
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind
from aep_moengage.outcomes import NO_OBJECTS, Outcome, RejectReason, RetryReason
from aep_moengage.queues.message_text import message_text
from aep_moengage.queues.retry_messages import RetryMessage, split


class DeadLetter(Struct, frozen=True):
    """One profile or event, exactly as it was sent, with its index in its request. Times are epoch milliseconds.

    `why` is safe to show: it holds no personal data. `said`, MoEngage's own words, may hold some. `others` are further
    elements of the request, with their indexes, where all of them are no profiles: a million zeros in a body must not
    become a million messages.
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
    others: tuple[tuple[int, Any], ...] = ()
    kind: Kind = Kind.PROFILES
    said: str = ""

    @property
    def profiles(self) -> tuple[tuple[int, Any], ...]:
        """Everything in it, each with its index."""
        return (self.index, self.profile), *self.others

    def to_retry_message(self, now_ms: int) -> RetryMessage:
        """Returns what is in it as a message to retry: its retry window begins now, its place in the order stays."""
        return RetryMessage(
            destination=self.destination,
            request=self.request,
            received=self.received,
            reason=RetryReason.TRANSIENT,
            since=now_ms,
            profiles=self.profiles,
            attempts=self.attempts,
            kind=self.kind,
        )

    def to_json(self) -> str:
        """Returns the message's body."""
        return message_text(self)


def dead_letters(message: RetryMessage, results: Sequence[Result], now: float, attempts: int) -> list[DeadLetter]:
    """Returns the dead letters of a message, given a result for each profile; `now` is epoch seconds."""
    return [
        _dead_letter(message, portion.profiles, results[places[0]], now, attempts)
        for places in _places(results)
        for portion in split(message.only(places, message.reason))
    ]


def _places(results: Sequence[Result]) -> list[list[int]]:
    """The places of rejected profiles, each alone; those that are no profiles are together."""
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, result in enumerate(results):
        if result.outcome is Outcome.REJECTED:
            together = result.reason in NO_OBJECTS
            places[-1 if together else place, result.why].append(place)
    return list(places.values())


def _dead_letter(
    message: RetryMessage, profiles: Sequence[tuple[int, Any]], result: Result, now: float, attempts: int
) -> DeadLetter:
    (index, profile), *others = profiles
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
        others=tuple(others),
        kind=message.kind,
        said=result.said,
    )


def parse_dead_letter(body: str) -> DeadLetter:
    """Returns the dead letter that a body holds; raises `ValueError` if this connector did not write it."""
    try:
        content = json_text.read(body)
        others = tuple((int(index), profile) for index, profile in content.get("others", ()))
        kind = Kind(content.get("kind", Kind.PROFILES))
        return DeadLetter(**content | {"reason": RejectReason(content["reason"]), "others": others, "kind": kind})
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:  # which may quote the message
        raise ValueError(f"not a message of the dead-letter queue: {type(error).__name__}") from None
