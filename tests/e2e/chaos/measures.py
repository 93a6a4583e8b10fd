"""Measures: what else is promised, besides that nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.field import Field
from tests.e2e.chaos.lane import ATTRIBUTES, Lane, update

AEP_WAITS = 2.0  # seconds
MOST_REQUESTS = 12  # to MoEngage, for a thousand queued profiles
_AT_ONCE = 2  # requests side by side; each is a process of the emulator's, and must be warm


@dataclass(frozen=True)
class Finding:
    """What was measured, and whether the promise was kept."""

    what: str
    found: str
    good: bool


def measures(field: Field, requests: int = 500) -> Iterator[Finding]:
    """Yields each finding; all is quiet before and after."""
    lane = field.lanes[0]
    yield from _slowest_answer(field, lane, requests)
    yield _in_flight(field, lane)
    yield _thousand(field, lane)


def _slowest_answer(field: Field, lane: Lane, requests: int) -> Iterator[Finding]:
    """Answers while MoEngage hangs: of warm functions, and of one whose process has just begun."""
    lane.begin(Case("slowest answer"))
    profiles = [update(f"hang/{number}", 0)[0] for number in range(requests)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lane.post, [[update(f"warm/{number}", 0)[0]] for number in range(4 * _AT_ONCE)]))
        lane.simulator.faults.add(kind="hang")
        lane.forget_answers()
        list(threads.map(lane.post, [[profile] for profile in profiles]))
    warm = max(lane.seconds)
    assert lane.outcomes["retrying"] == requests, "MoEngage did not hang"
    field.kill("Ingest")
    lane.forget_answers()
    lane.post([update("cold", 0)[0]])
    cold = max(lane.seconds)
    lane.heal()
    field.settle()
    yield Finding(f"slowest of {requests} answers while MoEngage hangs", f"{warm:.2f} s", warm < AEP_WAITS)
    yield Finding("the same, of a process that has just begun", f"{cold:.2f} s (told, not judged)", good=True)


def _in_flight(field: Field, lane: Lane) -> Finding:
    """Two updates of one user, the first held up in MoEngage while the second arrives."""
    lane.begin(Case("in flight", {"kind": "hold", "customer_ids": ["ada"], "times": 1}))
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(lane.post, [update("ada", 1)[0]])
        assert lane.simulator.holds.wait_held(1, 10), "the first update was not sent"
        second = lane.post([update("ada", 2)[0]]).outcomes
        lane.simulator.holds.release()
        outcomes = [*first.result().outcomes, *second]
    lane.heal()
    field.settle()
    points = lane.simulator.workspace.users["ada"].attributes["points"]
    return Finding(
        "of two updates in flight, MoEngage ends with", f"number {points} ({', '.join(outcomes)})", points == 2
    )


def _thousand(field: Field, lane: Lane) -> Finding:
    """Requests to MoEngage for a thousand queued profiles of twenty attributes."""
    lane.begin(Case("a thousand"))
    values = {f"a{number}": f"a value of usual length {number}" for number in range(1, ATTRIBUTES)}
    everyone: list[dict[str, Any]] = [
        {"identityMap": {"crmid": [{"id": f"many/{number}"}]}, "points": number, "values": values}
        for number in range(1000)
    ]
    lane.post(everyone)
    field.settle()
    assert len(lane.simulator.workspace.users) == 1000
    sent = len(lane.simulator.requests)
    return Finding("requests to MoEngage for 1,000 queued profiles", str(sent), sent <= MOST_REQUESTS)
