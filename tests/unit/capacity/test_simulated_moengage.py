"""The MoEngage of the simulation: its limits, headers and outages; and virtual time."""

from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.requests import Workspace
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage_cli.capacity.measurements import kept_measurements
from aep_moengage_cli.capacity.simulated_moengage import SimulatedMoEngage
from aep_moengage_cli.capacity.virtual_time import VirtualTime

WORKSPACE = Workspace("01", "ACME", "key")
RECORD = b"x" * 100


def moengage(time: VirtualTime, **changes: object) -> SimulatedMoEngage:
    limits = {Quota.BULK_USERS: 100, Quota.USERS: 10}
    return SimulatedMoEngage(time, limits, len(RECORD), kept_measurements().moengage, **changes)  # type: ignore[arg-type] # by name


def sent(simulated: SimulatedMoEngage, time: VirtualTime, *records: int) -> list[tuple[Answer, float]]:
    """Sends bulks one after the other; returns the answers, and when each came."""
    answers: list[tuple[Answer, float]] = []

    def send() -> None:
        answers.extend((simulated.send(WORKSPACE.bulk([RECORD] * number), 10.0), time.clock()) for number in records)

    time.start(send)
    time.run(time.clock() + 60)
    return answers


def test_limit_of_a_minute_is_enforced_and_stated() -> None:
    time = VirtualTime(1_200.0)
    simulated = moengage(time)
    (first, _), (second, second_at) = sent(simulated, time, 60, 60)

    assert (first.verdict, first.limit, first.remaining) == (Verdict.ACCEPTED, 100, 40)
    assert (second.verdict, simulated.refused) == (Verdict.THROTTLED, 1)
    assert 0 < (second.retry_after or 0) <= 60
    assert 0.1 < second_at - 1_200 < 1, "an answer takes time"


def test_without_headers_nothing_is_stated() -> None:
    time = VirtualTime(1_200.0)
    ((answer, _),) = sent(moengage(time, states_limits=False), time, 1)
    assert (answer.limit, answer.remaining) == (None, None)


def test_outage_answers_503() -> None:
    time = VirtualTime(1_200.0)
    ((answer, _),) = sent(moengage(time, outages=[(1_000, 2_000)]), time, 1)
    assert (answer.status, answer.verdict) == (503, Verdict.TRANSIENT)


def test_processes_share_the_clock() -> None:
    time, seen = VirtualTime(0.0), []

    def work(name: str, seconds: float) -> None:
        for _ in range(2):
            time.sleep(seconds)
            seen.append((name, time.clock()))

    time.start(lambda: work("slow", 3))
    time.start(lambda: work("fast", 1))
    time.run(10)
    assert seen == [("fast", 1), ("fast", 2), ("slow", 3), ("slow", 6)]
