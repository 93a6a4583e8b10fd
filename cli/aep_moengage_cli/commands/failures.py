"""`failures`: lists, shows, redrives and purges the messages of the dead-letter queue."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Local, Profile, Region, StackName, Yes
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.destination_ids import destination_ids
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import REASONS, DeadLetterMessage, Selection
from aep_moengage_cli.profiles.dead_letter_progress import dead_letter_progress
from aep_moengage_cli.profiles.dead_letter_queue import DEFAULT_RATE, DeadLetterQueue, Findings
from aep_moengage_cli.profiles.dead_letter_report import (
    NOT_STORED,
    groups_json,
    message_json,
    message_table,
    messages_table,
    summary,
)
from aep_moengage_cli.profiles.message_selection import selection_of
from aep_moengage_cli.profiles.moengage_words import masked_words_of
from aep_moengage_cli.profiles.sent_now import sent_now
from aep_moengage_cli.queue_length import counted
from aep_moengage_cli.terminal import agreed, emit, say

app = application()

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Message ids, or the beginnings of ids. Default: all messages.")
]
DestinationId = Annotated[
    str | None,
    typer.Option(
        "--destination", metavar="ID", help="Only messages of this destination.", autocompletion=destination_ids
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="REASON",
        help=f"Only messages with this reason: {', '.join(REASONS)}.",
        autocompletion=lambda incomplete: [reason for reason in REASONS if reason.startswith(incomplete)],
    ),
]
Since = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Only messages rejected since: 30m, 2h, 3d, or an ISO time (UTC).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which messages would be affected; change nothing.")]


@app.callback()
def failures() -> None:
    """Lists, shows, redrives and purges the profiles that were rejected or given up.

    Each dead-letter message keeps AEP's profile unchanged, with the reason and its place in the order of updates.
    """


@app.command("list")
def list_messages(
    ctx: typer.Context,
    *,
    destination: DestinationId = None,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=0, help="The most messages shown below the summary; newest first.")] = 50,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Lists the dead-letter messages: in groups by destination and reason with advice, then one by one.

    Every message is received and released; meanwhile others can't see it. No personal data is shown.

    --json prints `groups` (destination, reason, messages, profiles, oldest, newest, details, advice), `messages`
    (id, destination, reason, detail, profiles, rejected_at, request, received, attempts, index, first_attempt; oldest
    first), `in_flight` (the number that another receiver holds) and `incomplete` (true if there are more messages than
    were read).

    Example: `aep-moengage failures list --reason refused --since 2h`

    Exit codes:

    * 0: listed; there may be none
    * 2: an error, shown on stderr

    Needs: *View Profiles*
    """
    selection = selection_of(None, destination, reason, since)
    queue = DeadLetterQueue.of(find_stack(ctx, stack_name, region, profile, local=local))
    found = _look(queue, selection)
    if as_json:
        emit(
            {
                "groups": groups_json(found.messages),
                "messages": [message_json(message) for message in found.messages],
                "in_flight": found.in_flight,
                "incomplete": found.incomplete,
            }
        )
    else:
        _show_list(found.messages, limit)
    _say_what_is_missing(found)


