"""The attribute that MoEngage's own card fills: older pages of Adobe call it AEP Segment, newer ones AEPSegments."""

from collections.abc import Sequence

from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.destinations.moengage_account import read_user
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.caution import Caution, CautionCode

_NAMES = ("AEPSegments", "AEP Segment")


def find_card_attribute(workspace: Workspace, customer_id: str) -> str:
    """Returns the attribute with audience names that MoEngage holds of a user.

    Raises:
        CommandError: if MoEngage can't be asked, has no such user, or holds none of the attributes, or both.
    """
    found = _held(workspace, customer_id)
    if len(found) == 1:
        return found[0]
    which = "both AEPSegments and AEP Segment" if found else "neither AEPSegments nor AEP Segment"
    raise CommandError(
        f"MoEngage's user {customer_id} has {which}.",
        "Choose a user who is in an audience that the card activates, or write `audience_attribute` yourself.",
    )


def card_cautions(workspace: Workspace, attribute: str, customer_ids: Sequence[str]) -> list[Caution]:
    """Returns a caution for each user of whom MoEngage holds audience names under another name than `attribute`."""
    held = ((customer_id, name) for customer_id in customer_ids for name in _held(workspace, customer_id))
    return [_caution(name, attribute, customer_id) for customer_id, name in held if name != attribute]


def _caution(name: str, attribute: str, customer_id: str) -> Caution:
    message = (
        f"MoEngage's user {customer_id} has {name}, but this file writes {attribute}: segments that use {name} would "
        f"no longer change. To keep the name: `audience_attribute: {name}` and `existing_audiences: keep`"
    )
    return Caution(CautionCode.OTHER_AUDIENCE_ATTRIBUTE, "audience_attribute", message)


def _held(workspace: Workspace, customer_id: str) -> list[str]:
    attributes = read_user(workspace, customer_id, _NAMES)
    if attributes is None:
        raise CommandError(f"MoEngage has no user {customer_id}.")
    return [name for name in _NAMES if attributes.get(name) is not None]
