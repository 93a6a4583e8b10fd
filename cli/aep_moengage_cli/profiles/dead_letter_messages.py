"""Messages of the dead-letter queue as SQS delivers them, and the selection of some of them."""

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter, parse_dead_letter
from aep_moengage.queues.queue import Message
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message

MOVED = "moved"  # the reason of a message that SQS moved here: drain could not finish it in 1,000 receives
REASONS = (*(reason.value for reason in RejectReason), MOVED)


@dataclass(frozen=True, slots=True)
class DeadLetterMessage:
    """A message of the dead-letter queue. `sent` is when SQS accepted it, in epoch milliseconds.

    `content` is None if the body can't be read. A `RetryMessage` was moved here by SQS.
    """

    id: str
    handle: str = field(repr=False)
    body: str = field(repr=False)
    sent: int
    group: str
    content: DeadLetter | RetryMessage | None = field(repr=False)

    @property
    def destination(self) -> str:
        """The destination's id; of an unreadable message, its message group."""
        return self.content.destination if self.content else self.group

    @property
    def reason(self) -> str:
        """Why it is here: one of REASONS."""
        return self.content.reason.value if isinstance(self.content, DeadLetter) else MOVED

    @property
    def detail(self) -> str:
        """The reason as a sentence, without personal data; empty if there is none."""
        return self.content.why if isinstance(self.content, DeadLetter) else ""

    @property
    def said(self) -> str:
        """MoEngage's own words about it, which may quote personal data; empty if there are none."""
        return self.content.said if isinstance(self.content, DeadLetter) else ""

    @property
    def rejected_at(self) -> int:
        """When it was rejected or given up, in epoch milliseconds."""
        return self.content.last_attempt if isinstance(self.content, DeadLetter) else self.sent

    @property
    def profiles(self) -> int:
        """The number of profiles in it."""
        return len(self.content.profiles) if self.content else 1

    @property
    def redrivable(self) -> bool:
        """Whether it holds what a redrive needs: a profile that was too large for a queue was not stored."""
        return not (isinstance(self.content, DeadLetter) and self.content.profile is None)

    @property
    def payload(self) -> Any:
        """The profile or profiles as AEP sent them, else the body. Personal data."""
        match self.content:
            case DeadLetter(profile=profile, others=()):
                return profile
            case DeadLetter(profiles=profiles) | RetryMessage(profiles=profiles):
                return [profile for _, profile in profiles]
        return self.body

    def to_retry_message(self, now_ms: int) -> Message:
        """Returns it as a message of the retry queue, with a new retry window and its old place in the order."""
        match self.content:
            case DeadLetter() as letter:
                return letter.to_retry_message(now_ms)
            case RetryMessage() as moved:
                return replace(moved, since=now_ms)
        return _Unreadable(self.group, self.body)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A message that this version can't read. It is redriven as it is: a newer drain may be able to read it."""

    destination: str
    body: str

    def to_json(self) -> str:
        return self.body


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that a message has to meet, all of them. `since` is epoch milliseconds.

    An id may be shortened to its beginning.
    """

    ids: frozenset[str] | None = None
    destination: str | None = None
    reason: str | None = None
    since: int | None = None

    def takes(self, message: DeadLetterMessage) -> bool:
        """Returns whether a message is selected."""
        return (
            (self.ids is None or message.id in self.ids or any(map(message.id.startswith, self.ids)))
            and self.destination in {None, message.destination}
            and self.reason in {None, message.reason}
            and (self.since is None or message.rejected_at >= self.since)
        )


def parse_message(received: Any) -> DeadLetterMessage:
    """Returns a message as boto3's `receive_message` returns it."""
    attributes = received["Attributes"]
    return DeadLetterMessage(
        id=received["MessageId"],
        handle=received["ReceiptHandle"],
        body=received["Body"],
        sent=int(attributes["SentTimestamp"]),
        group=attributes.get("MessageGroupId", "unknown"),
        content=_content(received["Body"]),
    )


def _content(body: str) -> DeadLetter | RetryMessage | None:
    for parse in (parse_dead_letter, parse_retry_message):
        try:
            return parse(body)
        except ValueError:
            continue
    return None
