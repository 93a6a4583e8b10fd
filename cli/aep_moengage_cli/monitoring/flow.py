"""The flow: the health of a stack, from its destinations, metrics, queues and alarms."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import batched
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from aep_moengage.outcomes import RetryReason
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.telemetry.metrics import Metric
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.permissions import Permission, refusal_of
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_cli.queue_length import queue_length

NAMESPACE = "AepMoEngage"
COUNTED = (
    Metric.RECEIVED,
    Metric.DELIVERED,
    Metric.UNCHANGED,
    Metric.SUPERSEDED,
    Metric.SKIPPED,
    Metric.REJECTED,
    Metric.RETRYING,
)
_WINDOW = timedelta(hours=1)
_PERIOD = 300  # seconds
_BACKLOG_WINDOW = timedelta(days=30)  # longer than a message is kept, so that all that entered the queue is counted
_BACKLOG_PERIOD = 86_400
_USE_MINUTES, _LATE = 5, timedelta(minutes=2)  # over which use is averaged; by how much CloudWatch is late
_QUERIES = 500  # GetMetricData's limit
_ALARMS = 100  # names, DescribeAlarms' limit
_AT_ONCE = 3  # threads that ask AWS
_SAMPLE = 100  # dead-letter messages that are read for their reasons


class Span(NamedTuple):
    """A span of time, and the seconds that each value of a metric covers."""

    start: datetime
    end: datetime
    period: int


class Question(NamedTuple):
    """A question to CloudWatch about a metric of a destination."""

    metric: Metric
    span: Span
    reason: RetryReason | None = None
    stat: str = "Sum"


@dataclass(frozen=True, slots=True)
class DestinationFlow:
    """A destination and its last hour: `profiles` by outcome, and `postponed` attempts by reason.

    `retrying` counts by how much the backlog grew, or shrank if it is negative. `backlog` counts the profiles that
    wait; `use` those delivered a minute lately; `limit` is the users that drain may send in a minute, 0 if unknown.
    """

    active: Version
    name: str
    profiles: Mapping[str, int]
    postponed: Mapping[str, int]
    backlog: int = 0
    use: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm: its name in the template, its state, since when, and its description."""

    name: str
    state: str
    since: datetime
    description: str

    @property
    def section(self) -> str | None:
        """The section of the runbook that its description names."""
        _, named, section = self.description.partition("#")
        return section.split()[0] if named and section.strip() else None


@dataclass(frozen=True, slots=True)
class Flow:
    """The health of a stack. `backlog` and `dead` count messages.

    `reasons` counts a sample of the dead-letter messages by reason; None if none was taken, or the caller lacks the
    permission `lacking`.
    """

    stack: str
    at: datetime
    destinations: Sequence[DestinationFlow]
    backlog: int
    dead: int
    reasons: Mapping[str, int] | None
    alarms: Sequence[Alarm]
    lacking: Permission | None = None

    @property
    def in_alarm(self) -> list[Alarm]:
        """The alarms in the state ALARM."""
        return [alarm for alarm in self.alarms if alarm.state == "ALARM"]


