"""What the server and the control calls share."""

from typing import NamedTuple

from aep_moengage_dev.simulator.api import DataApi
from aep_moengage_dev.simulator.faults import Faults
from aep_moengage_dev.simulator.holds import Holds
from aep_moengage_dev.simulator.journal import Journal


class Simulation(NamedTuple):
    """The parts of a running simulator."""

    api: DataApi
    faults: Faults
    holds: Holds
    requests: Journal
