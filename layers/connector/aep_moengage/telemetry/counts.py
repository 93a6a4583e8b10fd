"""Counts: what happened to profiles, as metrics and as one log line per invocation; never personal data in either.

received = the sum of the outcomes: a profile that leaves the retry queue is subtracted from `retrying`, so the running
sum of `retrying`, in total and for each reason, is the backlog.
"""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from botocore.exceptions import ClientError

from aep_moengage.delivery.results import Result
from aep_moengage.log import logger
from aep_moengage.moengage.requests import Request, Send
from aep_moengage.moengage.responses import Answer
from aep_moengage.outcomes import Outcome, RetryReason, SkipReason, WarningCode
from aep_moengage.queues.disposition import DrainedProfile
from aep_moengage.telemetry.metrics import Metric, MetricBatch

_LONGEST_ANSWER = 30.0  # seconds that a gateway waits; an event that is older is a sample from a file
_ALL, _NOTHING = 100.0, 0.0  # percent
_CHOSEN_TO_WAIT = frozenset({RetryReason.PAUSED, RetryReason.HELD})  # it is no fault how long this takes


@dataclass(slots=True)
class Calls:
    """Measures the calls to MoEngage that are really made. `send` and `clock` as those of `MoEngage`."""

    send: Send
    clock: Callable[[], float] = time.monotonic
    made: list[tuple[Answer, float]] = field(default_factory=list)

    def measured(self, request: Request, seconds: float) -> Answer:
        """Sends a request and records the answer, and the seconds that it took."""
        started = self.clock()
        answer = self.send(request, seconds)
        self.made.append((answer, self.clock() - started))
        return answer


@dataclass(frozen=True, slots=True)
class Counts:
    """Publishes the metrics of a stack. Times are epoch seconds unless they say milliseconds."""

    stack: str
    first: Iterator[bool] = field(default_factory=lambda: chain([True], repeat(False)))  # whether it is this function's

    def received(
        self, destination: str, results: Sequence[Result], requested_ms: int, now: float, calls: Calls | None = None
    ) -> None:
        """Counts a request's profiles, their outcomes, and the calls to MoEngage.

        The request was made at `requested_ms`, the answer `now`.
        """
        batch, age = MetricBatch(), now - requested_ms / 1000
        _count_calls(batch, calls.made if calls else ())
        batch.count(Metric.RECEIVED, len(results))
        for result in results:
            if result.outcome is Outcome.RETRYING:
                batch.count(Metric.RETRYING, of=result.reason)
                _count_waiting(batch, result)
            else:
                _settle(batch, result, age)
        if 0 <= age <= _LONGEST_ANSWER:
            batch.sample(Metric.ANSWER_SECONDS, age)
        about: dict[str, Any] = {"message": "profiles received", "outcomes": _outcomes(results)}
        batch.publish(self.stack, destination, about | ({"cold_start": 1} if next(self.first) else {}))

    def drained(
        self,
        destination: str,
        profiles: Sequence[DrainedProfile],
        now: float,
        calls: Calls | None = None,
        pace_limit: int | None = None,
    ) -> None:
        """Counts the outcomes of profiles that were retried, and the calls to MoEngage.

        Profiles that are still retried do not change the backlog. `pace_limit`: users that drain may send in a minute.
        """
        batch = MetricBatch()
        _count_calls(batch, calls.made if calls else ())
        if pace_limit is not None:
            batch.sample(Metric.PACE_LIMIT, pace_limit)
        retried = [each for each in profiles if each.result.outcome is Outcome.RETRYING]
        settled = [each for each in profiles if each.result.outcome is not Outcome.RETRYING]
        for each in settled:
            batch.count(Metric.RETRYING, -1, of=each.waited_for)
            # who never became known was chosen to be skipped: no rate is about their events
            chosen = each.waited_for is RetryReason.HELD and each.result.reason is SkipReason.ANONYMOUS
            _settle(batch, each.result, now - each.received / 1000, rated=not chosen)
        for each in retried:
            _count_waiting(batch, each.result)
            if each.moved:
                batch.count(Metric.RETRYING, -1, of=each.waited_for)
                batch.count(Metric.RETRYING, of=each.result.reason)
        ages = [now - each.received / 1000 for each in retried if each.result.reason not in _CHOSEN_TO_WAIT]
        if ages:
            batch.sample(Metric.OLDEST_WAITING, max(ages) / 60)
        outcomes = _outcomes(each.result for each in settled)
        about = {"message": "profiles drained", "outcomes": outcomes, "still_waiting": len(retried)}
        batch.publish(self.stack, destination, about)

    def stale(self, destination: str, age: float, error: Exception) -> None:
        """Counts that a copy of a destination's configuration, so many seconds old, was used because of an error."""
        batch = MetricBatch()
        batch.count(Metric.CONFIGURATION_STALE)
        batch.publish(self.stack, destination)
        extra = _described(error) | {"destination": destination, "age_seconds": round(age)}
        logger().warning("the last known good configuration is used", extra=extra)


