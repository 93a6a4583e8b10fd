"""Needs: what to raise for a plan, from which limit, and when to ask for it.

Sources: AWS, quotas of API Gateway, Lambda, DynamoDB and SQS; MoEngage, rate limits of its Data API.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from aep_moengage.moengage.pacing import Quota
from aep_moengage_cli.capacity.capacity_plan import CapacityPlan
from aep_moengage_cli.capacity.simulated_queue import IN_FLIGHT

_LAMBDA_CONCURRENCY = 1_000  # of an account and region; new accounts may have less
_API_RATE = 10_000  # requests per second of an account and region
_NEW_TABLE_READS, _NEW_TABLE_WRITES = 12_000, 4_000  # that a new on-demand table takes at once
_PEAKS = (1_000, 2_500, 5_000, 10_000)  # that `PeakRequestsPerSecond` allows
_ROOM = 1.5  # for cold starts and slow minutes
_WEEK = "a week before: AWS answers within minutes, or after a review of some days"
_DEPLOY = "the day before"


class Need(NamedTuple):
    """A limit: what a plan needs of it, what there is by default, and, if that is too little, what to do and when."""

    limit: str
    needed: float
    default: float
    action: str
    when: str

    @property
    def enough(self) -> bool:
        """Whether the default will do."""
        return self.needed <= self.default


def needs(plan: CapacityPlan) -> Iterator[Need]:
    """Yields the limits that matter for a plan."""
    scenario = plan.scenario
    rate = max(load.requests_per_second for load in scenario.loads)
    peak = next((each for each in _PEAKS if each >= rate), _PEAKS[-1])
    yield Need(
        "API Gateway, requests per second", math.ceil(rate), _API_RATE, "raise L-8A5B8E43 in Service Quotas", _WEEK
    )
    yield Need(
        "Lambda, concurrent executions",
        math.ceil(_ROOM * plan.most("ingest_concurrency")) + scenario.drain_concurrency,
        _LAMBDA_CONCURRENCY,
        "raise L-B99A9384 in Service Quotas",
        _WEEK,
    )
    yield Need("PeakRequestsPerSecond", peak, _PEAKS[0], f"deploy with PeakRequestsPerSecond={peak}", _DEPLOY)
    yield Need(
        "DrainConcurrency",
        scenario.drain_concurrency,
        2,
        f"deploy with DrainConcurrency={scenario.drain_concurrency}",
        _DEPLOY,
    )
    yield Need(
        "DynamoDB, writes per second",
        math.ceil(_ROOM * plan.most("writes")),
        _NEW_TABLE_WRITES,
        "PeakRequestsPerSecond warms the ledger",
        _DEPLOY,
    )
    yield Need(
        "DynamoDB, reads per second",
        math.ceil(_ROOM * plan.most("reads")),
        _NEW_TABLE_READS,
        "PeakRequestsPerSecond warms the ledger",
        _DEPLOY,
    )
    yield Need("SQS, messages in flight", plan.most_in_flight, IN_FLIGHT, "ask AWS to raise it", _WEEK)
    hours = math.ceil(_ROOM * plan.most("age") / 3600)
    yield Need("RetryWindowHours", hours, 24, f"deploy with RetryWindowHours={hours}", _DEPLOY)


def moengage_advice(plan: CapacityPlan) -> str:
    """Returns what MoEngage's limit means for a plan."""
    limit, hours = plan.scenario.limits[Quota.BULK_USERS], plan.scenario.least_seconds / 3600
    return (
        f"MoEngage's limit of {limit:,} users a minute alone takes {hours:.1f} h. Ask MoEngage a month before which "
        "limit the workspace has in bulk: its documents say 60,000 and 10,000. The connector begins at 10,000 and "
        "follows the limit that MoEngage's answers state."
    )