@app.command()
def show(
    ctx: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The message's id, or its beginning.")],
    *,
    payload: Annotated[
        bool, typer.Option("--payload", help="Show the profile too, as AEP sent it. It is personal data.")
    ] = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Shows one dead-letter message: its fields, the reason, what to do about it, and what a redrive would do now.

    `sent_now` is what today's mapping makes of it: the decision and the reason of each profile; with --payload also the
    requests that MoEngage would get. MoEngage may still refuse them.

    `moengage_said` are MoEngage's own words, if it refused the profile. Values in them are masked without --payload.

    --json prints the fields of a message as `failures list` does, `moengage_said`, `sent_now`, and `payload` with
    --payload.

    Example: `aep-moengage failures show 3f2a9c1e --payload`

    Exit codes:

    * 0: shown
    * 2: an error, shown on stderr; or there is no such message

    Needs: *View Profiles*
    """
    selection = selection_of([message_id], None, None, None)
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    found = _look(DeadLetterQueue.of(stack), selection)
    if not found.messages:
        raise CommandError(f"There is no message {message_id}: `failures list` lists them.", *_in_flight(found))
    if len(found.messages) > 1:
        raise CommandError(f"{len(found.messages)} messages begin with {message_id}: give more characters of the id.")
    (message,) = found.messages
    active = Publishing.of(stack).active(message.destination)
    (now,) = sent_now([message], active, payload=payload)
    said = message.said if payload else masked_words_of(message, active)
    if as_json:
        emit(message_json(message, payload=payload) | {"moengage_said": said, "sent_now": now})
    else:
        Console(highlight=False).print(message_table(message, said, now, payload=payload))


@app.command()
def redrive(
    ctx: typer.Context,
    ids: Ids = None,
    *,
    destination: DestinationId = None,
    reason: Reason = None,
    since: Since = None,
    rate: Annotated[float, typer.Option(min=0.1, max=10_000, help="Profiles a second.")] = DEFAULT_RATE,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Sends dead-letter messages again, oldest first: all of them, or the selected ones. Asks before it sends all.

    They go through the retry queue and today's mapping, with a new retry window. They keep their place in the order,
    so an old message never overwrites a newer update. It is safe to run this again, also after an interruption.
    Messages without their profile, which was too large to store, stay in the dead-letter queue.

    --json prints `messages` and `profiles` (how many were redriven), `groups` (as in `failures list`), `not_stored`
    (how many messages without their profile stay), `dry_run` and `incomplete`.

    Example: `aep-moengage failures redrive --destination acme-production --reason gave_up --rate 50`

    Exit codes:

    * 0: redriven; there may have been none
    * 1: you did not confirm it; nothing was redriven
    * 2: an error, shown on stderr; some messages may have been redriven

    Needs: *Manage Destinations*
    """
    selection = selection_of(ids, destination, reason, since)
    queue = DeadLetterQueue.of(find_stack(ctx, stack_name, region, profile, local=local))
    found = _look(queue, selection)
    redrivable = [message for message in found.messages if message.redrivable]
    if redrivable and not (ids or destination or reason or since or yes or dry_run):
        _confirm(redrivable, f"Send all {counted(len(redrivable))} again?", "Nothing was redriven.")
    with dead_letter_progress() as progress:
        done = redrivable if dry_run else queue.redrive(redrivable, rate=rate, progress=progress)
    not_stored = len(found.messages) - len(redrivable)
    if as_json:
        emit(_done_json(done, found, dry_run=dry_run) | {"not_stored": not_stored})
    else:
        _show_done(done, "redriven", dry_run=dry_run)
    if not_stored:
        say(f"{counted(not_stored)} can't be redriven. {NOT_STORED}")
    _say_what_is_missing(found)


@app.command()
def purge(
    ctx: typer.Context,
    ids: Ids = None,
    *,
    destination: DestinationId = None,
    reason: Reason = None,
    since: Since = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Deletes dead-letter messages permanently: all of them, or the selected ones. Asks first.

    --json prints `messages` and `profiles` (how many were deleted), `groups` (as in `failures list`), `dry_run` and
    `incomplete`.

    Example: `aep-moengage failures purge --reason not_a_profile`

    Exit codes:

    * 0: purged; there may have been none
    * 1: you did not confirm it; nothing was purged
    * 2: an error, shown on stderr; some messages may have been purged

    Needs: *Manage Destinations*
    """
    selection = selection_of(ids, destination, reason, since)
    queue = DeadLetterQueue.of(find_stack(ctx, stack_name, region, profile, local=local))
    found = _look(queue, selection)
    if found.messages and not (yes or dry_run):
        _confirm(found.messages, f"Delete {counted(len(found.messages))} permanently?", "Nothing was purged.")
    with dead_letter_progress() as progress:
        done = found.messages if dry_run else queue.purge(found.messages, progress=progress)
    if as_json:
        emit(_done_json(done, found, dry_run=dry_run))
    else:
        _show_done(done, "purged", dry_run=dry_run)
    _say_what_is_missing(found)


def _look(queue: DeadLetterQueue, selection: Selection) -> Findings:
    """Reads the queue, and shows how far it is."""
    with dead_letter_progress() as progress:
        return queue.look(selection, progress)


def _confirm(messages: Sequence[DeadLetterMessage], question: str, declined: str) -> None:
    Console(stderr=True, highlight=False).print(summary(messages, datetime.now(UTC)))
    if not agreed(question):
        say(declined)
        raise typer.Exit(1)


def _show_list(messages: Sequence[DeadLetterMessage], limit: int) -> None:
    console, now = Console(highlight=False), datetime.now(UTC)
    if not messages:
        say("No dead-letter messages match.")
        return
    console.print(summary(messages, now))
    newest = messages[::-1][:limit]
    if newest:
        console.print(messages_table(newest, now))
    if left_off := len(messages) - len(newest):
        say(f"{left_off} more are not shown: use --limit or --json.")


def _done_json(done: Sequence[DeadLetterMessage], found: Findings, *, dry_run: bool) -> dict[str, object]:
    return {
        "messages": len(done),
        "profiles": sum(message.profiles for message in done),
        "groups": groups_json(done),
        "dry_run": dry_run,
        "incomplete": found.incomplete,
    }


def _show_done(done: Sequence[DeadLetterMessage], verb: str, *, dry_run: bool) -> None:
    if not done:
        say(f"No dead-letter messages {'would be' if dry_run else 'were'} {verb}.")
        return
    Console(highlight=False).print(summary(done, datetime.now(UTC)))
    tense = "would be" if dry_run else "was" if len(done) == 1 else "were"
    say(f"{counted(len(done))} {tense} {verb}.")


def _say_what_is_missing(found: Findings) -> None:
    for line in _in_flight(found):
        say(line)
    if found.incomplete:
        say("The queue has more messages than one run reads: run it again for the rest.")


def _in_flight(found: Findings) -> list[str]:
    if not found.in_flight:
        return []
    return [f"Not included: about {counted(found.in_flight)} that another receiver holds. Try again in two minutes."]
