"""Measures: the promises about time, order and the number of requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.chaos_stack import ChaosStack
from tests.e2e.chaos.workspace_slot import AEP_WAITS, ATTRIBUTES, WorkspaceSlot, order, update
from tests.e2e.fuzzing import fuzz_deployed, statuses

from aep_moengage.delivery.updates import Kind

JOURNEYS_WAIT = 0.75  # seconds; Journey Optimizer serves slower endpoints from a slower service
JUST_IN_TIME = 0.5  # seconds that MoEngage takes; events wait for 0.6 s
MOST_REQUESTS = 12  # to MoEngage, for a thousand queued profiles
_AT_ONCE = 2  # parallel requests; each runs in a process of the emulator, which has to be warm


@dataclass(frozen=True)
class Finding:
    """A measured value, and whether the promise was kept."""

    what: str
    found: str
    good: bool


def measures(chaos: ChaosStack, requests: int = 500, fuzzed: int = 0) -> Iterator[Finding]:
    """Yields each finding, given the number of requests; the retry queue is empty before and after."""
    slot = chaos.slots[0]
    yield from _slowest_answer(chaos, slot, requests)
    yield _hanging_events(chaos, slot, requests)
    yield _in_flight(chaos, slot)
    yield _thousand(chaos, slot)
    if fuzzed:
        yield _slow_events(chaos, chaos.slots[-1], requests // 5)  # the first is queued first for a while
        yield _fuzzed(chaos, slot, fuzzed)


def _fuzzed(chaos: ChaosStack, slot: WorkspaceSlot, requests: int) -> Finding:
    """Requests of any kind, right and wrong ones."""
    slot.start(Case("fuzzed requests"))
    what = f"slowest of {requests} fuzzed requests"
    try:
        fuzzed, slowest = fuzz_deployed(slot.destination, requests)
    except Exception as error:  # whatever is not as documented
        return Finding(what, f"not as documented: {error}", good=False)
    chaos.settle()
    counted = ", ".join(f"{count} x {status}" for status, count in sorted(statuses(fuzzed).items()))
    return Finding(what, f"{slowest:.2f} s; {counted}", slowest < AEP_WAITS)


def _slowest_answer(chaos: ChaosStack, slot: WorkspaceSlot, requests: int) -> Iterator[Finding]:
    """Answers while MoEngage hangs: of warm functions, and of one with a new process."""
    slot.start(Case("slowest answer"))
    profiles = [update(f"hang/{number}", 0)[0] for number in range(requests)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(slot.post, [[update(f"warm/{number}", 0)[0]] for number in range(4 * _AT_ONCE)]))
        slot.simulator.faults.add(kind="hang")
        slot.forget_answers()
        list(threads.map(slot.post, [[profile] for profile in profiles]))
    warm = max(slot.seconds)
    assert slot.outcomes["retrying"] == requests, "MoEngage did not hang"
    chaos.kill("Ingest")
    slot.forget_answers()
    slot.post([update("cold", 0)[0]])
    cold = max(slot.seconds)
    slot.heal()
    chaos.settle()
    yield Finding(f"slowest of {requests} answers while MoEngage hangs", f"{warm:.2f} s", warm < AEP_WAITS)
    yield Finding("the same, with a new process", f"{cold:.2f} s (shown, not judged)", good=True)


def _hanging_events(chaos: ChaosStack, slot: WorkspaceSlot, requests: int) -> Finding:
    """The first answer comes when the time for MoEngage is over, and those after it without a call to MoEngage."""
    return _events_answered(chaos, slot, requests, "hangs", kind="hang")


def _slow_events(chaos: ChaosStack, slot: WorkspaceSlot, requests: int) -> Finding:
    """Each answer waits for MoEngage's, which comes just in time."""
    about = f"takes {JUST_IN_TIME:.1f} s"
    return _events_answered(chaos, slot, requests, about, kind="slow", seconds=JUST_IN_TIME)


def _events_answered(chaos: ChaosStack, slot: WorkspaceSlot, requests: int, about: str, **fault: Any) -> Finding:
    """Answers to events while MoEngage has a fault, one at a time, as Journey Optimizer waits for them."""
    slot.start(Case(f"MoEngage {about}"))
    slot.post([order("warm")], kind=Kind.EVENTS)
    slot.simulator.faults.add(**fault)
    slot.forget_answers()
    for number in range(requests):
        slot.post([order(f"event/{number}")], kind=Kind.EVENTS)
    percentile, slowest = quantiles(slot.seconds, n=100, method="inclusive")[-1], max(slot.seconds)
    delivered = slot.outcomes["delivered"]
    slot.heal()
    chaos.settle()
    what = f"99th percentile of {requests} answers to events while MoEngage {about}"
    found = f"{percentile:.2f} s; the slowest {slowest:.2f} s, {delivered} delivered at once"
    return Finding(what, found, percentile < JOURNEYS_WAIT)


def _in_flight(chaos: ChaosStack, slot: WorkspaceSlot) -> Finding:
    """Two updates of one user: MoEngage holds the first while the second arrives."""
    slot.start(Case("in flight", {"kind": "hold", "customer_ids": ["ada"], "times": 1}))
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(slot.post, [update("ada", 1)[0]])
        assert slot.simulator.holds.wait_held(1, 10), "the first update was not sent"
        second = slot.post([update("ada", 2)[0]]).outcomes
        slot.simulator.holds.release()
        outcomes = [*first.result().outcomes, *second]
    slot.heal()
    chaos.settle()
    points = slot.simulator.workspace.users["ada"].attributes["points"]
    return Finding(
        "of two updates in flight, MoEngage ends with", f"number {points} ({', '.join(outcomes)})", points == 2
    )


def _thousand(chaos: ChaosStack, slot: WorkspaceSlot) -> Finding:
    """Requests to MoEngage for a thousand queued profiles of twenty attributes."""
    slot.start(Case("a thousand"))
    values = {f"a{number}": f"a value of usual length {number}" for number in range(1, ATTRIBUTES)}
    everyone: list[dict[str, Any]] = [
        {"identityMap": {"crmid": [{"id": f"many/{number}"}]}, "points": number, "values": values}
        for number in range(1000)
    ]
    slot.post(everyone)
    chaos.settle()
    assert len(slot.simulator.workspace.users) == 1000
    sent = len(slot.simulator.requests)
    return Finding("requests to MoEngage for 1,000 queued profiles", str(sent), sent <= MOST_REQUESTS)
