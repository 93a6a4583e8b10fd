"""Traces as an operator reads them: a timeline for each profile, and as JSON. They hold no identity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from aep_moengage.delivery.updates import Kind, UpdateSequence
from aep_moengage.ledger.memberships import names_in
from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.traces import Journey, Step
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.timestamps import iso

_COLOURS = {"delivered": "green", "retrying": "yellow", "rejected": "red", "skipped": "cyan"}
_SENDERS = {Kind.PROFILES: "AEP", Kind.EVENTS: "sender"}
_ANSWERED = {"delivered": "accepted it", "rejected": "rejected it"}
# where a profile waits after an outcome, and for what
_PLACES = {
    "retrying": ("retry queue", "waits"),
    "rejected": ("dead-letter queue", "waits for an operator"),
}
_TEXTS = ("reason", "why", "attempts", "moengage_request")


def journey_json(journey: Journey) -> dict[str, Any]:
    """Returns the history of a profile as JSON values."""
    return {
        "request": journey.request,
        "index": journey.index,
        **({"kind": journey.kind.value} if journey.kind is not Kind.PROFILES else {}),
        "received": iso(journey.received),
        "outcome": journey.outcome,
        "steps": [
            {"at": _precise(step.at), "function": step.function, "outcome": step.outcome}
            | {name: getattr(step, name) for name in _TEXTS}
            for step in journey.steps
        ],
    }


def journey_table(journey: Journey) -> Table:
    """Returns the history of a profile as a table, a row for each step; attempts that went alike share one."""
    title = f"request {journey.request}, {journey.kind.one} {journey.index}"
    outcome, request = column("outcome", whole=True), column("MoEngage's id", whole=True)
    shown = table(column("when (UTC)", whole=True), "where", outcome, "why", request, title=title)
    add_row(shown, iso(journey.received), _SENDERS[journey.kind], "received", "", "")
    for _, some in groupby(journey.steps, lambda step: (step.function, step.outcome, _why(step))):
        steps = list(some)
        last = steps[-1]
        outcome_shown = Text(last.outcome, _COLOURS.get(last.outcome, "dim"))
        add_row(shown, iso(last.at), _where(steps), outcome_shown, _why(last), last.moengage_request or "")
    return shown


def _where(steps: Sequence[Step]) -> str:
    """Returns where steps that went alike were made, with their attempts."""
    first, last = steps[0], steps[-1]
    if not last.attempts:
        return last.function
    attempts = f"attempt {last.attempts}" if len(steps) == 1 else f"attempts {first.attempts} to {last.attempts}"
    return f"{last.function}, {attempts}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a profile: when (epoch ms), where, what happened, why, and the seconds since the one before."""

    at: int
    where: str
    what: str
    why: str
    after: float


def timeline(journey: Journey) -> list[Moment]:
    """Returns the way of a profile through ingest, the queue, drain and MoEngage."""
    found: list[tuple[int, str, str, str]] = [(journey.received, _SENDERS[journey.kind], "received", "")]
    for step in journey.steps:
        found.append((step.at, _where([step]), step.outcome, _why(step)))
        if step.moengage_request:
            found.append((step.at, "MoEngage", _ANSWERED.get(step.outcome, "answered"), step.moengage_request))
        if step.outcome in _PLACES:
            found.append((step.at, *_PLACES[step.outcome], ""))
    times = [found[0][0], *(at for at, *_ in found)]
    return [Moment(*each, after=max(0, each[0] - before) / 1000) for each, before in zip(found, times, strict=False)]


def ledger_json(row: LedgerRow, destination: str) -> dict[str, Any]:
    """Returns the ledger's record of a user as JSON values."""
    destined = row.destined(destination)
    sequence = UpdateSequence.parse(destined.sequence)
    newest = {"received": iso(sequence.received_ms), "request": sequence.request, "index": sequence.index}
    audiences, _ = names_in(row.memberships, row.showing(destined.attribute))
    return {
        "row": row.user,
        "newest": newest if destined.sequence else None,
        "moengage_holds_it": destined.delivered is not None,
        "withdrawn": destined.withdrawn,
        "audiences": audiences,
        "in_flight_until": iso(int(row.lease * 1000)) if row.lease > datetime.now(UTC).timestamp() else None,
        "merged": row.merged,
        "merge_refused": row.merge_refused,
        "forgotten": iso(row.expires * 1000),
    }


def ledger_lines(row: LedgerRow, destination: str) -> Iterator[str]:
    """Yields the ledger's record of a user in sentences."""
    known = ledger_json(row, destination)
    if newest := known["newest"]:
        holds = "MoEngage holds it" if known["moengage_holds_it"] else "MoEngage may not hold it"
        if known["withdrawn"]:
            holds = "consent was withdrawn, and the user was removed from all audiences"
        what = f"profile {newest['index']} of request {newest['request']}, received {newest['received']}"
        yield f"Ledger: the newest update is {what}; {holds}."
    if known["audiences"]:
        yield f"Ledger: the user is in {', '.join(known['audiences'])}."
    if known["in_flight_until"]:
        yield f"Ledger: an update is in flight, until {known['in_flight_until']} at the latest."
    if known["merged"]:
        yield "Ledger: this anonymous user was merged into a known user."
    if known["merge_refused"]:
        yield "Ledger: MoEngage refuses to merge this anonymous user; its data stays separate."


def dead_letter_lines(messages: Sequence[DeadLetterMessage]) -> Iterator[str]:
    """Yields a sentence for each dead-letter message."""
    for message in messages:
        yield (
            f"Dead-letter message {message.id}: {message.reason}, rejected {iso(message.rejected_at)}. "
            f"See `aep-moengage failures show {message.id}`."
        )


def _precise(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _why(step: Step) -> str:
    return ": ".join(part for part in (step.reason, step.why) if part)
