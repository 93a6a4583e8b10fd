"""What a queue holds and promises, whatever service it runs on."""

from collections.abc import Iterable, Sequence
from typing import Protocol

BATCH_BYTES = 1024 * 1024  # SQS's limit of one batch, and of one message
ENTRY_OVERHEAD = 1024  # bytes that SQS may count for ids and the group
LARGEST_MESSAGE = BATCH_BYTES - ENTRY_OVERHEAD


class QueueUnavailable(Exception):
    """The queue did not take everything: what was handed over is not in custody."""


class Message(Protocol):
    """Anything that a queue holds: which destination it belongs to, and its body."""

    @property
    def destination(self) -> str: ...
    def to_json(self) -> str: ...


class Queue(Protocol):
    """One queue. Every method raises `QueueUnavailable` unless all messages were taken."""

    def put(self, messages: Iterable[Message]) -> None:
        """Puts messages, to be received at once."""

    def put_later(self, messages: Iterable[tuple[int, Message]]) -> None:
        """Puts messages, each to be received after so many seconds."""

    def hide(self, receipts: Sequence[tuple[str, float]]) -> None:
        """Hides received messages, each given by its receipt handle, for so many seconds."""
