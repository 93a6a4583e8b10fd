"""The way from a container to the loopback."""

import socket
from pathlib import Path

import pytest
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller

from aep_moengage_dev.local import containers
from aep_moengage_dev.local.containers import Relay, bridge_address
from aep_moengage_dev.simulator.simulator import Simulator

OTHER_ADDRESS = "127.0.0.2"  # of this machine too, so it can stand for the bridge's

pytestmark = pytest.mark.skipif(not Path("/proc/net").exists(), reason="only Linux needs a relay, and has 127.0.0.2")


def test_relay_forwards_to_the_same_port_of_the_loopback() -> None:
    with Simulator(username=USERNAME, password=PASSWORD) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        with Relay(OTHER_ADDRESS, port), Caller(f"http://{OTHER_ADDRESS}:{port}") as caller:
            assert [caller.customer(name).status_code for name in ("ada", "bob")] == [200, 200]
        assert set(simulator.workspace.users) == {"ada", "bob"}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((OTHER_ADDRESS, port), timeout=1)


def test_relay_closes_connections_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can
        port = taken.getsockname()[1]
        with Relay(OTHER_ADDRESS, port), socket.create_connection((OTHER_ADDRESS, port), timeout=5) as client:
            assert client.recv(1) == b""


def test_bridge_address_is_none_without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_BRIDGE", b"no-such-bridge")
    assert bridge_address() is None
    monkeypatch.setattr(containers, "_BRIDGE", b"lo")
    assert bridge_address() == "127.0.0.1"
