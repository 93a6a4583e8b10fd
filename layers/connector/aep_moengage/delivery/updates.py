"""A profile update, and its place in the order of all updates of its user."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct


class Kind(StrEnum):
    """What a sender posts: profiles, of which the newest counts, or events, of which each counts."""

    PROFILES = "profiles"
    EVENTS = "events"

    @property
    def one(self) -> str:
        """What one of them is called."""
        return self.value.removesuffix("s")


@dataclass(frozen=True, slots=True, order=True)
class UpdateSequence:
    """The place of an update in the order of its user's updates.

    `received_ms` is the gateway's request time in epoch milliseconds, then comes the profile's index in the request;
    the request's id makes a sequence unique.
    """

    received_ms: int = 0
    index: int = 0
    request: str = ""

    def __str__(self) -> str:
        return f"{self.received_ms:013d}-{self.index:06d}-{self.request}" if self != BEFORE_ALL else ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Returns the sequence that `str` wrote; an empty text is that before all others."""
        if not text:
            return cls()
        received, index, request = text.split("-", 2)
        return cls(int(received), int(index), request)


BEFORE_ALL = UpdateSequence()


class Update(Struct, frozen=True):
    """A profile or an event as it was sent.

    `attempts` counts earlier deliveries; `in_custody`: a queue keeps it until it is done. An update that is not in
    custody may be lost with its request: its sender may never hear of it. `held_ms`: since when an event has waited for
    its user to be known, in epoch ms; None where it has not yet.
    """

    profile: Any
    sequence: UpdateSequence
    received: datetime
    attempts: int = 0
    in_custody: bool = False
    kind: Kind = Kind.PROFILES
    held_ms: int | None = None


def update_of(
    profile: Any,
    *,
    received_ms: int,
    index: int,
    request: str,
    attempts: int = 0,
    in_custody: bool = False,
    kind: Kind = Kind.PROFILES,
    held_ms: int | None = None,
) -> Update:
    """Returns a profile as an update, given when and where it came."""
    received = datetime.fromtimestamp(received_ms / 1000, UTC)
    return Update(profile, UpdateSequence(received_ms, index, request), received, attempts, in_custody, kind, held_ms)
