"""The promises as a whole, run: as many histories as GUARANTEES_EXAMPLES says, and some single ones."""

import os

import pytest
from hypothesis import HealthCheck, settings
from tests.guarantees.event_machine import EventGuarantees
from tests.guarantees.profiles import made
from tests.guarantees.world import World

TestGuarantees = EventGuarantees.TestCase
TestGuarantees.settings = settings(
    max_examples=int(os.environ.get("GUARANTEES_EXAMPLES", "200")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_everything_ends_in_one_outcome() -> None:
    world = World()
    batch = [made("ada", 1, "realized"), made("ada", 2, "exited"), {}, "no profile"]
    assert world.post(batch, world.now) == [
        ("superseded", None),
        ("delivered", None),
        ("skipped", "no_identity"),
        ("rejected", "not_a_profile"),
    ]


@pytest.mark.parametrize("gap", [1, 4, 6, 9, 12])
@pytest.mark.parametrize("steps", range(9))
def test_a_call_that_outlives_its_function_never_overwrites_what_is_newer(steps: int, gap: int) -> None:
    world = World()
    world.troubles.moengage.extend(["500", "late"])
    world.post([made("ada", 1, "realized")], world.now)
    world.now += 400
    world.troubles.crash_in = steps
    world.drain()
    world.troubles.crash_in = None
    world.now += gap
    world.post([made("ada", 2, "realized")], world.now)
    world.settle()

    assert world.moengage.users["ada"]["points"] == 2
