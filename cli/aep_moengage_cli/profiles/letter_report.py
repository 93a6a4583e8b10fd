"""Dead letters as an operator reads them: summed up with what to do, one by one, and as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.moments import ago, iso
from aep_moengage_cli.profiles.dead_letter_office import MOVED, Letter
from aep_moengage_cli.tables import add_row, column, table

# What to do about each reason. Every reason has its row.
ADVICE = {
    RejectReason.NOT_A_PROFILE.value: "AEP or another sender posts what is no profile: correct the sender, then purge.",
    RejectReason.INVALID_CUSTOMER_ID.value: "Map another identity to user_id, `apply`, then redrive; or purge.",
    RejectReason.RECORD_TOO_LARGE.value: "Map fewer or smaller attributes, `apply`, then redrive.",
    RejectReason.REFUSED.value: "`failures show` one, mend the mapping or MoEngage's settings, then redrive.",
    RejectReason.GAVE_UP.value: "Redrive once MoEngage takes updates again; it was down longer than the retry window.",
    MOVED: "Drain could not finish these: read its log, deploy what mends it, then redrive.",
}
_SHOWN_ID = 13  # characters of an id: its first two blocks, which commands take for the whole
_WHY_MOVED = "moved by SQS, not by the connector"


@dataclass(frozen=True, slots=True)
class Heap:
    """The letters of one destination that are here for one reason."""

    destination: str
    reason: str
    letters: Sequence[Letter]

    @property
    def profiles(self) -> int:
        """How many profiles they hold."""
        return sum(letter.profiles for letter in self.letters)

    @property
    def oldest(self) -> int:
        """When the first was given up, in epoch milliseconds."""
        return min(letter.died for letter in self.letters)

    @property
    def newest(self) -> int:
        """When the last was given up, in epoch milliseconds."""
        return max(letter.died for letter in self.letters)

    @property
    def messages(self) -> list[str]:
        """What was said about them, each once."""
        return sorted({letter.why or (_WHY_MOVED if letter.reason == MOVED else "") for letter in self.letters} - {""})


def heaps(letters: Iterable[Letter]) -> list[Heap]:
    """Returns letters by destination and reason."""

    def key(letter: Letter) -> tuple[str, str]:
        return letter.destination, letter.reason

    return [Heap(*which, list(some)) for which, some in groupby(sorted(letters, key=key), key)]


def summary_json(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    """Returns the heaps as JSON can hold them."""
    return [
        {
            "destination": heap.destination,
            "reason": heap.reason,
            "letters": len(heap.letters),
            "profiles": heap.profiles,
            "oldest": iso(heap.oldest),
            "newest": iso(heap.newest),
            "messages": heap.messages,
            "advice": ADVICE[heap.reason],
        }
        for heap in heaps(letters)
    ]


def summed_up(letters: Iterable[Letter], now: datetime) -> RenderableType:
    """Returns the heaps as a table, and of each reason what was said and what to do."""
    piled = heaps(letters)
    which = column("destination", whole=True), column("reason", whole=True)
    shown = table(*which, column("letters", right=True), "oldest", "newest")
    for heap in piled:
        times = ago(heap.oldest, now), ago(heap.newest, now)
        add_row(shown, heap.destination, heap.reason, str(len(heap.letters)), *times)
    said: dict[str, dict[str, None]] = {}
    for heap in piled:
        said.setdefault(heap.reason, {}).update(dict.fromkeys(heap.messages))
    return Group(shown, *(line for reason, messages in said.items() for line in _advice(reason, messages)))


def _advice(reason: str, messages: Iterable[str]) -> Iterator[RenderableType]:
    yield Text(f"{reason}: {'; '.join(messages)}".removesuffix(": "))
    yield Padding(Text(ADVICE[reason]), (0, 0, 0, 2))


def letter_json(letter: Letter, *, payload: bool = False) -> dict[str, Any]:
    """Returns a letter as JSON can hold it; only `payload` is personal data."""
    shown: dict[str, Any] = {
        "id": letter.id,
        "destination": letter.destination,
        "reason": letter.reason,
        "message": letter.why,
        "profiles": letter.profiles,
        "died": iso(letter.died),
    }
    if letter.content:
        shown |= {"request": letter.content.request, "received": iso(letter.content.received)}
        shown |= {"attempts": letter.content.attempts}
    if isinstance(letter.content, DeadLetter):
        shown |= {"index": letter.content.index, "first_attempt": iso(letter.content.first_attempt)}
    if payload:
        shown["payload"] = _payload(letter)
    return shown


def letters_table(letters: Sequence[Letter], now: datetime) -> Table:
    """Returns letters as a table, a line to each. What all of them have in common stands in the summary."""
    differing = [name for name in ("destination", "reason") if len({getattr(letter, name) for letter in letters}) > 1]
    died = column("died", whole=True)
    shown = table(column("id", whole=True), *differing, died, column("AEP's request", whole=True))
    for letter in letters:
        request = letter.content.request if letter.content else ""
        which = (getattr(letter, name) for name in differing)
        add_row(shown, letter.id[:_SHOWN_ID], *which, ago(letter.died, now), request)
    return shown


def letter_table(letter: Letter, *, payload: bool) -> Table:
    """Returns one letter as a table, a line to each field."""
    shown = table(column("", whole=True), "")
    shown.show_header = False
    fields = letter_json(letter, payload=payload) | {"what to do": ADVICE[letter.reason]}
    for name, value in fields.items():
        add_row(shown, name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
    return shown


def _payload(letter: Letter) -> Any:
    match letter.content:
        case DeadLetter() as dead:
            return dead.profile
        case None:
            return letter.body
        case waiting:
            return [profile for _, profile in waiting.profiles]
