"""Sending events: in bulk, and those of one user in the order of their time.

Nothing says that MoEngage sorts events. So once an event of a user has to be tried again, the later ones that wait with
it are not sent before it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from aep_moengage.delivery.sending import Record, Sender, pack_bulks
from aep_moengage.moengage.responses import Answer, Verdict

_HELD = Answer(Verdict.TRANSIENT, "an earlier event of this user has to be sent first")
_FINAL = {Verdict.ACCEPTED, Verdict.REFUSED, Verdict.TOO_LARGE}


class EventToSend(NamedTuple):
    """A record with events of one user, and the key that its answer is returned under."""

    key: str
    customer_id: str
    record: Record


def send_in_order(sender: Sender, events: Sequence[EventToSend]) -> dict[str, Answer]:
    """Returns the answer to each of the events, by its key; events must be in the order of their time."""
    answers: dict[str, Answer] = {}
    held: set[str] = set()
    remaining = iter(events)
    for pack in pack_bulks([each.record for each in events]):
        some = [next(remaining) for _ in pack]
        sendable = [each for each in some if each.customer_id not in held]
        sent = sender.send_pack([each.record for each in sendable]) if sendable else []
        answers |= dict.fromkeys((each.key for each in some), _HELD)
        answers |= {each.key: answer for each, answer in zip(sendable, sent, strict=True)}
        held |= {each.customer_id for each in some if answers[each.key].verdict not in _FINAL}
    return answers
