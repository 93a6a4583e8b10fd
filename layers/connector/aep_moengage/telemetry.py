"""Telemetry: outcomes as metrics, one line of log per invocation, and never personal data in either.

Metrics go out in CloudWatch's embedded format. received = the sum of the outcomes: what leaves the retry queue is
counted against `retrying`, so that the sum of `retrying` is the backlog.
"""

import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from aep_moengage.delivery import Result
from aep_moengage.outcomes import Outcome


@cache
def logger() -> Logger:
    """Returns the logger of this function; made on first use."""
    return Logger()


def count_received(destination: str, results: Sequence[Result]) -> None:
    """Counts a request's profiles and what became of each."""
    counts = _counts(results)
    _publish(destination, {**counts, "received": len(results)})
    logger().info("profiles received", extra={"destination": destination, "outcomes": dict(counts)})


def count_drained(destination: str, results: Sequence[Result]) -> None:
    """Counts what became of profiles that waited; those that still wait change nothing."""
    counts = _counts(result for result in results if result.outcome is not Outcome.RETRYING)
    left = counts.total()
    if left:
        _publish(destination, {**counts, Outcome.RETRYING.value: -left})
    still = len(results) - left
    logger().info(
        "profiles drained",
        extra={"destination": destination, "outcomes": dict(counts), "still_waiting": still},
    )


def _counts(results: Iterable[Result]) -> Counter[str]:
    return Counter(result.outcome.value for result in results)


def _publish(destination: str, counts: dict[str, int]) -> None:
    metrics = EphemeralMetrics()
    metrics.add_dimension("destination", destination)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    metrics.flush_metrics()


def log_problem(error: Exception) -> None:
    """Logs that a request was not taken: what kind of error, and where it arose; never what the error says of data."""
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    where = f"{frame.name}:{frame.lineno}" if frame else None
    logger().warning("request not taken", extra={"problem": type(error).__name__, "where": where})
