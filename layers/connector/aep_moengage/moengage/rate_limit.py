"""The rate limiter: all running functions count together what they send to a workspace.

A function asks the workspace's counters before each request of drain. Ingest does not: it counts its first records on
credit, and adds them to the counters when the credit is used up. A credit is half a percent of a minute's limit, and is
given only while less than half of the window's room is used.
"""

import time
from collections.abc import Callable

from aep_moengage.moengage.pacing import Configured, PaceTable
from aep_moengage.moengage.requests import Workspace
from aep_moengage.moengage.workspace_pace import KnownPace, WorkspacePace


class RateLimiter:
    """The paces of workspaces, counted in a table. `clock` is epoch seconds."""

    def __init__(self, table: PaceTable, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[str, KnownPace] = {}

    def pace(self, workspace: Workspace, configured: Configured, *, on_credit: bool = False) -> WorkspacePace:
        """Returns the pace of a destination in its workspace; `on_credit` does not count every request."""
        key = f"pace#{workspace.fingerprint}"
        known = self._known.setdefault(key, KnownPace())
        return WorkspacePace(key, self._table, known, configured, self._clock, on_credit=on_credit)
