"""A profile update in our custody, and its place in the order of all updates of its user."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Update:
    """A profile as AEP sent it; `sequence` orders the updates of a user, `attempts` were made to deliver it before."""

    profile: Any
    sequence: str
    received: datetime
    attempts: int = 0


def update_of(profile: Any, *, received_ms: int, index: int, request: str, attempts: int = 0) -> Update:
    """Returns the update that a profile is, from where and when it came.

    The sequence is the gateway's request time in epoch milliseconds, then the place in the request; the request's id
    makes it one of a kind. It sorts as text.
    """
    sequence = f"{received_ms:013d}-{index:06d}-{request}"
    return Update(profile, sequence, datetime.fromtimestamp(received_ms / 1000, UTC), attempts)
