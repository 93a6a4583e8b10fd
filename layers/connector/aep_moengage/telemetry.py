"""Telemetry: what became of profiles, as metrics and as one line of log per invocation; never personal data in either.

received = the sum of the outcomes: what leaves the retry queue is counted against `retrying`, so that the running sum
of `retrying`, of all and of each reason, is the backlog.
"""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from aep_moengage.metrics import Metric, Tally
from aep_moengage.moengage import Request
from aep_moengage.outcomes import Outcome, Reason, RetryReason
from aep_moengage.responses import Answer
from aep_moengage.results import Result
from aep_moengage.shipping import Send

_LONGEST_ANSWER = 30.0  # seconds that a gateway waits; an event that is older is a sample from a file
_ALL, _NOTHING = 100.0, 0.0  # percent


@cache
def logger() -> Logger:
    """Returns the logger of this function; made on first use."""
    return Logger()


@dataclass(frozen=True, slots=True)
class Drained:
    """A profile that waited: for what and since when (epoch milliseconds), and what became of it.

    `moved`: if it waits on, it does so in a new message, for the result's reason.
    """

    waited_for: Reason
    received: int
    result: Result
    moved: bool


@dataclass(slots=True)
class Calls:
    """Measures the calls to MoEngage that are really made. `send` and `clock` as those of `MoEngage`."""

    send: Send
    clock: Callable[[], float] = time.monotonic
    made: list[tuple[Answer, float]] = field(default_factory=list)

    def measured(self, request: Request, seconds: float) -> Answer:
        """Sends a request and notes the answer, and the seconds that it took."""
        started = self.clock()
        answer = self.send(request, seconds)
        self.made.append((answer, self.clock() - started))
        return answer


def count_received(destination: str, results: Sequence[Result], requested_ms: int, now: float) -> None:
    """Counts a request's profiles and what became of each; it was made at `requested_ms`, and is answered `now`."""
    tally, age = Tally(), now - requested_ms / 1000
    tally.count(Metric.RECEIVED, len(results))
    for result in results:
        if result.outcome is Outcome.RETRYING:
            tally.count(Metric.RETRYING, of=result.reason)
            tally.count(Metric.POSTPONED, of=result.reason)
        else:
            _settle(tally, result, age)
    if 0 <= age <= _LONGEST_ANSWER:
        tally.sample(Metric.ANSWER_SECONDS, age)
    tally.publish(destination)
    logger().info("profiles received", extra={"destination": destination, "outcomes": _counts(results)})


def count_drained(destination: str, profiles: Sequence[Drained], now: float) -> None:
    """Counts what became of profiles that waited; those that still wait do not change the backlog."""
    tally = Tally()
    waiting = [each for each in profiles if each.result.outcome is Outcome.RETRYING]
    left = [each for each in profiles if each.result.outcome is not Outcome.RETRYING]
    for each in left:
        tally.count(Metric.RETRYING, -1, of=each.waited_for)
        _settle(tally, each.result, now - each.received / 1000)
    for each in waiting:
        tally.count(Metric.POSTPONED, of=each.result.reason)
        if each.moved:
            tally.count(Metric.RETRYING, -1, of=each.waited_for)
            tally.count(Metric.RETRYING, of=each.result.reason)
    ages = [now - each.received / 1000 for each in waiting if each.result.reason is not RetryReason.PAUSED]
    if ages:
        tally.sample(Metric.OLDEST_WAITING, max(ages) / 60)
    tally.publish(destination)
    outcomes = _counts(each.result for each in left)
    extra = {"destination": destination, "outcomes": outcomes, "still_waiting": len(waiting)}
    logger().info("profiles drained", extra=extra)


def count_calls(destination: str, calls: Calls) -> None:
    """Counts the calls made to MoEngage: how it answered, how long that took, how many more its limit lets through."""
    tally = Tally()
    for answer, seconds in calls.made:
        tally.count(Metric.MOENGAGE_ANSWERS, of=_status_class(answer.status))
        tally.sample(Metric.MOENGAGE_SECONDS, seconds)
        if answer.remaining is not None:
            tally.sample(Metric.MOENGAGE_HEADROOM, max(answer.remaining, 0))
    tally.publish(destination)


def _settle(tally: Tally, result: Result, age: float) -> None:
    """Counts a profile whose outcome is final, so many seconds after AEP's request."""
    tally.count(Metric[result.outcome.name], of=result.reason)
    tally.sample(Metric.ACTIVATION_RATE, _NOTHING if result.outcome is Outcome.REJECTED else _ALL)
    tally.sample(Metric.SKIPPED_RATE, _ALL if result.outcome is Outcome.SKIPPED else _NOTHING)
    if result.outcome is Outcome.DELIVERED:
        tally.sample(Metric.DELIVERY_AGE, max(age, 0.0))


def _status_class(status: int | None) -> str:
    """A status as its class; 429 for itself, because it is the one that is no fault."""
    if status is None:
        return "none"
    return "429" if status == 429 else f"{min(max(status // 100, 1), 5)}xx"


def _counts(results: Iterable[Result]) -> dict[str, int]:
    return dict(Counter(result.outcome.value for result in results))


def log_problem(error: Exception) -> None:
    """Logs that a request was not taken: what kind of error, and where it arose; never what the error says of data."""
    logger().warning("request not taken", extra=_told(error))


def log_broken(error: Exception, destination: str, message_id: str) -> None:
    """Logs that a message of the retry queue breaks the connector, in the same way."""
    about = {"destination": destination, "message_id": message_id}
    logger().error("a message breaks the connector", extra=_told(error) | about)


def _told(error: Exception) -> dict[str, Any]:
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    where = f"{frame.name}:{frame.lineno}" if frame else None
    return {"problem": type(error).__name__, "where": where, "because": [_kind(cause) for cause in _causes(error)]}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields what led to an error, and what led to that."""
    while cause := error.__cause__ or error.__context__:
        yield cause
        error = cause


def _kind(error: BaseException) -> str:
    """An error's kind; of one that AWS answered with its code, such as AccessDeniedException."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
