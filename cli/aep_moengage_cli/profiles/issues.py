"""Issues: dead letters with one cause, which are those of one destination with the same reason and message. Pure."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.dead_letter_report import advice

_STATUS = re.compile(r"\b[1-5]\d\d\b")
_DIGITS = 12  # of an issue's key


@dataclass(frozen=True, slots=True)
class Issue:
    """Messages with one cause, oldest first. `detail` is the reason as a sentence; empty if there is none."""

    destination: str
    reason: str
    detail: str
    advice: str
    messages: Sequence[DeadLetterMessage]

    @property
    def key(self) -> str:
        """What identifies the issue, from one look to the next."""
        cause = "\0".join((self.destination, self.reason, self.detail, self.advice))
        return hashlib.sha256(cause.encode()).hexdigest()[:_DIGITS]

    @property
    def status(self) -> str:
        """MoEngage's HTTP status, if the detail names one."""
        found = _STATUS.search(self.detail)
        return found[0] if found else ""

    @property
    def profiles(self) -> int:
        """The number of profiles in the messages."""
        return sum(message.profiles for message in self.messages)

    @property
    def redrivable(self) -> list[DeadLetterMessage]:
        """The messages that hold what a redrive needs."""
        return [message for message in self.messages if message.redrivable]

    @property
    def oldest(self) -> int:
        """When the first message was rejected, in epoch milliseconds."""
        return self.messages[0].rejected_at

    @property
    def newest(self) -> int:
        """When the last message was rejected, in epoch milliseconds."""
        return self.messages[-1].rejected_at


def issues(messages: Iterable[DeadLetterMessage]) -> list[Issue]:
    """Returns messages (oldest first) as issues, the one with the newest message first."""
    found: dict[tuple[str, str, str, str], list[DeadLetterMessage]] = defaultdict(list)
    for message in messages:
        found[message.destination, message.reason, message.detail, advice(message)].append(message)
    return sorted((Issue(*cause, some) for cause, some in found.items()), key=lambda issue: -issue.newest)


def over_time(issue: Issue, begin: int, end: int, steps: int) -> list[int]:
    """Returns the number of messages in each of so many equal steps from `begin` to `end`, in epoch milliseconds."""
    length = max(1, end - begin + 1)
    counts = Counter((message.rejected_at - begin) * steps // length for message in issue.messages)
    return [counts[step] for step in range(steps)]
