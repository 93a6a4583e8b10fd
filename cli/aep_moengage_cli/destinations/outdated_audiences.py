"""Outdated audiences: those that a change renames or removes, and how many users MoEngage may still list as before."""

from collections.abc import Iterable

from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.index import AudienceIndex
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.mapping.audiences import Activation, AudienceKey, short_key
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.editing import Change
from aep_moengage_cli.terminal import say


def outdated_audiences(before: Destination, after: Destination) -> list[AudienceKey]:
    """Returns the audiences that were activated before and are not any more, or have another name in the file."""
    then, now = Activation(before.audiences), Activation(after.audiences)
    return [key for key in then if key not in now or (then.name(key) != now.name(key) and now.name(key))]


def offer_sweep(stack: Stack, change: Change) -> None:
    """Says how many users MoEngage may still list as before a change that was published, and how to update them."""
    before = parse_destination(change.before.document)
    outdated = outdated_audiences(before, change.destination)
    if not outdated:
        return
    index = AudienceIndex(stack.client("dynamodb"), stack.output("LedgerTableName"))
    try:
        most = index.count([short_key(key) for key in outdated])
    except LedgerUnavailable as error:
        say(f"How many users MoEngage still lists as before is not known: {error}.")
        return
    if most:
        say(f"Up to {most} users may still be listed as before, each until the next update.")
        say(f"To update them now: `aep-moengage sweep {before.id} {' '.join(_options(outdated))} --dry-run`")


def _options(audiences: Iterable[AudienceKey]) -> Iterable[str]:
    return (
        f"--audience {audience}" + ("" if namespace == "ups" else f"@{namespace}") for namespace, audience in audiences
    )
