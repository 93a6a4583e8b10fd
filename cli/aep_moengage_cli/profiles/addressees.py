"""Addressees: which dead letters are of a user, or of a request."""

from collections.abc import Callable

from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.profiles.dead_letter_office import Letter

type Meant = Callable[[Letter], bool]


def of_request(request: str) -> Meant:
    """Returns what tells whether a letter is of a request."""
    return lambda letter: letter.content is not None and letter.content.request == request


def of_user(active: Version | None, customer_id: str) -> Meant:
    """Returns what tells whether a letter is of a user, as the active version maps it."""
    if active is None:
        return lambda _: False
    mapping = CompiledMapping(parse_destination(active.document))

    def is_of_user(profile: object, received: int) -> bool:
        return mapping.transform(profile, received).customer_id == customer_id

    def meant(letter: Letter) -> bool:
        match letter.content:
            case DeadLetter() as dead:
                return is_of_user(dead.profile, dead.received)
            case RetryMessage() as waiting:
                return any(
                    mapping.transform(profile, waiting.received).customer_id == customer_id
                    for _, profile in waiting.profiles
                )
        return False

    return meant
