"""`failures`: the dead letters are listed, shown, sent again, and purged."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, StackName, Yes
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.moments import read_moment
from aep_moengage_cli.profiles.dead_letter_office import (
    DEFAULT_RATE,
    REASONS,
    DeadLetterQueue,
    Findings,
    Selection,
    Steps,
)
from aep_moengage_cli.profiles.letter_report import (
    letter_json,
    letter_table,
    letters_table,
    summary_json,
    summed_up,
)
from aep_moengage_cli.terminal import agreed, emit, say

app = application()

_SHORTEST_ID = 8  # characters, as the first block of an id has them

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Letters, by id or its beginning; else all.")]
DestinationId = Annotated[
    str | None, typer.Option("--destination", metavar="ID", help="Only letters of this destination.")
]
LetterReason = Annotated[
    str | None, typer.Option("--reason", help=f"Only letters that died for this reason: {', '.join(REASONS)}.")
]
Since = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Only letters that died since: 30m, 2h, 3d, or an ISO time (UTC).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell which letters are meant.")]


@app.callback()
def failures() -> None:
    """Works on the profiles that were rejected or given up: the dead letters.

    A letter keeps AEP's profile untouched, why it died, and its place in the order of its user's updates.
    """


@app.command("list")
def list_letters(
    *,
    destination: DestinationId = None,
    reason: LetterReason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many letters below the summary, the newest.")] = 50,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Lists the dead letters: summed up by destination and reason with what to do, then one by one.

    It looks at every letter and gives it back; for that moment nobody else can see it. No personal data is shown.

    With --json: `summary` (destination, reason, letters, profiles, oldest, newest, messages, advice), `letters`
    (id, destination, reason, message, profiles, died, request, received, attempts, index, first_attempt; all of them,
    oldest first), `hidden` (how many somebody else holds), `cut_short` (whether there are more than were looked at).

    Example: `aep-moengage failures list --reason refused --since 2h`

    Exit codes:

    * 0: listed, though there may be none
    * 2: it could not be done; what is wrong is on stderr

    Needs: *View Profiles*
    """
    selection = _selection(None, destination, reason, since)
    with _office(stack_name, region, profile) as (office, bar):
        found = office.look(selection, bar)
    if as_json:
        emit(
            {
                "summary": summary_json(found.letters),
                "letters": [letter_json(letter) for letter in found.letters],
                "hidden": found.hidden,
                "cut_short": found.cut_short,
            }
        )
    else:
        _show_list(found, limit)
    _tell_of_others(found)


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The letter's id, or its beginning.")],
    *,
    payload: Annotated[
        bool, typer.Option("--payload", help="Show the profile too, as AEP sent it. It is personal data.")
    ] = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows one dead letter: what it is, why it died, and what to do about it.

    With --json: the fields of `failures list`'s letters, and `payload` where it was asked for.

    Example: `aep-moengage failures show 3f2a9c1e --payload`

    Exit codes:

    * 0: shown
    * 2: there is no such letter, or it could not be read; what is wrong is on stderr

    Needs: *View Profiles*
    """
    selection = _selection([letter_id], None, None, None)
    with _office(stack_name, region, profile) as (office, bar):
        found = office.look(selection, bar)
    if not found.letters:
        held = f" {found.hidden} are held by somebody else just now: try again in a minute." if found.hidden else ""
        raise Complaint(f"There is no letter {letter_id}; `failures list` shows those that there are.{held}")
    if len(found.letters) > 1:
        raise Complaint(f"{len(found.letters)} letters begin with {letter_id}: give more of the id.")
    (letter,) = found.letters
    if as_json:
        emit(letter_json(letter, payload=payload))
    else:
        Console(highlight=False).print(letter_table(letter, payload=payload))


@app.command()
def redrive(
    ids: Ids = None,
    *,
    destination: DestinationId = None,
    reason: LetterReason = None,
    since: Since = None,
    rate: Annotated[float, typer.Option(min=0.1, max=10_000, help="Profiles per second that are sent again.")] = (
        DEFAULT_RATE
    ),
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Sends dead letters again, the oldest first: all of them, or those that are meant.

    They go through the retry queue and the mapping as it is now, with a new retry window. They keep their place in
    the order, so a letter never overwrites what is newer. Running it again, or after an interruption, is safe.

    With --json: `letters` and `profiles` (how many), `summary` (as in `failures list`), `dry_run`, `cut_short`.

    Example: `aep-moengage failures redrive --destination acme-production --reason gave_up --rate 50`

    Exit codes:

    * 0: sent again, though there may have been none
    * 2: it could not be done, or only in part; what is wrong is on stderr

    Needs: *Manage Destinations*
    """
    selection = _selection(ids, destination, reason, since)
    with _office(stack_name, region, profile) as (office, bar):
        found = office.look(selection, bar) if dry_run else office.redrive(selection, rate=rate, steps=bar)
    _tell_done(found, "sent again", dry_run=dry_run, as_json=as_json)


