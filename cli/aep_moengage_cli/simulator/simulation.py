"""What the server and the control calls share."""

from typing import NamedTuple

from aep_moengage_cli.simulator.api import DataApi
from aep_moengage_cli.simulator.faults import Faults
from aep_moengage_cli.simulator.holds import Holds
from aep_moengage_cli.simulator.journal import Journal


class Simulation(NamedTuple):
    """The parts of a running simulator."""

    api: DataApi
    faults: Faults
    holds: Holds
    requests: Journal
