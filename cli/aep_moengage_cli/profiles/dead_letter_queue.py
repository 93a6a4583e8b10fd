"""The dead-letter queue: its messages are listed, redriven, or deleted.

SQS can't list messages, only receive them. So the whole queue is received, and every message is released again as soon
as the look is complete. A redrive receives the selected messages once more and holds them while it works. Each goes
into the retry queue before it leaves the dead-letter queue: a crash in between may double a message, which the ledger
makes harmless, but never loses one.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Self

from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.sqs import SqsQueue
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.permissions import refusal_of
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage, Selection, parse_message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DEFAULT_RATE = 100.0  # redriven profiles a second: a tenth of MoEngage's limit in bulk
_MOST = 100_000  # messages looked through at once; SQS allows 120,000 in flight
_LOOK_SECONDS = 120  # for which messages are held while the queue is received
_MARGIN_SECONDS = 60  # for which messages are held longer than the work on them should take
_ROUND_SECONDS = 36_000.0  # of work in one round; SQS lets a message be held for 12 hours after its receive
_RECEIVERS = 8  # threads, for a long queue
_BATCH = 10  # messages of one call, SQS's limit
_BATCH_SECONDS = 0.2  # that the calls for a batch take at most, without a rate
_WAIT_SECONDS = 1  # long polling: without it SQS asks only some of its servers


class Progress:
    """Is notified of progress; this one ignores it."""

    def seen(self, messages: int) -> None:
        """So many more messages were received."""

    def begin(self, messages: int) -> None:
        """The work on so many messages begins."""

    def done(self, messages: int) -> None:
        """The work on so many more is done."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The selected messages of a look, oldest first.

    `in_flight` counts messages that another receiver holds. `incomplete`: the queue has more messages than were read.
    """

    messages: Sequence[DeadLetterMessage]
    in_flight: int
    incomplete: bool


EVERYTHING = Selection()
_IGNORED = Progress()
_NO_LIMIT = float("inf")


class DeadLetterQueue:
    """The dead-letter queue of a stack, and the retry queue beside it.

    Every method raises boto3's errors, and `QueueUnavailable` if SQS refuses a message.
    """

    def __init__(
        self,
        sqs: "SQSClient",
        dead_letter_queue_url: str,
        retry_queue_url: str,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sqs = sqs
        self._url = dead_letter_queue_url
        self._dead = SqsQueue(lambda: sqs, dead_letter_queue_url)
        self._retry = SqsQueue(lambda: sqs, retry_queue_url)
        self._clock = clock
        self._sleep = sleep

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Returns the queue of a deployed stack."""
        return cls(stack.client("sqs"), stack.output("DeadLetterQueueUrl"), stack.output("RetryQueueUrl"))

    def look(self, selection: Selection = EVERYTHING, progress: Progress = _IGNORED, most: int = _MOST) -> Findings:
        """Returns the selected messages, and releases all of them. Stops once `most` messages were received."""
        _, in_flight = self._count()
        held = self._receive_all(progress, most)
        self._release(held)
        return Findings(_oldest_first(filter(selection.takes, held)), in_flight, incomplete=len(held) >= most)

    def redrive(
        self,
        messages: Sequence[DeadLetterMessage],
        *,
        rate: float = DEFAULT_RATE,
        progress: Progress = _IGNORED,
    ) -> list[DeadLetterMessage]:
        """Moves messages to the retry queue, oldest first, at `rate` profiles a second; returns the moved ones.

        Messages that are not redrivable, and those that another receiver holds, stay.
        """
        moved: list[DeadLetterMessage] = []
        began, profiles = self._clock(), 0
        with closing(self._batches([each for each in messages if each.redrivable], rate, progress)) as batches:
            for batch in batches:
                self._sleep_until(began + profiles / rate)
                self._retry.put(message.to_retry_message(int(self._clock() * 1000)) for message in batch)
                self._delete(batch)
                moved += batch
                profiles += _profiles(batch)
        return moved

    def purge(self, messages: Sequence[DeadLetterMessage], *, progress: Progress = _IGNORED) -> list[DeadLetterMessage]:
        """Deletes messages permanently; returns the deleted ones. Those that another receiver holds stay."""
        deleted: list[DeadLetterMessage] = []
        with closing(self._batches(messages, _NO_LIMIT, progress)) as batches:
            for batch in batches:
                self._delete(batch)
                deleted += batch
        return deleted

    def _batches(
        self, messages: Sequence[DeadLetterMessage], rate: float, progress: Progress
    ) -> Generator[Sequence[DeadLetterMessage]]:
        """Yields messages in batches, oldest first, each held until the next is asked for. Releases the others.

        Work of more than `_ROUND_SECONDS` is done in rounds, each of which receives its messages again.
        """
        left = {message.id for message in messages}
        size = int(max(1, min(_BATCH, rate)))
        progress.begin(len(left))
        while left:
            held = self._hold(left, rate)
            if not held:
                return
            left -= {message.id for message in held}
            done = 0
            try:
                for batch in batched(held, size):
                    yield batch
                    done += len(batch)
                    progress.done(len(batch))
            finally:
                self._release(held[done:])

    def _hold(self, ids: set[str], rate: float) -> list[DeadLetterMessage]:
        """Receives the messages with these ids, and holds as many of the oldest as one round takes."""
        received = self._receive_all(_IGNORED, _MOST)
        wanted = _oldest_first(message for message in received if message.id in ids)
        pace = min(rate, _BATCH / _BATCH_SECONDS)
        held = _first_profiles(wanted, pace * _ROUND_SECONDS)
        kept = {message.id for message in held}
        self._release(message for message in received if message.id not in kept)
        self._hide(held, min(_profiles(held) / pace, _ROUND_SECONDS) + _MARGIN_SECONDS)
        return held

    def _count(self) -> tuple[int, int]:
        """Returns the approximate numbers of visible messages and of those in flight."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        visible, in_flight = (int(attributes[name]) for name in names)
        return visible, in_flight

    def _receive_all(self, progress: Progress, most: int) -> list[DeadLetterMessage]:
        """Receives every visible message, or about `most`, and holds them for `_LOOK_SECONDS`."""
        visible, _ = self._count()
        held: dict[str, DeadLetterMessage] = {}
        try:
            for messages in self._rounds(receivers=min(_RECEIVERS, 1 + visible // 100)):
                known = len(held)
                held |= {message.id: message for message in messages}  # of a message received twice, the newest handle
                progress.seen(len(held) - known)
                if len(held) >= most:
                    break
        except BaseException:
            self._release(held.values())
            raise
        return list(held.values())

    def _rounds(self, receivers: int) -> Iterator[list[DeadLetterMessage]]:
        """Yields messages, received in parallel, until none is visible."""
        with ThreadPoolExecutor(receivers) as threads:
            while some := [message for got in threads.map(self._receive, range(receivers)) for message in got]:
                yield some

    def _receive(self, _: int) -> list[DeadLetterMessage]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_LOOK_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        )
        return [parse_message(message) for message in answer.get("Messages", [])]

    def _release(self, messages: Iterable[DeadLetterMessage]) -> None:
        self._hide(messages, 0)

    def _hide(self, messages: Iterable[DeadLetterMessage], seconds: float) -> None:
        try:
            self._dead.hide([(message.handle, seconds) for message in messages])
        except QueueUnavailable as error:
            if refusal_of(error):
                raise
            # otherwise some were not held any more, and are visible already

    def _delete(self, messages: Sequence[DeadLetterMessage]) -> None:
        entries: Any = [{"Id": str(place), "ReceiptHandle": each.handle} for place, each in enumerate(messages)]
        if failed := self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries).get("Failed"):
            raise QueueUnavailable(f"SQS did not delete {len(failed)} of {len(messages)} messages: {failed[0]['Code']}")

    def _sleep_until(self, timestamp: float) -> None:
        if (seconds := timestamp - self._clock()) > 0:
            self._sleep(seconds)


def _oldest_first(messages: Iterable[DeadLetterMessage]) -> list[DeadLetterMessage]:
    return sorted(messages, key=lambda message: message.rejected_at)


def _profiles(messages: Iterable[DeadLetterMessage]) -> int:
    return sum(message.profiles for message in messages)


def _first_profiles(messages: Iterable[DeadLetterMessage], most: float) -> list[DeadLetterMessage]:
    """Returns the first messages that hold at most so many profiles together, and at least one message."""
    taken: list[DeadLetterMessage] = []
    profiles = 0
    for message in messages:
        profiles += message.profiles
        if taken and profiles > most:
            break
        taken.append(message)
    return taken
