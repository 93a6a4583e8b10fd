"""Scenarios: loads and outages to simulate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aep_moengage.moengage.pacing import Configured, Quota

_HOUR = 3600.0
NEWEST_LIMITS = {Quota.BULK_USERS: 60_000, Quota.USERS: 10_000}  # MoEngage's newest pages, per minute


@dataclass(frozen=True, slots=True)
class Load:
    """What AEP sends to a destination: requests per second, from `begin` for so many seconds of the scenario."""

    destination: str
    workspace: str
    requests_per_second: float
    seconds: float
    begin: float = 0.0
    profiles_per_request: int = 1

    @property
    def profiles(self) -> int:
        """The profiles in all requests."""
        return round(self.requests_per_second * self.seconds) * self.profiles_per_request

    def arriving(self, second: float) -> float:
        """Returns the profiles that arrive in a second of the scenario."""
        share = min(max(self.begin + self.seconds - second, 0.0), 1.0) if second >= self.begin else 0.0
        return self.requests_per_second * self.profiles_per_request * share


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load, MoEngage's limits (records per minute), and its outages (begin and end in seconds).

    `turned_away_above`: requests per second that the gateway lets through.
    """

    name: str
    loads: Sequence[Load]
    limits: dict[Quota, int] = field(default_factory=lambda: dict(NEWEST_LIMITS))
    outages: Sequence[tuple[float, float]] = ()
    drain_concurrency: int = 2
    retry_window_hours: float = 24.0
    turned_away_above: float = 10_000.0
    states_limits: bool = True
    configured: dict[str, Configured] = field(default_factory=dict)

    @property
    def profiles(self) -> int:
        """The profiles of all loads."""
        return sum(load.profiles for load in self.loads)

    @property
    def least_seconds(self) -> float:
        """The seconds that delivery takes at best, by AEP's rate, and MoEngage's limit and outages alone."""
        workspaces = {load.workspace for load in self.loads}
        return max(self._least_seconds([load for load in self.loads if load.workspace == each]) for each in workspaces)

    def _least_seconds(self, loads: Sequence[Load]) -> float:
        a_second, left = self.limits[Quota.BULK_USERS] / 60, float(sum(load.profiles for load in loads))
        second, backlog = 0, 0.0
        while left > 0.5:
            backlog += sum(load.arriving(second) for load in loads)
            sent = 0.0 if self._is_down(second) else min(backlog, a_second)
            backlog, left, second = backlog - sent, left - sent, second + 1
        return float(second)

    def _is_down(self, second: float) -> bool:
        return any(begin <= second < end for begin, end in self.outages)


def first_activation(
    profiles: int, requests_per_second: float, *, profiles_per_request: int, limit: int, drain_concurrency: int
) -> Scenario:
    """AEP activates an audience for the first time, and sends all of it as fast as it can."""
    seconds = profiles / profiles_per_request / requests_per_second
    load = Load("acme", "ACME", requests_per_second, seconds, profiles_per_request=profiles_per_request)
    return Scenario("first activation", [load], _limits(limit), drain_concurrency=drain_concurrency)


def outage(profiles: int, *, limit: int, drain_concurrency: int, hours: float = 2.0) -> Scenario:
    """MoEngage answers nothing for some hours, while AEP goes on at half of MoEngage's limit."""
    rate = limit / 60 / 2
    load = Load("acme", "ACME", rate, max(profiles / rate, (hours + 1) * _HOUR))
    return Scenario(
        f"outage of {hours:g} h",
        [load],
        _limits(limit),
        outages=[(0.5 * _HOUR, (0.5 + hours) * _HOUR)],
        drain_concurrency=drain_concurrency,
    )


def noisy_neighbour(
    profiles: int, requests_per_second: float, *, profiles_per_request: int, limit: int, drain_concurrency: int
) -> Scenario:
    """One destination activates an audience for the first time; another of the same workspace, and one of another
    workspace, receive a request a second meanwhile.
    """
    seconds = profiles / profiles_per_request / requests_per_second
    quiet_seconds = max(seconds, 600.0)
    return Scenario(
        "noisy neighbour",
        [
            Load("noisy", "ACME", requests_per_second, seconds, 60.0, profiles_per_request),
            Load("quiet", "ACME", 1.0, quiet_seconds),
            Load("elsewhere", "OTHER", 1.0, quiet_seconds),
        ],
        _limits(limit),
        drain_concurrency=drain_concurrency,
    )


def _limits(bulk_users: int) -> dict[Quota, int]:
    return NEWEST_LIMITS | {Quota.BULK_USERS: bulk_users}
