"""The simulator as a part of the local stack."""

from pathlib import Path

from aep_moengage_dev.local.simulator import MoEngageSimulator
from aep_moengage_dev.simulator.remote import RemoteSimulator


def test_password_may_begin_with_a_dash(tmp_path: Path) -> None:
    with MoEngageSimulator(tmp_path, username="ACME1234", password="-not-an-option") as simulator:
        assert RemoteSimulator(simulator.url).users() == {}
