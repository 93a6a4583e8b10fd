"""MoEngage in a simulation: it takes time, enforces limits of records per minute, states them, and has outages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.requests import BULK_HEAD, BULK_TAIL, Request
from aep_moengage.moengage.responses import Answer, read_answer
from aep_moengage_cli.capacity.measurements import MoEngageMeasurements
from aep_moengage_cli.capacity.virtual_time import VirtualTime

_MINUTE = 60.0
_PHASE = 37.0  # seconds by which its minute begins later than ours
_BODIES = {
    status: json.dumps({"status": word}).encode() for status, word in ((200, "success"), (429, "fail"), (503, "fail"))
}


@dataclass(slots=True)
class SimulatedMoEngage:
    """MoEngage; `limits` are records per minute, `outages` spans of time in epoch seconds.

    `states_limits`: its answers have x-ratelimit-* headers, as since August 2026.
    """

    time: VirtualTime
    limits: Mapping[Quota, int]
    record_bytes: int
    takes: MoEngageMeasurements
    outages: Sequence[tuple[float, float]] = ()
    states_limits: bool = True
    latencies: Random = field(default_factory=lambda: Random(0))  # noqa: S311 # they need no secrecy
    requests: int = 0
    refused: int = 0
    _windows: dict[tuple[str, Quota], tuple[int, int]] = field(default_factory=dict)  # number of the window, records

    def send(self, request: Request, seconds: float) -> Answer:
        """Answers a request, as the connector's client does."""
        bulk = request.body.startswith(BULK_HEAD)
        records = (len(request.body) - len(BULK_HEAD) - len(BULK_TAIL) + 1) // (self.record_bytes + 1) if bulk else 1
        milliseconds = self.takes.bulk_ms if bulk else self.takes.single_ms
        self.time.sleep(min(seconds, milliseconds / 1000 * self.latencies.uniform(0.5, 1.5)))
        return self.answer(_workspace(request), Quota.BULK_USERS if bulk else Quota.USERS, records)

    def answer(self, workspace: str, quota: Quota, records: int) -> Answer:
        """Answers a request with so many records at once."""
        now = self.time.clock()
        self.requests += 1
        if self.is_down(now):
            return read_answer(503, {}, _BODIES[503], now)
        window, limit = int((now + _PHASE) // _MINUTE), self.limits[quota]
        number, spent = self._windows.get((workspace, quota), (window, 0))
        spent = spent if number == window else 0
        fits = spent + records <= limit
        spent += records if fits else 0
        self._windows[workspace, quota] = window, spent
        self.refused += not fits
        left = {"x-ratelimit-reset": str(max(1, round((window + 1) * _MINUTE - _PHASE - now)))}
        stated = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(limit - spent)}
        headers = left | (stated if self.states_limits else {})
        status = 200 if fits else 429
        return read_answer(status, headers if self.states_limits or not fits else {}, _BODIES[status], now)

    def is_down(self, now: float) -> bool:
        """Whether it has an outage."""
        return any(begin <= now < end for begin, end in self.outages)


def _workspace(request: Request) -> str:
    return request.url.rpartition("/")[2]
