"""Outdated audiences: those that a change renames or removes, and how many users MoEngage may still list in them."""

from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.index import AudienceIndex
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.mapping.audiences import Activation, AudienceKey, short_key
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.editing import Change
from aep_moengage_cli.terminal import say


def outdated_audiences(before: Destination, after: Destination) -> list[AudienceKey]:
    """Returns the audiences that are no longer activated, or have another name in the file."""
    then, now = Activation(before.audiences), Activation(after.audiences)
    return [key for key in then if key not in now or (then.name(key) != now.name(key) and now.name(key))]


def offer_sweep(stack: Stack, change: Change) -> None:
    """Says how many users MoEngage may still list under the old names after a change, and how to update them."""
    before = parse_destination(change.before.document)
    outdated = outdated_audiences(before, change.destination)
    if not outdated:
        return
    index = AudienceIndex(stack.client("dynamodb"), stack.output("LedgerTableName"))
    try:
        most = index.count([short_key(key) for key in outdated])
    except LedgerUnavailable as error:
        say(f"The number of users that MoEngage still lists under the old names is not known: {error}.")
        return
    if most:
        say(f"MoEngage may still list up to {most} users under the old names, each until the user's next update.")
        audiences = " --audience ".join(map(_full_id, outdated))
        say(f"To update them now: `aep-moengage sweep {before.id} --audience {audiences} --dry-run`")


def _full_id(key: AudienceKey) -> str:
    namespace, audience = key
    return audience if namespace == "ups" else f"{audience}@{namespace}"
