"""Editing: an operator's change of a destination, from its active version to the next one.

Read the active version, change its document, check it, show the difference, ask, and publish on the condition that
nobody else has published since. A document with an error is never published.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from aep_moengage.document.destination import Destination
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage.document.policies import publishable
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.differences import Difference, as_lines, differences
from aep_moengage_cli.destinations.outdated_audiences import offer_sweep
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.shared_attributes import refuse_shared_attributes
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import agreed, emit, say

NOT_PUBLISHED = 1  # exit code: there is a difference, and it was not published
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


class NotConnected(CommandError):
    """There is no active destination with this id."""

    def __init__(self, destination: str, connected: Sequence[str] = ()) -> None:
        """`connected` are the ids that there are, of which one may be meant."""
        alike = get_close_matches(destination, connected, n=1)
        super().__init__(
            f"There is no destination {destination}.{f' Did you mean {alike[0]}?' if alike else ''}",
            "`aep-moengage destinations list` lists the destinations; `aep-moengage connect FILE` creates one.",
        )


@dataclass(frozen=True)
class Change:
    """A document without errors that may follow a version."""

    before: Version
    document: str
    destination: Destination

    @cached_property
    def differences(self) -> list[Difference]:
        """The differences; empty if there is no change."""
        return differences(json.loads(self.before.document), json.loads(self.document))

    @property
    def earlier(self) -> Destination:
        """The destination before the change."""
        return parse_destination(self.before.document)

    @property
    def lines(self) -> list[str]:
        """The differences as a unified diff."""
        names = f"version {self.before.number}", "new"
        return as_lines(json.loads(self.before.document), json.loads(self.document), names)


def active_version(publishing: Publishing, destination: str) -> Version:
    """Returns the active version; raises `NotConnected` if there is none."""
    if active := publishing.active(destination):
        return active
    raise NotConnected(destination, [each.destination for each in publishing.all_active()])


def propose(before: Version, document: str) -> Change:
    """Returns the change to another document; raises `CommandError` with every error of the document."""
    try:
        destination = publishable(document)
    except DestinationFaults as faults:
        what = f"Nothing was published: the document of {before.destination} would have errors."
        raise CommandError(what, *map(str, faults.faults)) from None
    return Change(before, document, destination)


def edited(before: Version, edit: Callable[[dict[str, Any]], None]) -> Change:
    """Returns the change that `edit` makes to the document; raises `CommandError` as `propose` does."""
    document = json.loads(before.document)
    edit(document)
    return propose(before, json.dumps(document))


def earlier_version(publishing: Publishing, destination: str, number: int) -> Version:
    """Returns a version by its number; raises `CommandError` if there is none."""
    if found := publishing.version(destination, number):
        return found
    raise CommandError(
        f"{destination} has no version {number}: `aep-moengage history {destination}` lists its versions."
    )


def publish(stack: Stack, publishing: Publishing, change: Change, *, why: str, what: str = "") -> Version:
    """Publishes a change and returns its version; `what` says what its documents don't show.

    Raises:
        PublishedMeanwhile: if the version that the change is based on is no longer active.
    """
    before = change.before
    who = stack.operator()
    return publishing.publish(before.destination, change.document, after=before, who=who, why=why, what=what)


def show_difference(lines: Sequence[str], console: Console) -> None:
    """Shows a unified diff, in colours on a terminal."""
    for line in lines:
        console.print(Text(line, style=_STYLES.get(line[:1], "")), soft_wrap=True)


def conclude(
    stack: Stack,
    publishing: Publishing,
    change: Change,
    *,
    why: str,
    what: str = "",
    yes: bool,
    as_json: bool,
    dry_run: bool = False,
    share_attributes: bool = False,
) -> None:
    """Shows a change, asks, publishes it, and shows the result.

    Raises:
        SharedAttributes: if it maps an attribute that another destination of the workspace maps, without
            `share_attributes`.
        typer.Exit: with `NOT_PUBLISHED` if there is a difference that was not published.
        PublishedMeanwhile: if the version that the change is based on is no longer active.
    """
    # with --json, standard output holds the result only
    show_difference(change.lines, Console(stderr=as_json, highlight=False))
    if not share_attributes:
        refuse_shared_attributes(publishing, change.earlier, change.destination)
    published = None
    if change.differences and not dry_run and (yes or agreed(f"Publish this to {change.before.destination}?")):
        published = publish(stack, publishing, change, why=why, what=what)
    _show_result(change, published, as_json=as_json)
    offer_sweep(stack, change.earlier, change.destination)
    if change.differences and not published:
        raise typer.Exit(NOT_PUBLISHED)


def _show_result(change: Change, published: Version | None, *, as_json: bool) -> None:
    active = published or change.before
    if as_json:
        found = [
            {"path": each.path, "kind": each.kind, "before": each.before, "after": each.after}
            for each in change.differences
        ]
        emit(
            {"destination": active.destination, "version": active.number, "published": bool(published)}
            | {"differences": found}
        )
    elif published:
        typer.echo(f"{active.destination}: version {active.number} is published and takes effect within a minute.")
        say_if_paused(active)
    elif change.differences:
        typer.echo(f"{active.destination}: nothing was published; version {active.number} stays active.")
    else:
        typer.echo(f"{active.destination}: no change; version {active.number} stays active.")


def say_if_paused(active: Version) -> None:
    """Reminds the operator that a paused destination sends nothing."""
    if active.paused:
        say(f"{active.destination} is paused: nothing is sent until `aep-moengage resume {active.destination}`.")
