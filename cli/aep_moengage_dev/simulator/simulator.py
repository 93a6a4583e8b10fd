"""The simulator as a whole, to be run in a test or in a process of its own."""

from types import TracebackType
from typing import Self

from aep_moengage_dev.simulator.access import Access
from aep_moengage_dev.simulator.api import BulkRejects, DataApi
from aep_moengage_dev.simulator.faults import Faults
from aep_moengage_dev.simulator.holds import Holds
from aep_moengage_dev.simulator.journal import Journal
from aep_moengage_dev.simulator.quota import Quota, ResetForm
from aep_moengage_dev.simulator.server import HOST, Server
from aep_moengage_dev.simulator.simulation import Simulation
from aep_moengage_dev.simulator.workspace import SimulatedWorkspace


class Simulator:
    """MoEngage on 127.0.0.1: its `url`, `api`, `workspace`, `requests` (the journal), `faults`, `holds` (what waits).

    A context manager. `stop` and `start` keep the state and the port, so that tests can refuse connections.
    `limits`: records per window and API to enforce, e.g. {"customer": 10_000}; `requests_kept`: None keeps all.
    Further settings: `api.refuse_merges`, `api.refused`, `workspace.add_creates_attribute`, `workspace.undocumented`.
    """

    def __init__(
        self,
        *,
        username: str,
        password: str,
        any_username: bool = False,
        port: int = 0,
        bulk_rejects: BulkRejects = "batch",
        users_per_minute: int | None = None,
        limits: dict[str, int] | None = None,
        reset_as: ResetForm = "seconds",
        requests_kept: int | None = None,
    ) -> None:
        enforced = dict(limits or {}) | ({"customer": users_per_minute} if users_per_minute is not None else {})
        self.access = Access(username, password, any_username=any_username)
        self.workspace = SimulatedWorkspace()
        self.quota = Quota(enforced, reset_as=reset_as)
        self.api = DataApi(self.access, self.workspace, self.quota, bulk_rejects)
        self.holds = Holds()
        self.faults = Faults(self.holds)
        self.requests = Journal(requests_kept)
        self._simulation = Simulation(self.api, self.faults, self.holds, self.requests)
        self._port = port
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The URL that it listens at, or did before it was stopped."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> Self:
        """Listen. The port is the one it had before, if it had one."""
        if self._server is None:
            self.holds.start()
            self._server = Server(self._simulation, self._port)
            self._port = self._server.server_address[1]
            self._server.serve_in_background()
        return self

    def stop(self) -> None:
        """Close every connection, whatever it is waiting for, and stop listening."""
        if self._server is not None:
            self.holds.stop()
            self._server.end()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
