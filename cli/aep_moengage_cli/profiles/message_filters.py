"""Filters of dead-letter messages: those of a user, or those of a request."""

from collections.abc import Callable, Iterator

from aep_moengage.delivery.updates import Kind
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.events import CompiledEvents
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
    destination = parse_destination(active.document)
    mapping, event_mapping = CompiledMapping(destination), CompiledEvents(destination)

    def users_of(content: DeadLetter | RetryMessage) -> Iterator[str | None]:
        for _, each in content.profiles:
            if content.kind is Kind.EVENTS:
                occurrences = event_mapping.transform(each, content.received).occurrences
                yield from (occurrence.customer_id for occurrence in occurrences)
            else:
                yield mapping.transform(each, content.received).customer_id

    def matches(message: DeadLetterMessage) -> bool:
        return message.content is not None and customer_id in users_of(message.content)

    return matches
