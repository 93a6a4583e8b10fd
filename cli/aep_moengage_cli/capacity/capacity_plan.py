"""The plan for a scenario: what a simulation showed, in the figures that an operator decides by."""

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from aep_moengage.functions.schedule import ROUND_PROFILES
from aep_moengage.moengage.pacing import WINDOW_SECONDS
from aep_moengage_cli.capacity.costs import Prices, bill
from aep_moengage_cli.capacity.measurements import Measurements
from aep_moengage_cli.capacity.scenarios import Scenario
from aep_moengage_cli.capacity.simulation import Sample, Simulation

_DRAIN_CONCURRENCY = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)  # that the template allows
_SPARE = 1.2  # times what the limit asks of drain


@dataclass(frozen=True, slots=True)
class Delay:
    """The seconds from AEP's request until MoEngage had a profile: for half of them, for 99 of 100, and at most."""

    half: int
    nearly_all: int
    most: int


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """What a scenario needs. Rates are averages of the busiest sample."""

    scenario: Scenario
    received: int
    delivered: int
    given_up: int
    turned_away: int
    refused_by_moengage: int
    seconds: float
    bulks: int
    most_in_flight: int
    delays: dict[str, Delay]
    dollars: dict[str, float]
    samples: list[Sample]

    @property
    def times_the_least(self) -> float:
        """How much longer it takes than MoEngage's limit alone asks for."""
        return self.seconds / self.scenario.least_seconds

    @property
    def requests_per_thousand(self) -> float:
        """Bulk requests for each thousand profiles."""
        return 1000 * self.bulks / max(1, self.delivered)

    def most(self, what: str) -> float:
        """Returns the largest value of a field of the samples."""
        return max((getattr(sample, what) for sample in self.samples), default=0.0)


def capacity_plan(scenario: Scenario, measured: Measurements, prices: Prices) -> CapacityPlan:
    """Simulates a scenario, and returns its plan. Ten million profiles take about a minute."""
    simulation = Simulation(scenario, measured)
    outcomes = simulation.run()
    return CapacityPlan(
        scenario=scenario,
        received=outcomes.received,
        delivered=outcomes.delivered,
        given_up=outcomes.given_up,
        turned_away=outcomes.turned_away,
        refused_by_moengage=simulation.moengage.refused,
        seconds=outcomes.last_delivery,
        bulks=outcomes.bulks,
        most_in_flight=simulation.queue.most_in_flight,
        delays={destination: _delay(delays) for destination, delays in outcomes.delays.items()},
        dollars=bill(outcomes.usage, prices),
        samples=outcomes.samples,
    )


def drain_concurrency(limit: int, measured: Measurements) -> int:
    """Returns the least `DrainConcurrency` with which drain keeps up with a limit of users per minute."""
    profiles = min(ROUND_PROFILES, max(1, limit * WINDOW_SECONDS // 63))
    call = measured.dynamodb.call_ms
    calls = math.ceil(profiles / 100) + 2 * math.ceil(profiles / 25)
    bulks = math.ceil(profiles * measured.record_bytes / 100_000)
    milliseconds = profiles * measured.drain.profile_ms + calls * call + bulks * measured.moengage.bulk_ms
    needed = _SPARE * limit / 60 / (profiles / milliseconds * 1000)
    return next((each for each in _DRAIN_CONCURRENCY if each >= needed), _DRAIN_CONCURRENCY[-1])


def plan_json(plan: CapacityPlan) -> dict[str, Any]:
    """Returns a plan as JSON values."""
    scenario = plan.scenario
    return {
        "scenario": scenario.name,
        "profiles": scenario.profiles,
        "received": plan.received,
        "delivered": plan.delivered,
        "given_up": plan.given_up,
        "turned_away": plan.turned_away,
        "refused_by_moengage": plan.refused_by_moengage,
        "seconds": round(plan.seconds),
        "least_seconds": round(scenario.least_seconds),
        "times_the_least": round(plan.times_the_least, 3),
        "requests_per_1000": round(plan.requests_per_thousand, 1),
        "backlog": {"profiles": plan.most("backlog"), "age_seconds": round(plan.most("age"))},
        "dynamodb": {
            "reads_per_second": round(plan.most("reads")),
            "writes_per_second": round(plan.most("writes")),
        },
        "lambda": {"ingest": math.ceil(plan.most("ingest_concurrency")), "drain": scenario.drain_concurrency},
        "sqs": {"in_flight": plan.most_in_flight},
        "delays": {destination: asdict(delay) for destination, delay in plan.delays.items()},
        "dollars": {service: round(cost, 2) for service, cost in plan.dollars.items()},
        "samples": [asdict(sample) for sample in plan.samples],
    }


def _delay(delays: Counter[int]) -> Delay:
    return Delay(_quantile(delays, 0.5), _quantile(delays, 0.99), max(delays))


def _quantile(delays: Counter[int], share: float) -> int:
    wanted, seen = share * delays.total(), 0
    for seconds in sorted(delays):
        seen += delays[seconds]
        if seen >= wanted:
            return seconds
    return 0
