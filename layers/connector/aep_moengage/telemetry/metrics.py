"""Metrics in CloudWatch's embedded format. The set of metrics is closed, and so are their dimensions.

Each metric is published twice: for the destination, and for the stack, so that one alarm covers every destination.
`service` is the stack's name, because two stacks may share an account. A rate is 0 or 100 for each profile, so that
its Average is the rate in percent, without metric math.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


class Detail(StrEnum):
    """A further dimension of a metric; the values of each are a closed set."""

    REASON = "reason"  # of the vocabulary
    STATUS = "status"  # a class of HTTP statuses


class Metric(StrEnum):
    """A metric: its name, its unit, and its further dimension, if it has one."""

    unit: MetricUnit
    detail: Detail | None

    def __new__(cls, name: str, unit: MetricUnit, detail: Detail | None = None) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.unit = unit
        member.detail = detail
        return member

    RECEIVED = "received", MetricUnit.Count
    DELIVERED = "delivered", MetricUnit.Count
    UNCHANGED = "unchanged", MetricUnit.Count
    SUPERSEDED = "superseded", MetricUnit.Count
    SKIPPED = "skipped", MetricUnit.Count, Detail.REASON
    REJECTED = "rejected", MetricUnit.Count, Detail.REASON
    RETRYING = "retrying", MetricUnit.Count, Detail.REASON  # less what left the queue: its running sum is the backlog
    MERGE_REFUSED = "merge_refused", MetricUnit.Count  # profiles whose anonymous user MoEngage does not merge
    ANSWER_LOST = (
        "answer_lost",
        MetricUnit.Count,
    )  # events that MoEngage may have twice, or lack
    POSTPONED = "postponed", MetricUnit.Count, Detail.REASON  # attempts after which a profile waits, or waits on

    # Adobe's rates, of the profiles whose outcome is final: one that was skipped counts as activated
    ACTIVATION_RATE = "activation_rate", MetricUnit.Percent
    SKIPPED_RATE = "skipped_rate", MetricUnit.Percent

    DELIVERY_AGE = "delivery_age", MetricUnit.Seconds  # from AEP's request to MoEngage's acceptance
    ANSWER_SECONDS = "answer_seconds", MetricUnit.Seconds  # from AEP's request to our answer
    # of the oldest profile of a drained batch that waits on, unless it is paused; minutes as CloudFormation cannot
    # multiply a parameter
    OLDEST_WAITING = "oldest_waiting_minutes", MetricUnit.NoUnit

    MOENGAGE_ANSWERS = "moengage_answers", MetricUnit.Count, Detail.STATUS
    MOENGAGE_SECONDS = "moengage_seconds", MetricUnit.Seconds
    MOENGAGE_HEADROOM = "moengage_headroom", MetricUnit.Count  # requests that its rate limit still lets through
    PACE_LIMIT = "pace_limit", MetricUnit.Count  # users that drain may send in a minute

    # times that the last known good copy of a destination was used, because DynamoDB or SSM did not answer
    CONFIGURATION_STALE = "configuration_stale", MetricUnit.Count


@dataclass(slots=True)
class MetricBatch:
    """Values to publish for one destination."""

    counts: Counter[tuple[Metric, str | None]] = field(default_factory=Counter)
    samples: defaultdict[Metric, list[float]] = field(default_factory=lambda: defaultdict(list))

    def count(self, metric: Metric, number: int = 1, of: str | None = None) -> None:
        """Adds to a metric, and to its part that is `of` a reason or status."""
        self.counts[metric, None] += number
        if of is not None:
            self.counts[metric, of] += number

    def sample(self, metric: Metric, value: float) -> None:
        """Adds one value of a metric that is averaged or ranked."""
        self.samples[metric].append(round(value, 3))

    def publish(self, stack: str, destination: str) -> None:
        """Writes the metrics, one line for each set of dimensions."""
        lines: dict[tuple[Detail, str] | None, dict[Metric, list[float]]] = defaultdict(dict)
        for (metric, of), number in self.counts.items():
            if number:
                lines[(metric.detail, of) if metric.detail and of else None][metric] = [number]
        lines[None] |= self.samples
        for detail, values in lines.items():
            _write(stack, destination, {detail[0].value: detail[1]} if detail else {}, values)


def _write(stack: str, destination: str, detail: dict[str, str], values: dict[Metric, list[float]]) -> None:
    metrics = EphemeralMetrics(service=stack)
    for name, value in {"service": stack, "destination": destination, **detail}.items():
        metrics.add_dimension(name, value)
    metrics.add_dimensions(service=stack, **detail)
    for metric, numbers in values.items():
        for number in numbers:  # Powertools begins a new line after a hundred
            metrics.add_metric(metric.value, metric.unit, number)
    if metrics.metric_set:
        metrics.flush_metrics()
