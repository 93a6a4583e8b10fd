"""Custody: profiles that were not delivered are put into a queue before the sender is answered."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from aep_moengage.delivery.results import Result
from aep_moengage.outcomes import Outcome, Reason, RejectReason, RetryReason
from aep_moengage.queues.dead_letters import dead_letters
from aep_moengage.queues.message_text import content_size
from aep_moengage.queues.queue import LARGEST_MESSAGE, Queue
from aep_moengage.queues.retry_messages import RetryMessage, split

LARGEST_PROFILE = LARGEST_MESSAGE - 4096  # bytes as JSON; the rest is for the fields of a dead letter around it
QUEUED = Result(Outcome.RETRYING, RetryReason.QUEUED, RetryReason.QUEUED.message)
_KEPT = {Outcome.RETRYING, Outcome.REJECTED}


@dataclass(frozen=True, slots=True)
class Custody:
    """The retry queue and the dead-letter queue: the two places that keep profiles."""

    retry: Queue
    dead: Queue

    def keep(self, arrived: RetryMessage, results: Sequence[Result], now: float) -> list[Result]:
        """Puts a request's profiles into the queue that each result asks for.

        Returns the results; a profile that is too large for a queue is rejected, and its dead letter has no profile.

        Raises:
            QueueUnavailable: custody was not taken.
        """
        (kept,) = self.keep_all([(arrived, results)], now)
        return kept

    def keep_all(self, requests: Iterable[tuple[RetryMessage, Sequence[Result]]], now: float) -> list[list[Result]]:
        """Does the same for several requests, in full batches; returns the results of each."""
        held = [_holdable(*each) for each in requests]
        self.dead.put(letter for arrived, results in held for letter in dead_letters(arrived, results, now, attempts=1))
        self.retry.put_later(entry for each in held for entry in _retried(*each))
        return [results for _, results in held]


def _retried(arrived: RetryMessage, results: Sequence[Result]) -> Iterator[tuple[int, RetryMessage]]:
    """Yields the messages of what is retried, each with the seconds until then."""
    retried: dict[Reason, list[int]] = defaultdict(list)
    for place, result in enumerate(results):
        if result.outcome is Outcome.RETRYING:
            retried[result.reason or RetryReason.TRANSIENT].append(place)
    for reason, places in retried.items():
        delay = math.ceil(max(results[place].retry_after or 0.0 for place in places))
        yield from ((delay, message) for message in split(arrived.only(places, reason)))


def _holdable(arrived: RetryMessage, results: Sequence[Result]) -> tuple[RetryMessage, list[Result]]:
    queued = any(result.outcome in _KEPT for result in results)
    if not queued or content_size(arrived.profiles) <= LARGEST_PROFILE:
        return arrived, list(results)
    return _without_oversized(arrived, results)


def _without_oversized(arrived: RetryMessage, results: Sequence[Result]) -> tuple[RetryMessage, list[Result]]:
    profiles, final = list(arrived.profiles), list(results)
    for place, result in enumerate(results):
        if result.outcome in _KEPT and (size := content_size(profiles[place][1])) > LARGEST_PROFILE:
            why = f"profile is {size} bytes; the limit is {LARGEST_PROFILE}. It was not stored; fix it in AEP"
            reason = result.reason if result.outcome is Outcome.REJECTED else RejectReason.RECORD_TOO_LARGE
            final[place] = replace(result, outcome=Outcome.REJECTED, reason=reason, why=why)
            profiles[place] = profiles[place][0], None
    return replace(arrived, profiles=tuple(profiles)), final