def _count_calls(batch: MetricBatch, made: Iterable[tuple[Answer, float]]) -> None:
    for answer, seconds in made:
        batch.count(Metric.MOENGAGE_ANSWERS, of=_status_class(answer.status))
        batch.sample(Metric.MOENGAGE_SECONDS, seconds)
        if answer.remaining is not None:
            batch.sample(Metric.MOENGAGE_HEADROOM, max(answer.remaining, 0))


def _count_waiting(batch: MetricBatch, result: Result) -> None:
    """Counts an attempt after which a profile waits; what is held waits for its user, and not for MoEngage."""
    if result.reason is RetryReason.HELD:
        batch.count(Metric.HELD)
    else:
        batch.count(Metric.POSTPONED, of=result.reason)


def _settle(batch: MetricBatch, result: Result, age: float, *, rated: bool = True) -> None:
    """Counts a profile whose outcome is final, so many seconds after AEP's request; `rated`: in the rates, too."""
    if WarningCode.MERGE_REFUSED in result.warnings:
        batch.count(Metric.MERGE_REFUSED)
    if WarningCode.ANSWER_LOST in result.warnings:
        batch.count(Metric.ANSWER_LOST)
    batch.count(Metric[result.outcome.name], of=result.reason)
    if not rated or result.reason is SkipReason.EVENT_NOT_MAPPED:  # an operator chose the events
        return
    batch.sample(Metric.ACTIVATION_RATE, _NOTHING if result.outcome is Outcome.REJECTED else _ALL)
    batch.sample(Metric.SKIPPED_RATE, _ALL if result.outcome is Outcome.SKIPPED else _NOTHING)
    if result.outcome is Outcome.DELIVERED:
        batch.sample(Metric.DELIVERY_AGE, max(age, 0.0))


def _status_class(status: int | None) -> str:
    """A status as its class; 429 stands alone, because it is no failure of MoEngage's."""
    if status is None:
        return "none"
    return "429" if status == 429 else f"{min(max(status // 100, 1), 5)}xx"


def _outcomes(results: Iterable[Result]) -> dict[str, int]:
    return dict(Counter(result.outcome.value for result in results))


def log_problem(error: Exception) -> None:
    """Logs that a request was not taken: the kind of error and where it arose; never the error's own text."""
    logger().warning("request not taken", extra=_described(error))


def log_broken(error: Exception, destination: str, message_id: str) -> None:
    """Logs an unexpected error while a message of the retry queue was processed, in the same way."""
    about = {"destination": destination, "message_id": message_id}
    logger().error("unexpected error while processing a message", extra=_described(error) | about)


def _described(error: Exception) -> dict[str, Any]:
    causes = [error, *_causes(error)]
    return {
        "problem": type(error).__name__,
        "where": _where(error),
        "because": [f"{_kind(cause)} at {where}" if (where := _where(cause)) else _kind(cause) for cause in causes[1:]],
    }


def _where(error: BaseException) -> str | None:
    """The file, function and line that raised an error."""
    if not error.__traceback__:
        return None
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.name}:{frame.lineno}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields the cause of an error, then the cause of that."""
    while cause := error.__cause__ or error.__context__:
        yield cause
        error = cause


def _kind(error: BaseException) -> str:
    """An error's kind; for an answer of AWS its code, such as AccessDeniedException."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
