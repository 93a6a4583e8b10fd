"""Dead letters as an operator reads them: in groups with advice, one by one, and as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aep_moengage.delivery.updates import Kind
from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.profiles.dead_letter_messages import MOVED, DeadLetterMessage
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.timestamps import ago, iso

# What to do about each reason. Every reason has its row.
ADVICE = {
    RejectReason.NOT_A_PROFILE.value: "A sender posts something that is not a profile: fix the sender, then purge.",
    RejectReason.NOT_AN_EVENT.value: "A sender posts something that is not an event: fix the sender, then purge.",
    RejectReason.INVALID_CUSTOMER_ID.value: "Map another identity to user_id, `apply`, then redrive; or purge.",
    RejectReason.RECORD_TOO_LARGE.value: "Map fewer or smaller attributes, `apply`, then redrive.",
    RejectReason.REFUSED.value: "Look at one with `failures show`, fix the mapping or MoEngage's settings, redrive.",
    RejectReason.GAVE_UP.value: "MoEngage was down for longer than the retry window: redrive when it is up again.",
    MOVED: "Drain could not finish these messages: read its log, deploy a fix, then redrive.",
}
NOT_STORED = "The profile was too large to store, so it can't be redriven: make it smaller in AEP, then purge."
_SHOWN_ID = 13  # characters of an id: its first two blocks, which commands accept as the id
_MOVED_DETAIL = "moved by SQS, not by the connector"


@dataclass(frozen=True, slots=True)
class Group:
    """The messages of one destination with the same reason and the same advice."""

    destination: str
    reason: str
    advice: str
    messages: Sequence[DeadLetterMessage]

    @property
    def profiles(self) -> int:
        """The number of profiles in them."""
        return sum(message.profiles for message in self.messages)

    @property
    def oldest(self) -> int:
        """When the first was rejected, in epoch milliseconds."""
        return min(message.rejected_at for message in self.messages)

    @property
    def newest(self) -> int:
        """When the last was rejected, in epoch milliseconds."""
        return max(message.rejected_at for message in self.messages)

    @property
    def details(self) -> list[str]:
        """Their reasons as sentences, each once."""
        return sorted({message.detail or _MOVED_DETAIL * (message.reason == MOVED) for message in self.messages} - {""})


def advice(message: DeadLetterMessage) -> str:
    """Returns what to do about a message."""
    lost = not message.redrivable and message.reason != RejectReason.NOT_A_PROFILE
    return NOT_STORED if lost else ADVICE[message.reason]


def groups(messages: Iterable[DeadLetterMessage]) -> list[Group]:
    """Returns messages by destination, reason and advice."""

    def key(message: DeadLetterMessage) -> tuple[str, str, str]:
        return message.destination, message.reason, advice(message)

    return [Group(*which, list(some)) for which, some in groupby(sorted(messages, key=key), key)]


def groups_json(messages: Iterable[DeadLetterMessage]) -> list[dict[str, Any]]:
    """Returns groups as JSON values."""
    return [
        {
            "destination": group.destination,
            "reason": group.reason,
            "messages": len(group.messages),
            "profiles": group.profiles,
            "oldest": iso(group.oldest),
            "newest": iso(group.newest),
            "details": group.details,
            "advice": group.advice,
        }
        for group in groups(messages)
    ]


def summary(messages: Iterable[DeadLetterMessage], now: datetime) -> RenderableType:
    """Returns groups as a table, followed by the details and the advice for each reason."""
    found = groups(messages)
    which = column("destination", whole=True), column("reason", whole=True)
    shown = table(*which, column("messages", right=True), "oldest", "newest")
    for group in found:
        times = ago(group.oldest, now), ago(group.newest, now)
        add_row(shown, group.destination, group.reason, str(len(group.messages)), *times)
    details: dict[tuple[str, str], dict[str, None]] = {}
    for group in found:
        details.setdefault((group.reason, group.advice), {}).update(dict.fromkeys(group.details))
    return Lines(shown, *(line for which, said in details.items() for line in _explained(*which, said)))


def _explained(reason: str, what_to_do: str, details: Iterable[str]) -> Iterator[RenderableType]:
    yield Text(f"{reason}: {'; '.join(details)}".removesuffix(": "))
    yield Padding(Text(what_to_do), (0, 0, 0, 2))


def message_json(message: DeadLetterMessage, *, payload: bool = False) -> dict[str, Any]:
    """Returns a message as JSON values; only `payload` is personal data."""
    shown: dict[str, Any] = {
        "id": message.id,
        "destination": message.destination,
        "reason": message.reason,
        "detail": message.detail,
        "profiles": message.profiles,
        "rejected_at": iso(message.rejected_at),
    }
    if message.content:
        shown |= {"request": message.content.request, "received": iso(message.content.received)}
        shown |= {"attempts": message.content.attempts}
        if message.content.kind is not Kind.PROFILES:
            shown |= {"kind": message.content.kind.value}
    if isinstance(message.content, DeadLetter):
        shown |= {"index": message.content.index, "first_attempt": iso(message.content.first_attempt)}
    if payload:
        shown["payload"] = message.payload
    return shown


def messages_table(messages: Sequence[DeadLetterMessage], now: datetime) -> Table:
    """Returns messages as a table, a row each. Columns that are the same for all are in the summary only."""
    differing = [name for name in ("destination", "reason") if len({getattr(each, name) for each in messages}) > 1]
    rejected = column("rejected", whole=True)
    shown = table(column("id", whole=True), *differing, rejected, column("AEP's request", whole=True))
    for message in messages:
        request = message.content.request if message.content else ""
        which = (getattr(message, name) for name in differing)
        add_row(shown, message.id[:_SHOWN_ID], *which, ago(message.rejected_at, now), request)
    return shown


def _decided(now: dict[str, Any]) -> str:
    return f"{now['decision']}{': ' + now['reason'] if now['reason'] else ''}"


def message_table(message: DeadLetterMessage, said: str, now: Sequence[dict[str, Any]], *, payload: bool) -> Table:
    """Returns one message as a table, a row for each field.

    `said` are MoEngage's words as they may be shown; `now` is what would become of it.
    """
    shown = table(column("", whole=True), "")
    shown.show_header = False
    fields = message_json(message, payload=payload) | ({"MoEngage said": said} if said else {})
    fields |= {"what to do": advice(message)}
    if now:
        fields["if sent now"] = list(now) if payload else "\n".join(map(_decided, now))
    for name, value in fields.items():
        add_row(shown, name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
    return shown
