"""Measures what takes time: the import of a function against that of boto3, and the transform of a profile."""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.performance.events import bare_event, event_bodies, event_destination
from tests.performance.profiles import bodies, destination

from aep_moengage.aep.bodies import read_body
from aep_moengage.aep.events import read_events
from aep_moengage.delivery.preview import records_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.ledger.memberships import names_in, stated
from aep_moengage.mapping.events import CompiledEvents
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.moengage.event_records import pack_actions
from aep_moengage.moengage.user_records import customer_record
from aep_moengage_dev.project import PROJECT

NOW_MS = 1_767_225_600_000  # 2026-01-01
IMPORTS = {
    "boto3 with one client": "import boto3; boto3.client('dynamodb')",
    "ingest": "import functions.ingest.app",
    "drain": "import functions.drain.app",
}


class Measured(NamedTuple):
    """The median of some runs, and the best and the worst."""

    median: float
    best: float
    worst: float


def measured(runs: list[float]) -> Measured:
    """Sums runs up."""
    return Measured(statistics.median(runs), min(runs), max(runs))


def import_seconds(rounds: int = 9) -> dict[str, Measured]:
    """Returns the CPU seconds of a new interpreter that imports each, bytecode at hand; the imports take turns."""
    runs: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for statement in IMPORTS.values():
        _cpu_seconds(statement)  # writes the bytecode
    for _ in range(rounds):
        for name, statement in IMPORTS.items():
            runs[name].append(_cpu_seconds(statement))
    return {name: measured(seconds) for name, seconds in runs.items()}


def _cpu_seconds(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {"PATH": os.defpath, "AWS_DEFAULT_REGION": "us-east-1"}
    subprocess.run([sys.executable, "-c", statement], cwd=PROJECT, env=environment, check=True)  # noqa: S603 # our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def transform_microseconds(rounds: int = 15) -> Measured:
    """Returns microseconds of CPU per profile, from the bytes that AEP posts to the bytes that MoEngage is sent."""
    posted, mapping, to = bodies(), CompiledMapping(destination()), destination().id

    def once() -> Iterator[bytes]:
        for body in posted:
            for profile in read_body(body):
                decision = mapping.transform(profile, NOW_MS)
                known, _ = stated({}, decision.statements, mapping.activation, to)
                names, _ = names_in(known, frozenset({to}))
                audiences = {mapping.audience_attribute: names}
                yield customer_record(str(decision.customer_id), decision.attributes or b"", audiences)

    return _microseconds(once, rounds)


def event_microseconds(rounds: int = 15) -> Measured:
    """Returns microseconds of CPU per event, from the bytes that are posted to the bytes that MoEngage is sent."""
    posted, mapping = event_bodies(), CompiledEvents(event_destination())

    def once() -> Iterator[bytes]:
        for body in posted:
            for event in read_events(body):
                for customer_id, _, _, actions in mapping.transform(event, NOW_MS).occurrences:
                    yield from (record for record, _ in pack_actions(customer_id, actions, update_existing_only=False))

    return _microseconds(once, rounds)


def bare_event_microseconds(rounds: int = 15) -> Measured:
    """Returns the same of a bare loop with the standard library's JSON, which checks nothing."""
    posted = event_bodies()

    def once() -> Iterator[bytes]:
        for body in posted:
            yield json.dumps(bare_event(json.loads(body)), separators=(",", ":")).encode()

    return _microseconds(once, rounds)


def decide_microseconds(rounds: int = 15) -> Measured:
    """Returns the same with the ledger's decision about each user in between; what DynamoDB takes is left out."""
    posted, to = bodies(), ActiveDestination(destination(), 1, "https://moengage.invalid", "key", ())

    def once() -> Iterator[bytes]:
        for body in posted:
            for index, profile in enumerate(read_body(body)):
                update = update_of(profile, received_ms=NOW_MS, index=index, request="r1")
                yield from (due.record.body for due in records_of(to, update, to.mapping.transform(profile, NOW_MS)))

    return _microseconds(once, rounds)


def _microseconds(once: Callable[[], Iterator[bytes]], rounds: int) -> Measured:
    runs = []
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        sent = sum(1 for _ in once())
        runs.append((time.process_time() - started) / sent * 1e6)
    return measured(runs)
