"""Filters of dead-letter messages: those of a user, or those of a request."""

from collections.abc import Callable

from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage.queues.retry_messages import RetryMessage
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage

type MessageFilter = Callable[[DeadLetterMessage], bool]


def of_request(request: str) -> MessageFilter:
    """Returns a filter of a request's messages."""
    return lambda message: message.content is not None and message.content.request == request


def of_user(active: Version | None, customer_id: str) -> MessageFilter:
    """Returns a filter of a user's messages, as the active version maps profiles to users."""
    if active is None:
        return lambda _: False
    mapping = CompiledMapping(parse_destination(active.document))

    def is_of_user(profile: object, received: int) -> bool:
        return mapping.transform(profile, received).customer_id == customer_id

    def matches(message: DeadLetterMessage) -> bool:
        match message.content:
            case DeadLetter(profile=profile, received=received):
                return is_of_user(profile, received)
            case RetryMessage(profiles=profiles, received=received):
                return any(is_of_user(profile, received) for _, profile in profiles)
        return False

    return matches
