"""A discrete-event simulation of the connector under load.

It runs the connector's own schedule of rounds, pace, packing, circuit breakers, backoff and dispositions, on virtual
time. What it assumes instead of running: the ledger and the transform take the time of the measurements, every user is
new to MoEngage, and ingest is a rate rather than single requests.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import Any, NamedTuple

from aep_moengage.budget import Budget
from aep_moengage.delivery.results import Result, not_accepted
from aep_moengage.delivery.sending import Record, Sender
from aep_moengage.functions.drain import LONG_BACKLOG
from aep_moengage.functions.queue_first import REQUESTS_PER_SECOND
from aep_moengage.functions.schedule import Readiness, Schedule, untried_seconds
from aep_moengage.ledger.versioned_items import READ_AT_ONCE, WRITE_AT_ONCE
from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.pacing import WINDOW_SECONDS, Configured, Quota
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.moengage.requests import Request, Workspace
from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.moengage.workspace_pace import WorkspacePace
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.queues.disposition import InFlight, disposition_of, final_results
from aep_moengage.queues.retry_messages import MESSAGE_BYTES, RetryMessage
from aep_moengage_cli.capacity.costs import Usage, lambda_usage
from aep_moengage_cli.capacity.measurements import Measurements
from aep_moengage_cli.capacity.memory_tables import MemoryCircuits, MemoryPaceTable
from aep_moengage_cli.capacity.scenarios import Load, Scenario
from aep_moengage_cli.capacity.simulated_moengage import SimulatedMoEngage
from aep_moengage_cli.capacity.simulated_queue import SimulatedQueue
from aep_moengage_cli.capacity.virtual_time import VirtualTime

_START = 1_800_000_000.0
_BATCH, _WINDOW_SECONDS = 1000, 5.0  # of drain's event source in the template
_BATCH_BYTES = 6_000_000  # that Lambda hands over
_INVOCATION_SECONDS, _CALL_SECONDS = 50.0, 10.0
_ALIKE = 25  # equal messages that draw one backoff together
_SAMPLES = 240  # about so many
_LONGEST_DAYS = 15


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen at a time (seconds since the begin), and rates per second since the last sample."""

    at: float
    backlog: int
    age: float
    delivered: float
    reads: float
    writes: float
    ingest_concurrency: float


@dataclass(slots=True)
class Outcomes:
    """What happened: profiles, unless they say requests. `delays` counts by destination and whole seconds."""

    received: int = 0
    delivered: int = 0
    given_up: int = 0
    turned_away: int = 0
    bulks: int = 0
    last_delivery: float = 0.0
    ingest_concurrency: float = 0.0
    usage: Usage = field(default_factory=Usage)
    delays: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    samples: list[Sample] = field(default_factory=list)


class _Mark(NamedTuple):
    """Totals at the last sample."""

    delivered: int = 0
    reads: float = 0.0
    writes: float = 0.0


class _Alike(NamedTuple):
    """Equal messages, and their number."""

    in_flight: InFlight
    number: int

    def profiles(self) -> int:
        return self.number * len(self.in_flight.message.profiles)

    def finished(self, answers: list[Answer]) -> Iterator[tuple[InFlight, tuple[Result, ...], int]]:
        """Yields messages with their results, equal ones together; answers are those to their profiles."""
        size = len(self.in_flight.message.profiles)
        if answers[0] is answers[-1]:  # of one bulk, as its answers stand together
            yield self.in_flight, (_result(answers[0]),) * size, self.number
            return
        of_messages = [answers[begin : begin + size] for begin in range(0, len(answers), size)]
        for _, alike in groupby(of_messages, lambda each: list(map(id, each))):
            same = list(alike)
            yield self.in_flight, tuple(map(_result, same[0])), len(same)


