"""Waves: as many cases side by side as there are lanes, from the trouble's beginning to the quiet after it."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.field import Field
from tests.e2e.chaos.lane import Lane, Row

_TRY_SECONDS = 2.5  # that drain has for trying the backlog again
_HELD_WITHIN = 60.0


def waves(field: Field, cases: Sequence[Case], users: int) -> Iterator[list[Row]]:
    """Yields the rows of each wave. A function is killed in a wave of its own, because it may work for all lanes."""
    quiet = [case for case in cases if not case.killed]
    for some in batched(quiet, len(field.lanes), strict=False):
        yield _wave(field, some, users)
    for case in cases:
        if case.killed:
            yield _wave(field, [case], users)


def _wave(field: Field, cases: Sequence[Case], users: int) -> list[Row]:
    lanes = field.lanes[: len(cases)]
    before = [field.counted(lane) for lane in lanes]
    for lane, case in zip(lanes, cases, strict=True):
        lane.begin(case)
    _send(field, lanes, users)
    for tried in range(max(case.tries for case in cases)):
        for lane, case in zip(lanes, cases, strict=True):
            if case.tries == tried:
                _heal(field, lane)
        field.let_backoff_pass()
        time.sleep(_TRY_SECONDS)
    for lane in lanes:
        _heal(field, lane)
    field.settle()
    return [
        lane.row(field.dead_letters(lane), _since(field, lane, then)) for lane, then in zip(lanes, before, strict=True)
    ]


def _send(field: Field, lanes: Sequence[Lane], users: int) -> None:
    with ThreadPoolExecutor(len(lanes)) as threads:
        sending = [threads.submit(lane.send, users) for lane in lanes]
        for lane in lanes:
            if lane.case and lane.case.killed:
                kill(field, lane)
        for each in sending:
            each.result()


def _since(field: Field, lane: Lane, before: Counter[str]) -> Counter[str]:
    now = field.counted(lane)
    return Counter({name: now[name] - before[name] for name in now})


def _heal(field: Field, lane: Lane) -> None:
    lane.heal()
    if lane.case and lane.case.rotated:
        field.mend_password(lane)


def kill(field: Field, lane: Lane) -> None:
    """Kills a function while MoEngage holds its request."""
    deadline = time.monotonic() + _HELD_WITHIN
    while not lane.simulator.holds.wait_held(1, 1.0):
        assert time.monotonic() < deadline, "nothing was sent that could be held"
        field.let_backoff_pass()
    assert lane.case
    assert lane.case.killed
    assert field.kill(lane.case.killed), "no process runs the function"
