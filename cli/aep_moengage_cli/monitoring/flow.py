"""The flow: how a stack fares, gathered from its destinations, metrics, queues and alarms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from aep_moengage.outcomes import RetryReason
from aep_moengage.telemetry.metrics import Metric
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.permissions import NotPermitted, Permission
from aep_moengage_cli.profiles.dead_letter_office import DeadLetterQueue
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
_QUERIES = 500  # of one GetMetricData
_ALARMS = 100  # names of one DescribeAlarms
_NOTICE = "Notice"  # so begins the description of an alarm that tells of no ill
_SAMPLE = 100  # dead letters that are looked at for their reasons


@dataclass(frozen=True, slots=True)
class DestinationFlow:
    """A destination, and its last hour: profiles by outcome, and attempts after which one waits on, by reason.

    Of `retrying` the count is how much the backlog grew (or shrank, below 0).
    """

    active: Version
    name: str
    profiles: Mapping[str, int]
    postponed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm: its name in the template, its state, since when, and what its description says."""

    name: str
    state: str
    since: datetime
    description: str


@dataclass(frozen=True, slots=True)
class Flow:
    """How a stack fares. `backlog` and `dead` count messages.

    `reasons` are those of a sample of the dead letters, by how many; None where they may not be seen.
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
    def ringing(self) -> list[Alarm]:
        """The alarms that are in ALARM."""
        return [alarm for alarm in self.alarms if alarm.state == "ALARM"]


class Observer:
    """Looks at a stack, again and again; what does not change is asked for once."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._cloudwatch = stack.client("cloudwatch")
        self._sqs = stack.client("sqs")
        self._publishing = stack.publishing()
        self._office = DeadLetterQueue(self._sqs, stack.output("DeadLetterQueueUrl"), stack.output("RetryQueueUrl"))
        self._alarm_names = self._find_alarms()

    def look(self) -> Flow:
        """Returns how the stack fares now."""
        now = datetime.now(UTC)
        dead = self._count("DeadLetterQueueUrl")
        reasons, lacking = self._reasons() if dead else ({}, None)
        return Flow(
            stack=self._stack.name,
            at=now,
            destinations=self._destinations(now),
            backlog=self._count("RetryQueueUrl"),
            dead=dead,
            reasons=reasons,
            alarms=self._alarms(),
            lacking=lacking,
        )

    def _count(self, queue: str) -> int:
        return queue_length(self._sqs, self._stack.output(queue))

    def _reasons(self) -> tuple[dict[str, int] | None, Permission | None]:
        """To know why letters died they have to be received, which shows profiles: not everybody may."""
        counts: dict[str, int] = {}
        try:
            for letter in self._office.look(most=_SAMPLE).letters:
                counts[letter.reason] = counts.get(letter.reason, 0) + 1
        except NotPermitted:
            return None, Permission.VIEW_PROFILES
        return counts, None

    def _destinations(self, now: datetime) -> list[DestinationFlow]:
        versions = self._publishing.all_active()
        asked = [
            (version.destination, metric, reason)
            for version in versions
            for metric, reason in (
                *((metric, None) for metric in COUNTED),
                *((Metric.POSTPONED, reason) for reason in RetryReason),
            )
        ]
        sums = dict(zip(asked, self._sums(asked, now), strict=True))
        return [
            DestinationFlow(
                active=version,
                name=version.name,
                profiles={metric.value: sums[version.destination, metric, None] for metric in COUNTED},
                postponed={reason.value: sums[version.destination, Metric.POSTPONED, reason] for reason in RetryReason},
            )
            for version in versions
        ]

    def _sums(self, asked: Sequence[tuple[str, Metric, RetryReason | None]], now: datetime) -> list[int]:
        """Returns the sum of each metric over the last hour."""
        sums: list[float] = [0] * len(asked)
        queries = [{"Id": f"q{place}", "MetricStat": self._metric(*each)} for place, each in enumerate(asked)]
        for some in batched(queries, _QUERIES, strict=False):
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=list(some), StartTime=now - _WINDOW, EndTime=now
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    sums[int(result["Id"].removeprefix("q"))] += sum(result["Values"])
        return [round(each) for each in sums]

    def _metric(self, destination: str, metric: Metric, reason: RetryReason | None) -> dict[str, Any]:
        dimensions = {"service": self._stack.name, "destination": destination}
        if reason:
            dimensions |= {"reason": reason.value}
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        which = {"Namespace": NAMESPACE, "MetricName": metric.value, "Dimensions": named}
        return {"Metric": which, "Period": _PERIOD, "Stat": "Sum"}

    def _find_alarms(self) -> dict[str, str]:
        """Returns the stack's alarms: their names in the template by the names that they have."""
        pages = self._stack.client("cloudformation").get_paginator("list_stack_resources")
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
            for some in batched(self._alarm_names, _ALARMS, strict=False)
            for found in self._described(some)
            if not found.get("AlarmDescription", "").startswith(_NOTICE)
        ]
        return sorted(alarms, key=lambda alarm: alarm.name)

    def _described(self, names: Iterable[str]) -> list[Any]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
        return [alarm for page in pages for alarm in page["MetricAlarms"]]
