"""A burst: ten times the requests that are delivered one by one, while MoEngage is slow."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.e2e.chaos.cases import Case
from tests.e2e.chaos.chaos_stack import ChaosStack
from tests.e2e.chaos.measures import Finding
from tests.e2e.chaos.workspace_slot import AEP_WAITS, WorkspaceSlot, update
from tests.e2e.deployed import Answer

THRESHOLD = 2  # requests a second: the machine has to send ten times as many
PARAMETERS: Mapping[str, str] = {"QueueFirstRequests": str(THRESHOLD)}
_TIMES = 10
_SENDERS = 6
_MOENGAGE_SECONDS = 1.2
_ENDS_WITHIN = 90.0  # seconds after the burst; queue-first lasts at least 30
_LOOK_EVERY = 2.0


def burst(chaos: ChaosStack, users: int) -> Iterator[Finding]:
    """Yields what was found in a burst of three updates of so many users, and after it."""
    slot = chaos.slots[0]
    slot.start(Case("burst", {"kind": "slow", "seconds": _MOENGAGE_SECONDS}))
    with ThreadPoolExecutor(_SENDERS) as senders:
        list(senders.map(lambda number: _post(slot, f"warm/{number}", 0), range(_SENDERS)))
        slot.forget_answers()
        started = time.monotonic()
        for number in range(3):
            answers = list(senders.map(lambda user, number=number: _post(slot, f"burst/{user}", number), range(users)))
            queued = sum("queued" in answer.reasons for answer in answers)
    rate, slowest, refused = 3 * users / (time.monotonic() - started), max(slot.seconds), len(slot.refusals)
    slot.heal()
    chaos.settle()
    yield Finding(
        f"requests a second in a burst; {THRESHOLD} are delivered one by one", f"{rate:.0f}", rate >= _TIMES * THRESHOLD
    )
    yield Finding("requests refused in it", str(refused), refused == 0)
    yield Finding("slowest answer in it", f"{slowest:.2f} s", slowest < AEP_WAITS)
    yield Finding("last requests of it that were queued first", f"{queued} of {users}", queued == users)
    yield _accounted(slot, users)
    yield _ended(slot)


def _post(slot: WorkspaceSlot, user: str, number: int) -> Answer:
    profile, sent = update(user, number)
    answer = slot.post([profile])
    slot.newest[user] = sent
    return answer


def _accounted(slot: WorkspaceSlot, users: int) -> Finding:
    shown = slot.simulator.workspace.snapshot()["users"]
    lost = sum(name not in shown for name in slot.newest)
    stale = sum(
        shown[name]["attributes"]["points"] != sent.points for name, sent in slot.newest.items() if name in shown
    )
    return Finding(f"lost and stale of {users} users after it", f"{lost} and {stale}", lost == stale == 0)


def _ended(slot: WorkspaceSlot) -> Finding:
    """Queue-first ends by itself."""
    started = time.monotonic()
    for number in count():
        answer = _post(slot, f"after/{number}", 0)
        seconds = time.monotonic() - started
        if answer.outcomes == ["delivered"]:
            return Finding("seconds until a request was delivered at once again", f"{seconds:.0f}", good=True)
        if seconds > _ENDS_WITHIN:
            break
        time.sleep(_LOOK_EVERY)
    return Finding("queue-first ends", f"not within {_ENDS_WITHIN:.0f} s", good=False)
