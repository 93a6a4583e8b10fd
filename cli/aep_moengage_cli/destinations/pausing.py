"""Pausing: stops and resumes the sending of a destination, as a new version of the same document."""

import typer

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.capturing import refuse_unmapped
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.terminal import emit

_DONE = {
    True: f"is paused within {CACHE_SECONDS} s: updates that arrive are queued, nothing is sent",
    False: f"is resumed within {CACHE_SECONDS} s: the queued updates are sent within minutes",
}
_WAS = {True: "was paused already", False: "was not paused"}


def paused_version(stack: Stack, destination: str, paused: bool, *, why: str) -> tuple[Version, bool]:
    """Pauses or resumes a destination: returns the active version, and whether it is a new one.

    Works also if today's rules refuse its document. Raises `CommandError` if it has no mapping to resume with.
    """
    publishing = Publishing.of(stack)
    before = active_version(publishing, destination)
    if before.paused is paused:
        return before, False
    if not paused:
        refuse_unmapped(destination, before.document)
    what = "paused" if paused else "resumed"
    after = publishing.publish(
        destination, before.document, after=before, who=stack.operator(), why=why, what=what, paused=paused
    )
    return after, True


def paused_line(version: Version, published: bool) -> str:
    """Returns the result as a sentence."""
    state = (_DONE if published else _WAS)[version.paused]
    return f"{version.destination} {state}; version {version.number}."


def set_paused(stack: Stack, destination: str, paused: bool, *, why: str, as_json: bool) -> None:
    """Pauses or resumes a destination and shows the result."""
    after, published = paused_version(stack, destination, paused, why=why)
    if as_json:
        emit({"destination": destination, "version": after.number, "paused": paused, "published": published})
    else:
        typer.echo(paused_line(after, published))
