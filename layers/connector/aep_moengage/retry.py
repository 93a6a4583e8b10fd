"""What waits: profiles in the retry queue, exactly as AEP sent them, and when each is tried again."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aep_moengage.outcomes import AWAITING_OPERATOR, Reason, RetryReason
from aep_moengage.updates import Update, update_of

MESSAGE_BYTES = 256 * 1024  # of one message that carries several profiles; SQS takes 1 MiB
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 900.0
_LONGEST_AWAITING_OPERATOR = 300.0  # probed seldom, and released within minutes of being mended or resumed


@dataclass(frozen=True, slots=True)
class Waiting:
    """Profiles of one request that wait, with their places in it. Times are epoch milliseconds.

    `since` is when the retry window began: when they came, or when what waited for an operator was released.
    """

    destination: str
    request: str
    received: int
    reason: Reason
    since: int
    profiles: tuple[tuple[int, Any], ...]
    attempts: int = 0

    def updates(self, attempts: int) -> list[Update]:
        """Returns the updates that the profiles are, after so many attempts."""
        return [
            update_of(profile, received_ms=self.received, index=index, request=self.request, attempts=attempts)
            for index, profile in self.profiles
        ]

    def only(self, places: Sequence[int], reason: Reason) -> "Waiting":
        """Returns a message of the profiles at these places, waiting for this reason."""
        return replace(self, profiles=tuple(self.profiles[place] for place in places), reason=reason)

    def to_json(self) -> str:
        """Returns the message's body."""
        return json.dumps(asdict(self), separators=(",", ":"))


def _moment(milliseconds: Any) -> int:
    """Epoch milliseconds, if the calendar has them."""
    datetime.fromtimestamp(milliseconds / 1000, UTC)
    return int(milliseconds)


_MEMBERS: dict[str, Callable[[Any], Any]] = {
    "destination": str,
    "request": str,
    "received": _moment,
    "reason": RetryReason,
    "since": _moment,
    "profiles": lambda entries: tuple((int(index), profile) for index, profile in entries),
    "attempts": int,
}


def read_waiting(body: str) -> Waiting:
    """Returns what a message's body says; raises `ValueError` if this connector did not write it."""
    try:
        content = json.loads(body)
        return Waiting(**content | {name: read(content[name]) for name, read in _MEMBERS.items()})
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:  # which may quote the message
        raise ValueError(f"not a message of the retry queue: {type(error).__name__}") from None


def portioned(waiting: Waiting, most_bytes: int = MESSAGE_BYTES) -> Iterator[Waiting]:
    """Splits profiles over messages of at most `most_bytes` each, unless one profile alone is larger."""
    portion: list[tuple[int, Any]] = []
    room = most_bytes
    for entry in waiting.profiles:
        size = len(json.dumps(entry, separators=(",", ":")))
        if portion and size > room:
            yield replace(waiting, profiles=tuple(portion))
            portion, room = [], most_bytes
        portion.append(entry)
        room -= size
    if portion:
        yield replace(waiting, profiles=tuple(portion))


def pause_before(attempts: int, reason: Reason | None, asked: float | None = None) -> float:
    """Returns the seconds until the next attempt: exponential with full jitter, and never less than was asked for.

    Whoever throttles says when to come again, so there only that counts, jittered upwards: a backlog must not come
    back all at once.
    """
    asked_for = (asked or 0.0) * random.uniform(1.0, 1.25)  # noqa: S311 # jitter needs no secrecy
    if asked and reason is RetryReason.THROTTLED:
        return min(max(asked_for, 1.0), _LONGEST_PAUSE)
    longest = _LONGEST_AWAITING_OPERATOR if reason in AWAITING_OPERATOR else _LONGEST_PAUSE
    exponential = random.uniform(1.0, min(longest, _FIRST_PAUSE * 2 ** min(attempts, 16)))  # noqa: S311 # as above
    return min(max(exponential, asked_for), _LONGEST_PAUSE)


def given_up(waiting: Waiting, now: float, window_seconds: float) -> bool:
    """Tells whether the retry window is over; it does not run while an operator is waited for."""
    return waiting.reason not in AWAITING_OPERATOR and now - waiting.since / 1000 > window_seconds
