"""Metrics in CloudWatch's embedded format. The set of metrics is closed, and so are their dimensions.

Each metric is published twice: for the destination, and for the stack, so that one alarm covers every destination. What
no destination has, such as the truststore, is published for the stack alone.
`service` is the stack's name, because two stacks may share an account. A rate is 0 or 100 for each profile, so that
its Average is the rate in percent, without metric math.

Source: CloudWatch's Embedded Metric Format specification. Powertools' own writer takes 17 µs for each value, and a line
for each set of dimensions.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Any, Self

from aep_moengage.json_text import write_quickly

NAMESPACE = "AepMoEngage"
_MOST_VALUES = 100  # of one metric in a line


class Unit(StrEnum):
    """CloudWatch's name of a unit."""

    COUNT = "Count"
    PERCENT = "Percent"
    SECONDS = "Seconds"
    NONE = "None"


class Detail(StrEnum):
    """A further dimension of a metric; the values of each are a closed set."""

    REASON = "reason"  # of the vocabulary
    STATUS = "status"  # a class of HTTP statuses


class Metric(StrEnum):
    """A metric: its name, its unit, and its further dimension, if it has one."""

    unit: Unit
    detail: Detail | None

    def __new__(cls, name: str, unit: Unit, detail: Detail | None = None) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.unit = unit
        member.detail = detail
        return member

    RECEIVED = "received", Unit.COUNT
    DELIVERED = "delivered", Unit.COUNT
    UNCHANGED = "unchanged", Unit.COUNT
    SUPERSEDED = "superseded", Unit.COUNT
    SKIPPED = "skipped", Unit.COUNT, Detail.REASON
    REJECTED = "rejected", Unit.COUNT, Detail.REASON
    RETRYING = "retrying", Unit.COUNT, Detail.REASON  # less what left the queue: its running sum is the backlog
    MERGE_REFUSED = "merge_refused", Unit.COUNT  # profiles whose anonymous user MoEngage does not merge
    ANSWER_LOST = "answer_lost", Unit.COUNT  # events that MoEngage may have twice, or lack
    HELD = "held", Unit.COUNT  # attempts after which an event waits, or waits on, for its user to be known
    POSTPONED = "postponed", Unit.COUNT, Detail.REASON  # attempts after which a profile waits, or waits on

    # Adobe's rates, of the profiles whose outcome is final: one that was skipped counts as activated
    ACTIVATION_RATE = "activation_rate", Unit.PERCENT
    SKIPPED_RATE = "skipped_rate", Unit.PERCENT

    DELIVERY_AGE = "delivery_age", Unit.SECONDS  # from AEP's request to MoEngage's acceptance
    ANSWER_SECONDS = "answer_seconds", Unit.SECONDS  # from AEP's request to our answer
    # of the oldest profile of a drained batch that waits on, unless it is paused; minutes as CloudFormation cannot
    # multiply a parameter
    OLDEST_WAITING = "oldest_waiting_minutes", Unit.NONE

    MOENGAGE_ANSWERS = "moengage_answers", Unit.COUNT, Detail.STATUS
    MOENGAGE_SECONDS = "moengage_seconds", Unit.SECONDS
    MOENGAGE_HEADROOM = "moengage_headroom", Unit.COUNT  # requests that its rate limit still lets through
    PACE_LIMIT = "pace_limit", Unit.COUNT  # users that drain may send in a minute

    # times that the last known good copy of a destination was used, because DynamoDB or SSM did not answer
    CONFIGURATION_STALE = "configuration_stale", Unit.COUNT

    TRUSTSTORE_DAYS = "truststore_days", Unit.NONE  # until the first certificate of the truststore ends


type _Under = tuple[Detail, str] | None  # a further dimension and its value
type _Part = tuple[_Under, Mapping[Metric, Sequence[float]]]


@dataclass(slots=True)
class MetricBatch:
    """Values to publish, for one destination or for the stack alone."""

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

    def publish(self, stack: str, destination: str | None, about: Mapping[str, Any] | None = None) -> None:
        """Writes the metrics, in one line unless they differ by dimension; `about` is what else the line says.

        Without a destination they are the stack's alone.
        """
        for line in self._lines():
            # in one piece: a delivery that was abandoned may log at the same time, and half a line counts nothing
            sys.stdout.write(_text(stack, destination, line, about or {}) + "\n")
            about = None

    def _lines(self) -> Iterator[list[_Part]]:
        """Yields the parts that share a line: the whole, and each part under a further dimension with its numbers."""
        parts: defaultdict[_Under, dict[Metric, Sequence[float]]] = defaultdict(dict)
        for (metric, of), number in self.counts.items():
            if number:
                parts[(metric.detail, of) if metric.detail and of else None][metric] = [number]
        whole = parts.pop(None, {}) | {metric: values[:_MOST_VALUES] for metric, values in self.samples.items()}
        shared: dict[Detail, _Part] = {}
        apart: list[_Part] = []
        for under, values in parts.items():
            if under and under[0] not in shared and all(whole.get(each) == number for each, number in values.items()):
                shared[under[0]] = under, values
            else:
                apart.append((under, values))
        if whole:
            yield [(None, whole), *shared.values()]
        yield from ([part] for part in apart)
        for metric, numbers in self.samples.items():
            for more in batched(numbers[_MOST_VALUES:], _MOST_VALUES):
                yield [(None, {metric: more})]


def _text(stack: str, destination: str | None, line: Sequence[_Part], about: Mapping[str, Any]) -> str:
    members: dict[str, Any] = {"service": stack} | ({"destination": destination} if destination else {})
    directives = []
    for under, values in line:
        further = {under[0].value: under[1]} if under else {}
        members |= further | {metric.value: numbers for metric, numbers in values.items()}
        directives.append(
            {
                "Namespace": NAMESPACE,
                "Dimensions": [
                    *([["service", "destination", *further]] if destination else []),
                    ["service", *further],
                ],
                "Metrics": [{"Name": metric, "Unit": metric.unit} for metric in values],
            }
        )
    embedded = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": directives}
    return str(write_quickly({"_aws": embedded, **members, **about}), "utf-8")
