"""Custody: what was not delivered is put where it is safe, before anyone is told that it is."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aep_moengage.dead_letters import DeadLetter
from aep_moengage.outcomes import Outcome, Reason, RejectReason
from aep_moengage.queues import LARGEST_MESSAGE, Queue
from aep_moengage.results import Result
from aep_moengage.retry import Waiting, portioned

LARGEST_PROFILE = LARGEST_MESSAGE - 4096  # bytes as JSON; the rest is for what a dead letter says around it
_KEPT = {Outcome.RETRYING, Outcome.REJECTED}


@dataclass(frozen=True, slots=True)
class Custody:
    """The retry queue and the dead-letter queue, as the two places that keep profiles."""

    retry: Queue
    dead: Queue

    def keep(self, arrived: Waiting, results: Sequence[Result], now: float) -> list[Result]:
        """Puts what became of a request's profiles, result by result, into the queue that it belongs to.

        Returns what has become of them: a profile that no queue can hold is rejected, and its letter does without it.

        Raises:
            QueueUnavailable: nothing may be said to be in custody.
        """
        arrived, results = _holdable(arrived, results)
        waiting: dict[Reason, list[int]] = defaultdict(list)
        dead: list[DeadLetter] = []
        for place, result in enumerate(results):
            if result.outcome is Outcome.RETRYING and result.reason:
                waiting[result.reason].append(place)
            elif result.outcome is Outcome.REJECTED:
                dead.append(dead_letter(arrived, place, result, now, attempts=1))
        self.dead.put(dead)
        self.retry.put_later(
            (math.ceil(max(results[place].pause or 0.0 for place in places)), message)
            for reason, places in waiting.items()
            for message in portioned(arrived.only(places, reason))
        )
        return results


def _holdable(arrived: Waiting, results: Sequence[Result]) -> tuple[Waiting, list[Result]]:
    profiles, final = list(arrived.profiles), list(results)
    for place, result in enumerate(results):
        if result.outcome in _KEPT and (size := _size(profiles[place][1])) > LARGEST_PROFILE:
            why = f"{size} bytes, and no queue holds more than {LARGEST_PROFILE}: it is left in AEP"
            reason = result.reason if result.outcome is Outcome.REJECTED else RejectReason.RECORD_TOO_LARGE
            final[place] = replace(result, outcome=Outcome.REJECTED, reason=reason, why=why)
            profiles[place] = profiles[place][0], None
    return replace(arrived, profiles=tuple(profiles)), final


def _size(profile: Any) -> int:
    return len(json.dumps(profile, separators=(",", ":")))


def dead_letter(waiting: Waiting, place: int, result: Result, now: float, attempts: int) -> DeadLetter:
    """Returns the dead letter of a profile that was rejected."""
    index, profile = waiting.profiles[place]
    return DeadLetter(
        destination=waiting.destination,
        request=waiting.request,
        received=waiting.received,
        index=index,
        profile=profile,
        reason=RejectReason(result.reason or RejectReason.REFUSED),
        why=result.why,
        first_attempt=waiting.received,
        last_attempt=int(now * 1000),
        attempts=attempts,
    )
