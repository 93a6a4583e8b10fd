"""The simulation: the connector's own code under load, on virtual time."""

import random
from dataclasses import replace

import pytest

from aep_moengage.moengage.pacing import Configured, Quota
from aep_moengage_cli.capacity.capacity_plan import CapacityPlan, capacity_plan, drain_concurrency
from aep_moengage_cli.capacity.costs import list_prices
from aep_moengage_cli.capacity.measurements import kept_measurements
from aep_moengage_cli.capacity.scenarios import Load, Scenario, first_activation, noisy_neighbour

MEASURED = kept_measurements()


def planned(scenario: Scenario) -> CapacityPlan:
    return capacity_plan(scenario, MEASURED, list_prices())


def activation(profiles: int, *, limit: int = 60_000, each: int = 1, drain: int = 6) -> Scenario:
    return first_activation(profiles, 10_000, profiles_per_request=each, limit=limit, drain_concurrency=drain)


@pytest.mark.parametrize(("limit", "drain"), [(60_000, 6), (10_000, 2)])
def test_first_activation_takes_little_longer_than_the_limit_and_nothing_is_lost_or_refused(
    limit: int, drain: int
) -> None:
    plan = planned(activation(limit * 3, limit=limit, drain=drain))

    assert plan.delivered == plan.received == limit * 3
    assert (plan.given_up, plan.turned_away, plan.refused_by_moengage) == (0, 0, 0)
    assert plan.times_the_least <= 1.1
    assert plan.requests_per_thousand <= 13


def test_requests_with_many_profiles_are_delivered_as_well() -> None:
    plan = planned(activation(60_000, each=500))

    assert plan.delivered == 60_000
    assert plan.dollars["api_gateway"] < 0.001


def test_outage_loses_nothing_and_keeps_few_messages_in_flight() -> None:
    load = Load("acme", "ACME", 80.0, 1_800.0)
    scenario = Scenario("outage", [load], {Quota.BULK_USERS: 10_000, Quota.USERS: 10_000}, outages=[(300.0, 1_200.0)])
    plan = planned(scenario)

    assert plan.delivered == plan.received == load.profiles
    assert plan.most("backlog") >= 0.9 * 80 * 900
    assert plan.times_the_least <= 1.1
    assert plan.most_in_flight < 10_000, "what waits for long is delayed, which SQS does not limit"


def test_messages_older_than_the_retry_window_are_given_up() -> None:
    scenario = replace(activation(60_000, limit=600, drain=2), retry_window_hours=0.25)
    plan = planned(scenario)

    assert plan.given_up > 0
    assert plan.delivered + plan.given_up == 60_000


def test_noisy_destination_does_not_starve_the_others() -> None:
    plan = planned(noisy_neighbour(60_000, 10_000, profiles_per_request=1, limit=10_000, drain_concurrency=2))
    noisy, quiet, elsewhere = (plan.delays[name] for name in ("noisy", "quiet", "elsewhere"))

    assert plan.delivered == plan.received
    assert max(quiet.nearly_all, elsewhere.nearly_all) <= noisy.half / 5
    assert max(quiet.most, elsewhere.most) <= 60


def test_requests_above_the_gateways_limit_are_turned_away() -> None:
    scenario = replace(activation(30_000), turned_away_above=4_000.0)
    assert planned(scenario).turned_away == 18_000


def test_configured_limit_is_kept() -> None:
    load = Load("acme", "ACME", 1_000.0, 6.0)
    plan = planned(Scenario("slow", [load], configured={"acme": Configured("acme", 1_200)}))

    assert plan.seconds == pytest.approx(6_000 / 20, rel=0.15)


def test_moengage_without_headers_is_sent_the_lower_documented_limit() -> None:
    plan = planned(replace(activation(40_000), states_limits=False))

    assert plan.refused_by_moengage == 0
    assert plan.seconds == pytest.approx(40_000 / 10_000 * 60, rel=0.15)


def test_limit_below_the_documented_ones_is_learned_from_429() -> None:
    plan = planned(replace(activation(20_000, limit=5_000, drain=2), states_limits=False))

    assert plan.delivered == 20_000
    assert 0 < plan.refused_by_moengage < 20


def test_equal_scenarios_give_equal_plans_and_leave_random_numbers_alone() -> None:
    random.seed(7)
    expected = random.random()  # noqa: S311 # nothing secret
    random.seed(7)
    first, second = planned(activation(20_000)), planned(activation(20_000))

    assert first == second
    assert random.random() == expected  # noqa: S311 # as above


@pytest.mark.parametrize(("limit", "expected"), [(60, 2), (10_000, 2), (60_000, 5), (10_000_000, 100)])
def test_drain_concurrency_follows_the_limit(limit: int, expected: int) -> None:
    assert drain_concurrency(limit, MEASURED) == expected


@pytest.mark.parametrize(
    ("loads", "outages", "least"),
    [
        ([Load("a", "W", 10_000, 6)], [], 60),
        ([Load("a", "W", 100, 60)], [], 60),
        ([Load("a", "W", 10_000, 6)], [(0.0, 30.0)], 90),
        ([Load("a", "W", 500, 120)], [(60.0, 90.0)], 120),
        ([Load("a", "V", 10_000, 6), Load("b", "W", 10_000, 12)], [], 120),
    ],
)
def test_the_least_time_follows_from_rate_limit_and_outages(
    loads: list[Load], outages: list[tuple[float, float]], least: float
) -> None:
    assert Scenario("any", loads, outages=outages).least_seconds == pytest.approx(least, abs=2)