@app.command()
def purge(
    ids: Ids = None,
    *,
    destination: DestinationId = None,
    reason: LetterReason = None,
    since: Since = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Throws dead letters away, for good: all of them, or those that are meant. Asks before it does.

    With --json: `letters` and `profiles` (how many), `summary` (as in `failures list`), `dry_run`, `cut_short`.

    Example: `aep-moengage failures purge --reason not_a_profile`

    Exit codes:

    * 0: purged, though there may have been none
    * 1: you said no; nothing is purged
    * 2: it could not be done, or only in part; what is wrong is on stderr

    Needs: *Manage Destinations*
    """
    selection = _selection(ids, destination, reason, since)
    if not (yes or dry_run):
        with _office(stack_name, region, profile) as (office, bar):
            found = office.look(selection, bar)
        _confirm(found)
        # those that were agreed to, and none that dies while the question stands
        selection = Selection(ids=frozenset(letter.id for letter in found.letters))
    with _office(stack_name, region, profile) as (office, bar):
        found = office.look(selection, bar) if dry_run else office.purge(selection, steps=bar)
    _tell_done(found, "purged", dry_run=dry_run, as_json=as_json)


def _selection(ids: list[str] | None, destination: str | None, reason: str | None, since: str | None) -> Selection:
    if short := [each for each in ids or [] if len(each) < _SHORTEST_ID]:
        raise Complaint(f"{short[0]!r} is too short for a letter's id: give at least {_SHORTEST_ID} characters of it.")
    if reason not in {None, *REASONS}:
        raise Complaint(f"There is no reason {reason!r}: give one of {', '.join(REASONS)}.")
    moment = read_moment(since, datetime.now(UTC)) if since else None
    return Selection(
        ids=frozenset(ids) if ids else None,
        destination=destination,
        reason=reason,
        since=int(moment.timestamp() * 1000) if moment else None,
    )


class _Bar(Steps):
    """A progress bar: first of the letters that are looked at, then of those that are worked on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("looking through", total=None)
        self.worked_on = 0

    def seen(self, letters: int) -> None:
        """See Steps."""
        self._progress.advance(self._task, letters)

    def begin(self, letters: int) -> None:
        """See Steps."""
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task("working on", total=letters)

    def done(self, letters: int) -> None:
        """See Steps."""
        self.worked_on += letters
        self._progress.advance(self._task, letters)


@contextmanager
def _office(stack_name: str | None, region: str | None, profile: str | None) -> Iterator[tuple[DeadLetterQueue, _Bar]]:
    """Yields the stack's office, and a progress bar while the work in it lasts."""
    stack = find_stack(stack_name, region, profile)
    urls = stack.output("DeadLetterQueueUrl"), stack.output("RetryQueueUrl")
    office = DeadLetterQueue(stack.client("sqs"), *urls)
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = _Bar(progress)
        try:
            yield office, bar
        except QueueUnavailable as error:
            rest = f"{bar.worked_on} letters are done, the others are where they were; run it again"
            raise Complaint(f"{error}: {rest}.") from None


def _confirm(found: Findings) -> None:
    if not found.letters:
        return
    Console(stderr=True, highlight=False).print(summed_up(found.letters, datetime.now(UTC)))
    if not agreed(f"Throw {_counted(found)} away, for good?"):
        say("Nothing is purged.")
        raise typer.Exit(1)


def _show_list(found: Findings, limit: int) -> None:
    console, now = Console(highlight=False), datetime.now(UTC)
    if not found.letters:
        say("There are no dead letters that fit.")
        return
    console.print(summed_up(found.letters, now))
    newest = found.letters[::-1][:limit]
    if newest:
        console.print(letters_table(newest, now))
    if left_off := len(found.letters) - len(newest):
        say(f"{left_off} more are not shown: use --limit or --json.")


def _tell_done(found: Findings, done: str, *, dry_run: bool, as_json: bool) -> None:
    profiles = sum(letter.profiles for letter in found.letters)
    if as_json:
        summary = summary_json(found.letters)
        counts = {"letters": len(found.letters), "profiles": profiles}
        emit(counts | {"summary": summary, "dry_run": dry_run, "cut_short": found.cut_short})
    elif not found.letters:
        say("There are no dead letters that fit.")
    else:
        Console(highlight=False).print(summed_up(found.letters, datetime.now(UTC)))
        verb = "would be" if dry_run else "is" if len(found.letters) == 1 else "are"
        say(f"{_counted(found)} {verb} {done}.")
    _tell_of_others(found)


def _counted(found: Findings) -> str:
    return f"{len(found.letters)} letter{'' if len(found.letters) == 1 else 's'}"


def _tell_of_others(found: Findings) -> None:
    if found.hidden:
        say(f"About {found.hidden} more are held by somebody else just now, and are not counted here.")
    if found.cut_short:
        say("There are more letters than are looked at in one go: run it again for the rest.")
