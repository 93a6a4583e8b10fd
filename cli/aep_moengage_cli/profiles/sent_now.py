"""What would become of a dead letter now, with the destination's active mapping."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from aep_moengage.delivery.updates import Kind
from aep_moengage.document.parsing import parse_destination
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.previews import Previewer

type _Decided = Sequence[dict[str, Any]]


def sent_now(messages: Iterable[DeadLetterMessage], active: Version | None, *, payload: bool) -> list[_Decided]:
    """Returns for each message the decisions about its profiles or events, as `preview` makes them.

    A message has none if the destination was deleted, or if nothing of the message was stored. Only with `payload` they
    have personal data: the user and the requests.
    """
    previewer = cache(lambda document: Previewer(parse_destination(document)))

    def decided(message: DeadLetterMessage) -> _Decided:
        if active is None or not isinstance(message.content, DeadLetter) or not message.redrivable:
            return ()
        return _decided(message.content, previewer(active.document), payload=payload)

    return [decided(message) for message in messages]


def _decided(content: DeadLetter, previewer: Previewer, *, payload: bool) -> _Decided:
    shown = previewer.event_shown if content.kind is Kind.EVENTS else previewer.shown
    found = [shown(profile) for _, profile in content.profiles]
    return found if payload else [{name: each[name] for name in ("decision", "reason")} for each in found]
