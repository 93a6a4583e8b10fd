"""The dead-letter office: letters are looked through, sent again, or thrown away.

A queue has no listing: to see its messages is to receive them. So the office looks the whole queue through, holding
what it has seen, and gives back what it does not want as soon as it is through. What it sends again goes into the
retry queue before it leaves the dead-letter queue: a crash in between doubles a letter, which the ledger makes
harmless, and never loses one.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter, parse_dead_letter
from aep_moengage.queues.queue import Message, QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message
from aep_moengage.queues.sqs import SqsQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DEFAULT_RATE = 100.0  # profiles a second that are sent again: a tenth of what MoEngage takes in bulk
_MOST = 100_000  # letters looked through at once; SQS lets 120,000 be held
_HELD_SECONDS = 120  # while the queue is looked through
_MARGIN_SECONDS = 60  # that a letter is held longer than the work on it should take
_LONGEST_HELD = 43_200  # seconds, SQS's limit
_LOOKERS = 8  # receive side by side where there is much
_AT_ONCE = 10  # messages of one call
_WAIT_SECONDS = 1  # for messages; SQS asks all its servers only for those who wait

MOVED = "moved"  # the reason of a letter that SQS moved here: drain could not finish it in 1,000 receives
REASONS = (*(reason.value for reason in RejectReason), MOVED)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the dead-letter queue. `put` is when SQS took it, in epoch milliseconds.

    `content` is None where nothing can be made of the body; a `Waiting` is a message of the retry queue that SQS moved.
    """

    id: str
    handle: str = field(repr=False)
    body: str = field(repr=False)
    put: int
    group: str
    content: DeadLetter | RetryMessage | None = field(repr=False)

    @property
    def destination(self) -> str:
        """The id of the destination; of what cannot be read, the group that it was queued in."""
        return self.content.destination if self.content else self.group

    @property
    def reason(self) -> str:
        """Why it is here: one of REASONS."""
        return self.content.reason.value if isinstance(self.content, DeadLetter) else MOVED

    @property
    def why(self) -> str:
        """The same as a sentence, where there is one; without personal data."""
        return self.content.why if isinstance(self.content, DeadLetter) else ""

    @property
    def died(self) -> int:
        """When it was given up, in epoch milliseconds."""
        return self.content.last_attempt if isinstance(self.content, DeadLetter) else self.put

    @property
    def profiles(self) -> int:
        """How many profiles it holds."""
        return len(self.content.profiles) if isinstance(self.content, RetryMessage) else 1

    def to_retry_message(self, now_ms: int) -> Message:
        """Returns the message that the retry queue is given: its window begins now, its place in the order stays."""
        match self.content:
            case DeadLetter() as letter:
                return letter.to_retry_message(now_ms)
            case RetryMessage() as waiting:
                return replace(waiting, since=now_ms)
        return _AsItWas(self.group, self.body)


