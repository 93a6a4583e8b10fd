from collections.abc import Iterator

import pytest
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller

from aep_moengage_dev.simulator.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as running:
        yield running


@pytest.fixture
def moengage(simulator: Simulator) -> Iterator[Caller]:
    """MoEngage as its clients call it."""
    with Caller(simulator.url) as caller:
        yield caller
