"""Rounds: as many cases side by side as there are slots, from the start of the faults until the queue is empty."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.chaos_stack import ChaosStack
from tests.e2e.chaos.workspace_slot import Row, WorkspaceSlot, update

_TRY_SECONDS = 2.5  # for drain to retry the backlog
_HELD_WITHIN = 60.0


def rounds(chaos: ChaosStack, cases: Sequence[Case], users: int) -> Iterator[list[Row]]:
    """Yields the rows of each round. A case that concerns all slots has its own round."""
    together = [case for case in cases if not case.alone]
    for some in batched(together, len(chaos.slots), strict=False):
        yield _round(chaos, some, users)
    for case in cases:
        if case.alone:
            yield _round(chaos, [case], users)


def _round(chaos: ChaosStack, cases: Sequence[Case], users: int) -> list[Row]:
    slots = chaos.slots[: len(cases)]
    before = [chaos.counted(slot) for slot in slots]
    for slot, case in zip(slots, cases, strict=True):
        slot.start(case)
    _break_aws(chaos, slots)
    _send(chaos, slots, users)
    for tried in range(max(case.tries for case in cases)):
        for slot, case in zip(slots, cases, strict=True):
            if case.tries == tried:
                _heal(chaos, slot)
        chaos.let_backoff_pass()
        time.sleep(_TRY_SECONDS)
    for slot in slots:
        _heal(chaos, slot)
    chaos.settle()
    return [
        slot.row(chaos.dead_letters(slot), _since(chaos, slot, then)) for slot, then in zip(slots, before, strict=True)
    ]


def _break_aws(chaos: ChaosStack, slots: Sequence[WorkspaceSlot]) -> None:
    """Starts the faults of AWS, once ingest runs and knows the destination, unless it has to restart."""
    cases = [slot.case for slot in slots if slot.case]
    for slot in slots:
        if slot.case and slot.case.aws:
            slot.post([update(f"{slot.case.name}/warm", 0)[0]])
            slot.seconds.clear()
    chaos.aws.inject([fault for case in cases for fault in case.aws])
    if any(case.cold for case in cases):
        chaos.kill("Ingest")


def _send(chaos: ChaosStack, slots: Sequence[WorkspaceSlot], users: int) -> None:
    with ThreadPoolExecutor(len(slots)) as threads:
        sending = [threads.submit(slot.send, users) for slot in slots]
        for slot in slots:
            if slot.case and slot.case.killed:
                kill(chaos, slot)
        for each in sending:
            each.result()


def _since(chaos: ChaosStack, slot: WorkspaceSlot, before: Counter[str]) -> Counter[str]:
    now = chaos.counted(slot)
    return Counter({name: now[name] - before[name] for name in now})


def _heal(chaos: ChaosStack, slot: WorkspaceSlot) -> None:
    slot.heal()
    chaos.aws.heal()
    if slot.case and slot.case.rotated:
        chaos.update_password(slot)


def kill(chaos: ChaosStack, slot: WorkspaceSlot) -> None:
    """Kills a function while MoEngage holds its request."""
    deadline = time.monotonic() + _HELD_WITHIN
    while not slot.simulator.holds.wait_held(1, 1.0):
        assert time.monotonic() < deadline, "nothing was sent that could be held"
        chaos.let_backoff_pass()
    assert slot.case
    assert slot.case.killed
    assert chaos.kill(slot.case.killed), "no process runs the function"