@dataclass(frozen=True, slots=True)
class _AsItWas:
    """A message that nobody can read, sent again as it is: a newer drain may."""

    destination: str
    body: str

    def to_json(self) -> str:
        return self.body


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant; a letter has to meet all that is given. `since` is epoch milliseconds.

    An id may be shortened to its beginning.
    """

    ids: frozenset[str] | None = None
    destination: str | None = None
    reason: str | None = None
    since: int | None = None

    def takes(self, letter: Letter) -> bool:
        """Tells whether a letter is meant."""
        return (
            (self.ids is None or letter.id in self.ids or any(map(letter.id.startswith, self.ids)))
            and self.destination in {None, letter.destination}
            and self.reason in {None, letter.reason}
            and (self.since is None or letter.died >= self.since)
        )


EVERYTHING = Selection()


class Steps:
    """Is told how the work goes on; this one keeps it to itself."""

    def seen(self, letters: int) -> None:
        """So many letters more were looked at."""

    def begin(self, letters: int) -> None:
        """All were looked at; the work on so many begins."""

    def done(self, letters: int) -> None:
        """The work on so many more is done."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a look through the queue found: the letters that are meant, the oldest first.

    `hidden` are those that somebody else holds at the moment; `cut_short`: there are more than were looked at.
    """

    letters: Sequence[Letter]
    hidden: int
    cut_short: bool


_QUIET = Steps()


class DeadLetterQueue:
    """Works on one stack's dead-letter queue.

    Every method raises boto3's errors, and those that work on letters `QueueUnavailable` where SQS refuses one.
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
        self._dead = SqsQueue(sqs, dead_letter_queue_url)
        self._retry = SqsQueue(sqs, retry_queue_url)
        self._clock = clock
        self._sleep = sleep

    def count(self) -> tuple[int, int]:
        """Returns about how many letters can be seen, and how many somebody holds."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        visible, hidden = (int(attributes[name]) for name in names)
        return visible, hidden

    def look(self, selection: Selection = EVERYTHING, steps: Steps = _QUIET, most: int = _MOST) -> Findings:
        """Returns the letters that are meant. Everybody can see all of them again when it returns.

        Once `most` were looked at it looks no further.
        """
        findings, held = self._found(selection, steps, most)
        self._release(held)
        return findings

    def redrive(
        self, selection: Selection = EVERYTHING, *, rate: float = DEFAULT_RATE, steps: Steps = _QUIET
    ) -> Findings:
        """Sends letters again, so many profiles a second, the oldest first; returns those that were."""
        sent, started = 0, 0.0

        def send(letters: Sequence[Letter]) -> None:
            nonlocal sent, started
            started = started or self._clock()
            self._wait_until(started + sent / rate)
            self._retry.put(letter.to_retry_message(int(self._clock() * 1000)) for letter in letters)
            sent += sum(letter.profiles for letter in letters)

        return self._each(selection, send, rate, steps)

    def purge(self, selection: Selection = EVERYTHING, *, steps: Steps = _QUIET) -> Findings:
        """Throws letters away, for good; returns those that were."""
        return self._each(selection, lambda _: None, float("inf"), steps)

    def _each(
        self, selection: Selection, work: Callable[[Sequence[Letter]], None], rate: float, steps: Steps
    ) -> Findings:
        """Does the work on the letters that are meant, and then deletes them, a few at a time; gives back the rest."""
        findings, held = self._found(selection, steps)
        left = {letter.id: letter for letter in findings.letters}
        try:
            self._release(letter for letter in held if letter.id not in left)
            seconds = sum(letter.profiles for letter in findings.letters) / rate
            self._hide(findings.letters, min(seconds + _MARGIN_SECONDS, _LONGEST_HELD))
            steps.begin(len(left))
            for some in batched(findings.letters, int(max(1, min(_AT_ONCE, rate))), strict=False):
                work(some)
                self._delete(some)
                for letter in some:
                    del left[letter.id]
                steps.done(len(some))
        finally:
            self._release(left.values())
        return findings

    def _found(self, selection: Selection, steps: Steps, most: int = _MOST) -> tuple[Findings, Sequence[Letter]]:
        """Looks the queue through; returns what was found, and all letters that were seen, which are held."""
        visible, hidden = self.count()
        held: dict[str, Letter] = {}
        try:
            for letters in self._rounds(lookers=min(_LOOKERS, 1 + visible // 100)):
                known = len(held)
                held |= {letter.id: letter for letter in letters}  # seen again: only its newest handle counts
                steps.seen(len(held) - known)
                if len(held) >= most:
                    break
        except BaseException:
            self._release(held.values())
            raise
        meant = sorted(filter(selection.takes, held.values()), key=lambda letter: letter.died)
        return Findings(meant, hidden, cut_short=len(held) >= most), list(held.values())

    def _rounds(self, lookers: int) -> Iterator[list[Letter]]:
        """Yields what is received side by side, until nothing is visible."""
        with ThreadPoolExecutor(lookers) as lines:
            while some := [letter for got in lines.map(self._receive, range(lookers)) for letter in got]:
                yield some

    def _receive(self, _: int) -> list[Letter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_AT_ONCE,
            VisibilityTimeout=_HELD_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def _release(self, letters: Iterable[Letter]) -> None:
        self._hide(letters, 0)

    def _hide(self, letters: Iterable[Letter], seconds: float) -> None:
        with suppress(QueueUnavailable):  # one that is no longer held: everybody can see it already
            self._dead.hide([(letter.handle, seconds) for letter in letters])

    def _delete(self, letters: Sequence[Letter]) -> None:
        entries: Any = [{"Id": str(place), "ReceiptHandle": each.handle} for place, each in enumerate(letters)]
        if failed := self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries).get("Failed"):
            raise QueueUnavailable(f"SQS did not delete {len(failed)} of {len(letters)} letters: {failed[0]['Code']}")

    def _wait_until(self, moment: float) -> None:
        if (seconds := moment - self._clock()) > 0:
            self._sleep(seconds)


def _letter(message: Any) -> Letter:
    attributes = message["Attributes"]
    return Letter(
        id=message["MessageId"],
        handle=message["ReceiptHandle"],
        body=message["Body"],
        put=int(attributes["SentTimestamp"]),
        group=attributes.get("MessageGroupId", "unknown"),
        content=_content(message["Body"]),
    )


def _content(body: str) -> DeadLetter | RetryMessage | None:
    for read in (parse_dead_letter, parse_retry_message):
        try:
            return read(body)
        except ValueError:
            continue
    return None
