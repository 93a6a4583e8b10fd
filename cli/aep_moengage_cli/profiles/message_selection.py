"""The selection of dead-letter messages, as an operator asks for it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import REASONS, Selection
from aep_moengage_cli.timestamps import parse_timestamp

_SHORTEST_ID = 8  # characters, the first block of an id


def selection_of(
    ids: Sequence[str] | None, destination: str | None, reason: str | None, since: str | None
) -> Selection:
    """Returns the selection; `since` is a duration (`2h`) or an ISO time.

    Raises:
        CommandError: for a short id, an unknown reason, or what is no time.
    """
    if short := [each for each in ids or [] if len(each) < _SHORTEST_ID]:
        raise CommandError(f"{short[0]!r} is too short for a message id: give at least {_SHORTEST_ID} characters.")
    if reason not in {None, *REASONS}:
        raise CommandError(f"There is no reason {reason!r}: use one of {', '.join(REASONS)}.")
    timestamp = parse_timestamp(since, datetime.now(UTC)) if since else None
    return Selection(
        ids=frozenset(ids) if ids else None,
        destination=destination,
        reason=reason,
        since=int(timestamp.timestamp() * 1000) if timestamp else None,
    )