class Simulation:
    """A scenario that is run once."""

    def __init__(self, scenario: Scenario, measured: Measurements) -> None:
        self._scenario = scenario
        self._measured = measured
        self._time = VirtualTime(_START)
        self._paces = MemoryPaceTable()
        self._circuits: dict[str, Any] = {}
        self._record = Record(b"x" * measured.record_bytes)
        self.outcomes = Outcomes()
        self.queue = SimulatedQueue(self._time.clock)
        self.moengage = SimulatedMoEngage(
            self._time,
            scenario.limits,
            measured.record_bytes,
            measured.moengage,
            [(_START + begin, _START + end) for begin, end in scenario.outages],
            scenario.states_limits,
        )
        self._workspaces = {load.destination: Workspace("01", load.workspace, "key") for load in scenario.loads}
        self._arriving = len(scenario.loads)
        self._last = _Mark()
        windows = max(2, round(scenario.least_seconds / _SAMPLES / WINDOW_SECONDS))
        self._every = float(windows * WINDOW_SECONDS)

    def run(self) -> Outcomes:
        """Runs the scenario until nothing waits any more, and returns what happened."""
        state = random.getstate()
        random.seed(0)
        try:
            for load in self._scenario.loads:
                self._time.start(lambda load=load: self._arrive(load))  # type: ignore[misc] # bound in the loop
            for _ in range(self._scenario.drain_concurrency):
                self._time.start(self._drain)
            end = _START + _LONGEST_DAYS * 86_400
            while self._time.clock() < end and (self._arriving or self.queue.profiles):
                self._time.run(self._time.clock() + self._every)
                self._sample()
        finally:
            random.setstate(state)
        self._spend(Usage(writes=self._paces.calls, queue_requests=self.queue.requests))
        return self.outcomes

    # --- AEP and ingest

    def _arrive(self, load: Load) -> None:
        """Takes a load, second by second."""
        self._time.sleep(load.begin)
        pace = RateLimiter(self._paces, self._time.clock).pace(
            self._workspaces[load.destination], self._configured(load.destination), on_credit=True
        )
        left, owed = round(load.requests_per_second * load.seconds), 0.0
        while left:
            owed += load.requests_per_second
            requests = min(left, int(owed))
            owed -= int(owed)
            left -= requests
            self._take(load, requests, pace)
            self._time.sleep(1.0)
        self._arriving -= 1

    def _take(self, load: Load, requests: int, pace: WorkspacePace) -> None:
        ingest, outcomes, size = self._measured.ingest, self.outcomes, load.profiles_per_request
        admitted = min(requests, int(self._scenario.turned_away_above))
        outcomes.turned_away += requests - admitted
        outcomes.received += admitted * size
        alone = size == 1 and not self._queues_first(load)
        at_once = pace.take(Quota.USERS, admitted).records if alone and admitted else 0
        down = self.moengage.is_down(self._time.clock())
        delivered = 0 if down else sum(self._delivered_at_once(load, pace) for _ in range(at_once))
        queued = admitted - delivered
        self._delivered(load.destination, delivered, 0)
        self._queue(load, queued)
        milliseconds = (at_once * ingest.delivered_ms + (admitted - at_once) * ingest.queued_ms) / max(admitted, 1)
        outcomes.ingest_concurrency = max(outcomes.ingest_concurrency, admitted * milliseconds / 1000)
        self._spend(
            lambda_usage(ingest.memory_mb, milliseconds) * admitted
            + Usage(
                api_requests=admitted,
                log_bytes=at_once * ingest.delivered_log_bytes + (admitted - at_once) * ingest.queued_log_bytes,
                queue_requests=queued * math.ceil(size * self._measured.message_bytes / 64_000),
            )
            + self._ledger_usage(at_once)
        )

    def _queues_first(self, load: Load) -> bool:
        return load.requests_per_second > REQUESTS_PER_SECOND or self.queue.profiles >= LONG_BACKLOG

    def _delivered_at_once(self, load: Load, pace: WorkspacePace) -> bool:
        answer = self.moengage.answer(load.workspace, Quota.USERS, 1)
        pace.learn(Quota.USERS, answer)
        return answer.verdict is Verdict.ACCEPTED

    def _queue(self, load: Load, requests: int) -> None:
        now_ms = int(self._time.clock() * 1000)
        most = max(1, MESSAGE_BYTES // self._measured.message_bytes)
        whole, rest = divmod(load.profiles_per_request, most)
        for size, number in ((most, whole * requests), (rest, requests if rest else 0)):
            if number:
                profiles = tuple((index, None) for index in range(size))
                message = RetryMessage(load.destination, "", now_ms, RetryReason.QUEUED, now_ms, profiles)
                self.queue.put(message, number)

    # --- drain

    def _drain(self) -> None:
        """An instance of drain, which is invoked again and again."""
        limiter = RateLimiter(self._paces, self._time.clock)
        circuits = CircuitBreakers(MemoryCircuits(self._circuits, self._time.clock), self._time.clock, self._time.clock)
        while True:
            received = self.queue.receive(self._batch_size())
            if received:
                began = self._time.clock()
                self._invoke(received, limiter, circuits)
                milliseconds = (self._time.clock() - began) * 1000
                self._spend(lambda_usage(self._measured.drain.memory_mb, milliseconds))
            if sum(number for _, number in received) < _BATCH:
                self._time.sleep(_WINDOW_SECONDS)  # until a batch is full, or its window is over

    def _batch_size(self) -> int:
        size = max(load.profiles_per_request for load in self._scenario.loads) * self._measured.message_bytes
        return max(1, min(_BATCH, _BATCH_BYTES // min(size, MESSAGE_BYTES)))

    def _invoke(self, received: list[tuple[InFlight, int]], limiter: RateLimiter, circuits: CircuitBreakers) -> None:
        budget = Budget(_INVOCATION_SECONDS, self._time.clock)
        batches: dict[str, list[_Alike]] = defaultdict(list)
        for in_flight, number in received:
            parts = (min(_ALIKE, number - begin) for begin in range(0, number, _ALIKE))
            batches[in_flight.message.destination] += [_Alike(in_flight, part) for part in parts]
        paces = {each: limiter.pace(self._workspaces[each], self._configured(each)) for each in batches}
        schedule = Schedule(batches, _Alike.profiles, self._time.clock)
        ready = {
            each: Readiness(paces[each], Quota.BULK_USERS, partial(circuits.open_answer, self._workspaces[each]))
            for each in batches
        }
        rounds = schedule.run(
            lambda each: (ready[each], lambda batch: self._round(paces[each], circuits, batch, budget)),
            budget.left,
            self._time.sleep,
        )
        for _ in rounds:
            pass
        for destination, untried in schedule.left().items():
            self._leave(untried, paces[destination])

    def _leave(self, untried: list[_Alike], pace: WorkspacePace) -> None:
        per_minute = pace.limit(Quota.BULK_USERS).per_minute
        for each, seconds in zip(untried, untried_seconds(map(_Alike.profiles, untried), per_minute), strict=True):
            self.queue.hide(each.in_flight, each.number, seconds)

    def _round(self, pace: WorkspacePace, circuits: CircuitBreakers, batch: list[_Alike], budget: Budget) -> None:
        """Delivers a round: claims, sends, settles, and puts back what was not accepted."""
        workspace = self._workspaces[batch[0].in_flight.message.destination]
        if answer := circuits.open_answer(workspace):
            for each in batch:
                self._finish(each.in_flight, (_result(answer),) * len(each.in_flight.message.profiles), each.number)
            return
        profiles = sum(map(_Alike.profiles, batch))
        drain, call = self._measured.drain, self._measured.dynamodb.call_ms / 1000
        reads, writes = math.ceil(profiles / READ_AT_ONCE), math.ceil(profiles / WRITE_AT_ONCE)
        self._time.sleep(profiles * drain.profile_ms / 1000 + (reads + writes) * call)
        send = circuits.guard(self._send_bulk, workspace)
        sender = Sender(workspace, send, budget, _CALL_SECONDS, pace=pace, sleep=self._time.sleep)
        answers = [each[-1] for each in sender.send([[self._record]] * profiles)]
        self._time.sleep(writes * call)
        self._spend(self._ledger_usage(profiles) + Usage(log_bytes=profiles * drain.profile_log_bytes))
        rest = iter(answers)
        for each in batch:
            for in_flight, results, number in each.finished(list(islice(rest, each.profiles()))):
                self._finish(in_flight, results, number)

    def _send_bulk(self, request: Request, seconds: float) -> Answer:
        self.outcomes.bulks += 1
        return self.moengage.send(request, seconds)

    def _finish(self, in_flight: InFlight, results: tuple[Result, ...], number: int) -> None:
        now, message = self._time.clock(), in_flight.message
        results = final_results(message, results, now, self._scenario.retry_window_hours * 3600)
        kinds = [result.outcome for result in results]
        self._delivered(message.destination, kinds.count(Outcome.DELIVERED) * number, now - message.received / 1000)
        self.outcomes.given_up += kinds.count(Outcome.REJECTED) * number
        disposition = disposition_of(in_flight, results, now)
        if disposition.hidden is not None:
            self.queue.hide(in_flight, number, disposition.hidden)
            return
        self.queue.delete(in_flight, number)
        for delay, renewed in disposition.renewed:
            self.queue.put(renewed, number, delay)

    # --- accounts

    def _delivered(self, destination: str, profiles: int, delay: float) -> None:
        if profiles:
            self.outcomes.delivered += profiles
            self.outcomes.delays[destination][int(delay)] += profiles
            self.outcomes.last_delivery = self._time.clock() - _START

    def _configured(self, destination: str) -> Configured:
        return self._scenario.configured.get(destination, Configured(destination))

    def _ledger_usage(self, profiles: int) -> Usage:
        return Usage(reads=self._measured.dynamodb.reads, writes=self._measured.dynamodb.writes) * profiles

    def _spend(self, usage: Usage) -> None:
        self.outcomes.usage += usage

    def _sample(self) -> None:
        now, outcomes = self._time.clock(), self.outcomes
        usage = outcomes.usage
        last, self._last = self._last, _Mark(outcomes.delivered, usage.reads, usage.writes)
        outcomes.samples.append(
            Sample(
                at=now - _START,
                backlog=self.queue.profiles,
                age=now - self.queue.oldest,
                delivered=(outcomes.delivered - last.delivered) / self._every,
                reads=(usage.reads - last.reads) / self._every,
                writes=(usage.writes - last.writes) / self._every,
                ingest_concurrency=outcomes.ingest_concurrency,
            )
        )
        outcomes.ingest_concurrency = 0.0


def _result(answer: Answer) -> Result:
    return Result(Outcome.DELIVERED) if answer.verdict is Verdict.ACCEPTED else not_accepted(answer)