class Observer:
    """Observes a stack repeatedly; requests what doesn't change only once."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._cloudwatch = stack.client("cloudwatch")
        self._cloudformation = stack.client("cloudformation")
        self._sqs = stack.client("sqs")
        self._publishing = Publishing.of(stack)
        self._dead_letters = DeadLetterQueue.of(stack)

    def look(self, *, sample_dead_letters: bool = True) -> Flow:
        """Returns the health of the stack now. Sampling dead letters for their reasons takes a second or more."""
        now = datetime.now(UTC)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            destinations = threads.submit(self._destinations, now)
            alarms = threads.submit(self._alarms)
            backlog = threads.submit(self._count, "RetryQueueUrl")
            dead = self._count("DeadLetterQueueUrl")
            reasons, lacking = self.sampled_reasons() if dead and sample_dead_letters else (None if dead else {}, None)
            return Flow(
                stack=self._stack.name,
                at=now,
                destinations=destinations.result(),
                backlog=backlog.result(),
                dead=dead,
                reasons=reasons,
                alarms=alarms.result(),
                lacking=lacking,
            )

    def _count(self, queue: str) -> int:
        return queue_length(self._sqs, self._stack.output(queue))

    def sampled_reasons(self) -> tuple[dict[str, int] | None, Permission | None]:
        """Counts the reasons of a sample of the dead letters, or returns the permission that is missing for it.

        Messages are received and released. That shows profiles, so not every operator is allowed to.
        """
        try:
            messages = self._dead_letters.look(most=_SAMPLE).messages
        except (ClientError, QueueUnavailable) as error:
            if refusal_of(error) is None:
                raise
            return None, Permission.VIEW_PROFILES
        return dict(Counter(message.reason for message in messages)), None

    def _destinations(self, now: datetime) -> list[DestinationFlow]:
        versions = self._publishing.all_active()
        hour, lately = Span(now - _WINDOW, now, _PERIOD), now - _LATE
        minutes = Span(lately - timedelta(minutes=_USE_MINUTES), lately, 60)
        per_destination = {
            **{metric.value: Question(metric, hour) for metric in COUNTED},
            **{reason.value: Question(Metric.POSTPONED, hour, reason) for reason in RetryReason},
            RetryReason.HELD.value: Question(Metric.HELD, hour),
            "backlog": Question(Metric.RETRYING, Span(now - _BACKLOG_WINDOW, now, _BACKLOG_PERIOD)),
            "use": Question(Metric.DELIVERED, minutes),
            "limit": Question(Metric.PACE_LIMIT, hour, stat="Minimum"),
        }
        asked = [(version.destination, name) for version in versions for name in per_destination]
        values = self._values([(destination, per_destination[name]) for destination, name in asked])
        found = dict(zip(asked, values, strict=True))
        return [
            DestinationFlow(
                active=version,
                name=version.name,
                profiles={metric.value: sum(found[version.destination, metric.value]) for metric in COUNTED},
                postponed={reason.value: sum(found[version.destination, reason.value]) for reason in RetryReason},
                backlog=sum(found[version.destination, "backlog"]),
                use=round(sum(found[version.destination, "use"]) / _USE_MINUTES),
                limit=next(iter(found[version.destination, "limit"]), 0),
            )
            for version in versions
        ]

    def _values(self, asked: Sequence[tuple[str, Question]]) -> list[list[int]]:
        """Returns the values of each metric, newest first."""
        values: list[list[int]] = [[] for _ in asked]
        spans = {question.span for _, question in asked}
        for span in spans:
            queries = [
                {"Id": f"q{place}", "MetricStat": self._metric(destination, question)}
                for place, (destination, question) in enumerate(asked)
                if question.span == span
            ]
            for some in batched(queries, _QUERIES):
                pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                    MetricDataQueries=list(some),
                    StartTime=span.start,
                    EndTime=span.end,
                    ScanBy="TimestampDescending",
                )
                for page in pages:
                    for result in page["MetricDataResults"]:
                        values[int(result["Id"].removeprefix("q"))] += map(round, result["Values"])
        return values

    def _metric(self, destination: str, question: Question) -> dict[str, Any]:
        dimensions = {"service": self._stack.name, "destination": destination}
        if question.reason:
            dimensions |= {"reason": question.reason.value}
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        which = {"Namespace": NAMESPACE, "MetricName": question.metric.value, "Dimensions": named}
        return {"Metric": which, "Period": question.span.period, "Stat": question.stat}

    @cached_property
    def _alarm_names(self) -> dict[str, str]:
        """The names of the stack's alarms in the template, by their names in CloudWatch."""
        pages = self._cloudformation.get_paginator("list_stack_resources")
        return {
            found["PhysicalResourceId"]: found["LogicalResourceId"]
            for page in pages.paginate(StackName=self._stack.name)
            for found in page["StackResourceSummaries"]
            if found["ResourceType"] == "AWS::CloudWatch::Alarm" and found.get("PhysicalResourceId")
        }

    def _alarms(self) -> list[Alarm]:
        alarms = [
            Alarm(
                self._alarm_names[found["AlarmName"]],
                found["StateValue"],
                found["StateUpdatedTimestamp"],
                found.get("AlarmDescription", ""),
            )
            for some in batched(self._alarm_names, _ALARMS)
            for found in self._described(some)
            if not is_notice(found)
        ]
        return sorted(alarms, key=lambda alarm: alarm.name)

    def _described(self, names: Iterable[str]) -> list[Any]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
        return [alarm for page in pages for alarm in page["MetricAlarms"]]


def is_notice(alarm: Mapping[str, Any]) -> bool:
    """Returns whether an alarm, as `describe_alarms` returns it, only announces something, such as new data.

    An alarm sends an alert when it begins and when it ends; a notice only one of the two.
    """
    return bool(alarm.get("AlarmActions")) != bool(alarm.get("OKActions"))
