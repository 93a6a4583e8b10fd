"""Pausing: stops and resumes the sending of a destination, as a new version of the same document."""

import typer

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.terminal import emit

_DONE = {
    True: f"is paused within {CACHE_SECONDS} s: updates that arrive are queued, nothing is sent",
    False: f"is resumed within {CACHE_SECONDS} s: the queued updates are sent within minutes",
}
_WAS = {True: "was paused already", False: "was not paused"}


def set_paused(stack: Stack, destination: str, paused: bool, *, why: str, as_json: bool) -> None:
    """Pauses or resumes a destination and shows the result. Works also if today's rules refuse its document."""
    publishing = Publishing.of(stack)
    before = after = active_version(publishing, destination)
    if before.paused is not paused:
        after = publishing.publish(
            destination,
            before.document,
            after=before,
            who=stack.operator(),
            why=why,
            what="paused" if paused else "resumed",
            paused=paused,
        )
    if as_json:
        published = after is not before
        emit({"destination": destination, "version": after.number, "paused": paused, "published": published})
    else:
        typer.echo(f"{destination} {(_WAS if after is before else _DONE)[paused]}; version {after.number}.")
