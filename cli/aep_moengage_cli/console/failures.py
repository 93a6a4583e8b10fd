"""Failures: dead letters as issues; shown, redriven and purged with their progress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.responses import Response

from aep_moengage_cli.console.jobs import Job
from aep_moengage_cli.console.pages import Asked
from aep_moengage_cli.console.personal import check_view_profiles, masked
from aep_moengage_cli.console.refusals import shown
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import REASONS, DeadLetterMessage
from aep_moengage_cli.profiles.dead_letter_queue import DEFAULT_RATE, DeadLetterQueue, Findings, Progress
from aep_moengage_cli.profiles.dead_letter_report import NOT_STORED, message_json
from aep_moengage_cli.profiles.issues import Issue, issues, over_time
from aep_moengage_cli.profiles.message_selection import selection_of
from aep_moengage_cli.profiles.moengage_words import masked_words_of
from aep_moengage_cli.profiles.sent_now import sent_now
from aep_moengage_cli.queue_length import counted

_SAMPLES = 20  # newest messages of an issue that are shown
_STEPS = 24  # of the chart
_MOST_IDS = 20  # of messages on a command line
_FILTERS = ("destination", "reason", "since")
_FASTEST = 10_000.0  # profiles a second, as the command allows


def page(asked: Asked) -> Response:
    """Returns the frame of the page, which reads the queue."""
    connected = [each.destination for each in Publishing.of(asked.subject.stack).all_active()]
    return asked.page("failures.html", destinations=connected, reasons=REASONS)


def look(asked: Asked) -> Response:
    """Reads the queue, unless that is going on: two readers would hide messages from each other."""
    letters, queue = asked.subject.letters, DeadLetterQueue.of(asked.subject.stack)

    def work(progress: Progress) -> Findings:
        letters.findings = queue.look(progress=progress)
        letters.read_at = datetime.now(UTC)
        return letters.findings

    if letters.reading is None or letters.reading.finished:
        letters.reading = asked.subject.jobs.start("look", "failures list", work)
    return _answer(asked, letters.reading)


def filtered(asked: Asked) -> Response:
    """Returns the issues of the last look that match the filters; its progress if the queue is being read."""
    reading = asked.subject.letters.reading
    return _answer(asked, reading) if reading and not reading.finished else _issues(asked)


def job(asked: Asked) -> Response:
    """Returns the progress of work, or its result."""
    return _answer(asked, asked.subject.jobs.find(asked.path("job")))


def samples(asked: Asked) -> Response:
    """Returns the newest messages of an issue, with masked payloads."""
    issue = _issue(asked)
    active = Publishing.of(asked.subject.stack).active(issue.destination)
    newest = issue.messages[: -_SAMPLES - 1 : -1]
    decided = sent_now(newest, active, payload=False)
    shown_messages = [
        (_fields(each, active, now), masked(each.payload)) for each, now in zip(newest, decided, strict=True)
    ]
    command = asked.subject.command("failures", "show", issue.messages[-1].id)
    return asked.page("samples.html", issue=issue, messages=shown_messages, command=command)


def payload(asked: Asked) -> Response:
    """Returns the profile of a message, as AEP sent it."""
    found = next((each for each in _last(asked) if each.id == asked.path("message")), None)
    if found is None:
        raise CommandError("This message is not in the queue any more: read the queue again.")
    check_view_profiles(asked.subject.stack, [found.destination])
    return asked.page("payload.html", payload=found.payload, said=found.said)


def plan(asked: Asked) -> Response:
    """Returns what a redrive or a purge would do, and asks."""
    action = "purge" if asked.field("action") == "purge" else "redrive"
    chosen = _chosen(asked)
    affected = chosen if action == "purge" else [each for each in chosen if each.redrivable]
    return asked.page(
        "plan.html",
        action=action,
        issues=issues(affected),
        messages=len(affected),
        profiles=sum(each.profiles for each in affected),
        left=len(chosen) - len(affected),
        not_stored=NOT_STORED,
        rate=DEFAULT_RATE,
        key=asked.field("key"),
        **_same(asked, action, chosen),
    )


def redrive(asked: Asked) -> Response:
    """Sends dead letters again."""
    queue, rate = DeadLetterQueue.of(asked.subject.stack), _rate(asked)
    work = partial(queue.redrive, [each for each in _chosen(asked) if each.redrivable], rate=rate)
    return _start(asked, "redriven", "failures redrive", work)


def purge(asked: Asked) -> Response:
    """Deletes dead letters permanently."""
    if asked.field("sure") != "yes":
        raise CommandError("Nothing was purged: confirm that the messages are deleted permanently.")
    work = partial(DeadLetterQueue.of(asked.subject.stack).purge, _chosen(asked))
    return _start(asked, "purged", "failures purge", work)


def _start(asked: Asked, kind: str, command: str, work: Any) -> Response:
    return _answer(asked, asked.subject.jobs.start(kind, command, lambda progress: work(progress=progress)))


def _answer(asked: Asked, running: Job) -> Response:
    if running.error:
        return shown(running.error, running.command, asked)
    if not running.finished:
        return asked.page("progress.html", job=running)
    if running.kind == "look":
        return _issues(asked)
    _forget(asked, running.result)
    return _issues(
        asked, f"{counted(len(running.result))} {'was' if len(running.result) == 1 else 'were'} {running.kind}."
    )


def _forget(asked: Asked, gone: Sequence[DeadLetterMessage]) -> None:
    """Takes messages that have left the queue out of the last look: reading a long queue again takes minutes."""
    letters, ids = asked.subject.letters, {message.id for message in gone}
    if letters.findings:
        left = [message for message in letters.findings.messages if message.id not in ids]
        letters.findings = replace(letters.findings, messages=left)


def _issues(asked: Asked, news: str = "") -> Response:
    found = issues(_selected(asked))
    begin, end = (min((each.oldest for each in found), default=0), max((each.newest for each in found), default=0))
    charts = {each.key: over_time(each, begin, end, _STEPS) for each in found}
    letters = asked.subject.letters
    return asked.page(
        "issues.html",
        issues=found,
        charts=charts,
        messages=sum(len(each.messages) for each in found),
        findings=letters.findings,
        read_at=letters.read_at,
        news=news,
        command=asked.subject.command("failures", "list", *_options(_filters(asked))),
    )


def _last(asked: Asked) -> Sequence[DeadLetterMessage]:
    findings = asked.subject.letters.findings
    return findings.messages if findings else ()


def _selected(asked: Asked) -> list[DeadLetterMessage]:
    """The messages of the last look that match the filters."""
    selection = selection_of(None, *(asked.given(name) for name in _FILTERS))
    return [message for message in _last(asked) if selection.takes(message)]


def _chosen(asked: Asked) -> list[DeadLetterMessage]:
    """The messages of one issue, or of all that match the filters."""
    return list(_issue(asked).messages) if asked.given("key") else _selected(asked)


def _issue(asked: Asked) -> Issue:
    key = asked.field("key")
    found = next((each for each in issues(_selected(asked)) if each.key == key), None)
    if found is None:
        raise CommandError("This issue is gone: read the queue again.")
    return found


def _rate(asked: Asked) -> float:
    try:
        rate = float(asked.given("rate") or DEFAULT_RATE)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _FASTEST:
        raise CommandError(f"The rate is a number of profiles a second, up to {_FASTEST:,.0f}.")
    return rate


def _fields(message: DeadLetterMessage, active: Version | None, decided: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns what `failures show` shows of a message without its payload."""
    now = [" ".join(filter(None, each.values())) for each in decided]
    more = {"MoEngage said": masked_words_of(message, active), "today's mapping": ", ".join(now)}
    return message_json(message) | {name: value for name, value in more.items() if value}


def _filters(asked: Asked) -> dict[str, str]:
    return {name: value for name in _FILTERS if (value := asked.given(name))}


def _options(filters: Mapping[str, str]) -> Iterator[str]:
    for name, value in filters.items():
        yield from (f"--{name}", value)


def _same(asked: Asked, action: str, chosen: Sequence[DeadLetterMessage]) -> dict[str, Any]:
    """Returns the command that does the same, and whether it affects other messages, too.

    The command has no filter for a message: of an issue that shares its reason with others it names the ids, if they
    are few.
    """
    filters = _filters(asked)
    if asked.given("key"):
        filters |= {"destination": chosen[0].destination, "reason": chosen[0].reason}
    selection = selection_of(None, *(filters.get(name) for name in _FILTERS))
    wider = sum(map(selection.takes, _last(asked))) > len(chosen)
    ids = [each.id for each in chosen] if wider and len(chosen) <= _MOST_IDS else []
    words = ids or [*_options(filters)]
    return {"command": asked.subject.command("failures", action, *words, "--dry-run"), "wider": wider and not ids}
