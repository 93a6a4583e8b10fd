"""What would become of a dead letter now, with the destination's active mapping."""

from collections.abc import Sequence
from typing import Any

from aep_moengage.delivery.updates import Kind
from aep_moengage.document.parsing import parse_destination
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.previews import Previewer


def sent_now(message: DeadLetterMessage, active: Version | None, *, payload: bool) -> Sequence[dict[str, Any]]:
    """Returns the decision about each profile or event of a message as `preview` does.

    Empty if the destination is gone or nothing of the message was stored. Only with `payload` it has personal data: the
    user and the requests.
    """
    if active is None or not isinstance(message.content, DeadLetter) or not message.redrivable:
        return ()
    previewer = Previewer(parse_destination(active.document))
    shown = previewer.event_shown if message.content.kind is Kind.EVENTS else previewer.shown
    decided = [shown(profile) for _, profile in message.content.profiles]
    return decided if payload else [{name: each[name] for name in ("decision", "reason")} for each in decided]
