"""Sending events: in bulk, and those of one user in the order of their time.

Nothing says that MoEngage sorts events. So once an event of a user has to be tried again, the later ones that wait with
it are not sent before it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from aep_moengage.delivery.sending import Record, Sender, bulk_length
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
    records, begin = [each.record for each in events], 0
    while begin < len(events):
        some = events[begin : begin + bulk_length(records, begin)]
        sendable = [place for place, each in enumerate(some) if each.customer_id not in held]
        sent = sender.send_pack([some[place].record for place in sendable]) if sendable else []
        if len(sent) < len(sendable):  # the pace lets no more through for now
            some = some[: sendable[len(sent)]]
        answers |= dict.fromkeys((each.key for each in some), _HELD)
        answers |= {some[place].key: answer for place, answer in zip(sendable, sent, strict=False)}
        held |= {each.customer_id for each in some if answers[each.key].verdict not in _FINAL}
        begin += len(some)
    return answers
