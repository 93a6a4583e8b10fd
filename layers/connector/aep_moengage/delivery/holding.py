"""Holding: an event of somebody who has an anonymous identity only waits until a user is known by it.

It is looked at again when it has waited for as long once more: most people log in soon or not at all. What it waits
for otherwise, an operator or MoEngage, does not count: the profile that says who it is may have waited with it.
"""

from collections.abc import Mapping, Sequence

from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Update
from aep_moengage.ledger.known_users import Identified
from aep_moengage.mapping.events import EventDecision, Occurrence, joined
from aep_moengage.mapping.mapping import Action
from aep_moengage.outcomes import Outcome, RetryReason, SkipReason

_FIRST_LOOK, _LONGEST_WAIT = 60.0, 900.0  # seconds; SQS delays a message for no longer


def identified(updates: Sequence[Update], decisions: Sequence[EventDecision]) -> list[Identified]:
    """Returns what events say about who anonymous users are."""
    return [
        Identified(each.anonymous_id, each.customer_id, update.sequence.received_ms)
        for update, decision in zip(updates, decisions, strict=True)
        for each in decision.occurrences
        if each.anonymous_id is not None
    ]


def anonymous_ids(decisions: Sequence[EventDecision]) -> list[str]:
    """Returns the anonymous users whose events wait."""
    held = (each.customer_id for decision in decisions for each in decision.occurrences if each.held)
    return list(dict.fromkeys(held))


def settled(decision: EventDecision, known: Mapping[str, str], *, over: bool) -> EventDecision:
    """Returns the decision about an event, given the users who are known by anonymous id, and whether the hold is over.

    An event waits as a whole, so that what several rules make of it for one user stays one occurrence.
    """
    if decision.action is not Action.HOLD:
        return decision
    occurrences = [_named(each, known) for each in decision.occurrences]
    left = [each for each in occurrences if not each.held]
    if len(left) < len(occurrences) and not over:
        return decision
    if not left:
        return decision._replace(action=Action.SKIP, reason=SkipReason.ANONYMOUS, occurrences=())
    return decision._replace(action=Action.DELIVER, occurrences=joined(left))


def _named(each: Occurrence, known: Mapping[str, str]) -> Occurrence:
    customer_id = known.get(each.customer_id) if each.held else None
    return each._replace(customer_id=customer_id, anonymous_id=each.customer_id, held=False) if customer_id else each


def held(waited: float, hold: float) -> Result:
    """Returns the result of an event that waits, given for how long it has, and the destination's hold, in seconds."""
    wait = min(max(waited, _FIRST_LOOK), _LONGEST_WAIT, max(hold - waited, 1.0))
    return Result(Outcome.RETRYING, RetryReason.HELD, RetryReason.HELD.message, wait)
