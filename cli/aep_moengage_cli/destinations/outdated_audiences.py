"""Outdated audiences: those that a change renames, removes, or moves to another attribute.

How many users may MoEngage still list in them?
"""

from collections.abc import Iterator

from aep_moengage.document.destination import Destination
from aep_moengage.ledger.index import AudienceIndex
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.mapping.audiences import Activation, AudienceKey, short_key
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.terminal import say


def outdated_audiences(before: Destination, after: Destination) -> list[AudienceKey]:
    """Returns the audiences that are no longer activated, or have another name in the file, or another attribute."""
    then, now = Activation(before.audiences), Activation(after.audiences)
    if before.audience_attribute != after.audience_attribute:
        return list(then)
    return [key for key in then if key not in now or (then.name(key) != now.name(key) and now.name(key))]


def sweep_advice(stack: Stack, before: Destination, after: Destination) -> Iterator[str]:
    """Yields how many users MoEngage may still list as before a change, and how to update them; nothing if none."""
    where = "under the old names"
    if before.audience_attribute != after.audience_attribute:
        where = f"in {before.audience_attribute}"
        yield f"At each user's next update the audiences move to {after.audience_attribute}."
    outdated = outdated_audiences(before, after)
    if not outdated:
        return
    index = AudienceIndex(stack.client("dynamodb"), stack.output("LedgerTableName"))
    try:
        most = index.count([short_key(key) for key in outdated])
    except LedgerUnavailable as error:
        yield f"How many users MoEngage will list {where} is not known: {error}."
        return
    if most:
        yield f"After this change MoEngage may list up to {most} users {where} until their next update."
        audiences = " --audience ".join(map(_full_id, outdated))
        yield f"To update them at once: `aep-moengage sweep {before.id} --audience {audiences} --dry-run`"


def offer_sweep(stack: Stack, before: Destination, after: Destination) -> None:
    """Says what `sweep_advice` yields."""
    for line in sweep_advice(stack, before, after):
        say(line)


def _full_id(key: AudienceKey) -> str:
    namespace, audience = key
    return audience if namespace == "ups" else f"{audience}@{namespace}"
