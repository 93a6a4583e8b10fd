"""Messages of the retry queue: profiles exactly as AEP sent them, why they are retried, and when."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage import json_text
from aep_moengage.delivery.updates import Kind, Update, update_of
from aep_moengage.outcomes import AWAITING_OPERATOR, AWAITING_OTHERS, Reason, RetryReason
from aep_moengage.queues.message_text import content_size, message_text

MESSAGE_BYTES = 256 * 1024  # of one message that carries several profiles; SQS takes 1 MiB
_FIRST_BACKOFF = 2.0  # seconds, as the two below
_LONGEST_BACKOFF = 900.0
_LONGEST_AWAITING_OPERATOR = 300.0  # an operator's fix or `resume` takes effect within minutes


class RetryMessage(Struct, frozen=True):
    """Profiles or events of one request, each with its index there. Times are epoch milliseconds.

    `since` is when the retry window began: when the request came, or when its profiles ceased to wait for an operator,
    or its events for their user to be known. Of events that are held it is when that began.
    """

    destination: str
    request: str
    received: int
    reason: Reason
    since: int
    profiles: tuple[tuple[int, Any], ...]
    attempts: int = 0
    kind: Kind = Kind.PROFILES

    def updates(self, attempts: int, *, in_custody: bool) -> list[Update]:
        """Returns the profiles as updates, after so many attempts."""
        return [
            update_of(
                profile,
                received_ms=self.received,
                index=index,
                request=self.request,
                attempts=attempts,
                in_custody=in_custody,
                kind=self.kind,
                held_ms=self.since if self.reason is RetryReason.HELD else None,
            )
            for index, profile in self.profiles
        ]

    def only(self, places: Sequence[int], reason: Reason) -> "RetryMessage":
        """Returns a message of the profiles at these places, retried for this reason."""
        return replace(self, profiles=tuple(self.profiles[place] for place in places), reason=reason)

    def to_json(self) -> str:
        """Returns the message's body."""
        return message_text(self)


def first_message(
    destination: str,
    request: str,
    received: int,
    elements: Iterable[tuple[int, Any]],
    *,
    reason: Reason = RetryReason.QUEUED,
    kind: Kind = Kind.PROFILES,
) -> RetryMessage:
    """Returns the message of what has just arrived: elements of a request, each with its index there."""
    return RetryMessage(destination, request, received, reason, since=received, profiles=tuple(elements), kind=kind)


def _timestamp(milliseconds: Any) -> int:
    """Returns epoch milliseconds if the calendar has them."""
    datetime.fromtimestamp(milliseconds / 1000, UTC)
    return int(milliseconds)


_MEMBERS: dict[str, Callable[[Any], Any]] = {
    "destination": str,
    "request": str,
    "received": _timestamp,
    "reason": RetryReason,
    "since": _timestamp,
    "profiles": lambda entries: tuple((int(index), profile) for index, profile in entries),
    "attempts": int,
}
_OPTIONAL: dict[str, Callable[[Any], Any]] = {"kind": Kind}


def parse_retry_message(body: str) -> RetryMessage:
    """Returns the message that a body holds; raises `ValueError` if this connector did not write it."""
    try:
        content = json_text.read(body)
        members = {name: read(content[name]) for name, read in _MEMBERS.items()}
        members |= {name: read(content[name]) for name, read in _OPTIONAL.items() if name in content}
        return RetryMessage(**content | members)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:  # which may quote the message
        raise ValueError(f"not a message of the retry queue: {type(error).__name__}") from None


def split(message: RetryMessage, most_bytes: int = MESSAGE_BYTES) -> Iterator[RetryMessage]:
    """Splits profiles over messages of at most `most_bytes` each, unless one profile alone is larger."""
    portion: list[tuple[int, Any]] = []
    room = most_bytes
    for entry in message.profiles:
        size = content_size(entry)
        if portion and size > room:
            yield replace(message, profiles=tuple(portion))
            portion, room = [], most_bytes
        portion.append(entry)
        room -= size
    if portion:
        yield replace(message, profiles=tuple(portion))


def backoff_seconds(attempts: int, reason: Reason | None, retry_after: float | None = None) -> float:
    """Returns the seconds until the next attempt: exponential with full jitter, at least `retry_after`.

    What is throttled or held waits for `retry_after` alone, with jitter upwards: a backlog must not come back all at
    once.
    """
    asked_for = (retry_after or 0.0) * random.uniform(1.0, 1.25)  # noqa: S311 # jitter needs no secrecy
    if retry_after and reason in {RetryReason.THROTTLED, RetryReason.HELD}:
        return min(max(asked_for, 1.0), _LONGEST_BACKOFF)
    longest = _LONGEST_AWAITING_OPERATOR if reason in AWAITING_OPERATOR else _LONGEST_BACKOFF
    exponential = random.uniform(1.0, min(longest, _FIRST_BACKOFF * 2 ** min(attempts, 16)))  # noqa: S311 # as above
    return min(max(exponential, asked_for), _LONGEST_BACKOFF)


def given_up(message: RetryMessage, now: float, window_seconds: float) -> bool:
    """Returns whether the retry window is over; it runs only while MoEngage is what a message waits for."""
    return message.reason not in AWAITING_OTHERS and now - message.since / 1000 > window_seconds
