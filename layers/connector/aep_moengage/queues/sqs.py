"""The queues on SQS: messages go in full batches, side by side.

SQS may fail single entries of a batch. They are repeated once; one that fails again is an error.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.queues.message_text import text_size
from aep_moengage.queues.queue import BATCH_BYTES, ENTRY_OVERHEAD, LARGEST_MESSAGE, Message, QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ENTRIES = 10  # of one SQS batch
_AT_ONCE = 8  # batches sent side by side
LONGEST_DELAY = 900  # seconds, SQS's limit


type _Operation = Callable[..., dict[str, Any]]


class TooLargeForQueue(Exception):
    """A message is larger than SQS accepts; custody never puts one."""


class SqsQueue:
    """One queue. Every method raises `QueueUnavailable` unless SQS accepted all messages."""

    def __init__(self, client: Callable[[], "SQSClient"], url: str) -> None:
        """Takes what returns the client."""
        self._client = client
        self._url = url

    def put(self, messages: Iterable[Message]) -> None:
        """Puts messages, to be received at once."""
        self.put_later((0, message) for message in messages)

    def put_later(self, messages: Iterable[tuple[int, Message]]) -> None:
        """Puts messages, each to be received after so many seconds."""
        entries = [_entry(message, min(delay, LONGEST_DELAY)) for delay, message in messages]
        self._in_batches("send_message_batch", list(_batches(entries)))

    def hide(self, receipts: Sequence[tuple[str, float]]) -> None:
        """Hides received messages, each given by its receipt handle, for so many seconds."""
        entries = [{"ReceiptHandle": handle, "VisibilityTimeout": int(seconds)} for handle, seconds in receipts]
        self._in_batches("change_message_visibility_batch", list(_batches(entries)))

    def _in_batches(self, operation: str, batches: list[list[dict[str, Any]]]) -> None:
        if not batches:
            return
        call = partial(self._call, getattr(self._client(), operation))
        if len(batches) == 1:
            call(batches[0])
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(call, batches))

    def _call(self, operation: _Operation, entries: list[dict[str, Any]]) -> None:
        failed = self._failed(operation, entries)
        if failed:
            failed = self._failed(operation, [entries[place] for place, _ in failed])
        if failed:
            raise QueueUnavailable(f"SQS refused {len(failed)} of {len(entries)} messages: {failed[0][1]}")

    def _failed(self, operation: _Operation, entries: list[dict[str, Any]]) -> list[tuple[int, str]]:
        """Returns the entries that SQS did not take: the place of each, and the error code."""
        numbered = [entry | {"Id": str(number)} for number, entry in enumerate(entries)]
        try:
            answer = operation(QueueUrl=self._url, Entries=numbered)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"SQS did not accept a batch: {type(error).__name__}") from error
        return [(int(failed["Id"]), failed["Code"]) for failed in answer.get("Failed", [])]


def _entry(message: Message, delay_seconds: int) -> dict[str, Any]:
    # a fair queue: a destination with many messages does not delay those of the others
    body = message.to_json()
    if (size := text_size(body)) > LARGEST_MESSAGE:
        raise TooLargeForQueue(f"{size} bytes; a message holds at most {LARGEST_MESSAGE}")
    return {"MessageBody": body, "MessageGroupId": message.destination, "DelaySeconds": delay_seconds}


def _batches(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    room = BATCH_BYTES
    for entry in entries:
        size = text_size(entry.get("MessageBody", "")) + ENTRY_OVERHEAD
        if batch and (len(batch) == _ENTRIES or size > room):
            yield batch
            batch, room = [], BATCH_BYTES
        batch.append(entry)
        room -= size
    if batch:
        yield batch
