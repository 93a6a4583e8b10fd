"""What a sender's data costs grows in proportion to it, in every step that reads it: no body may hang a function.

Two measures that do not depend on how fast the machine is: how many calls a step makes, and how many times longer eight
times the data takes. The second one sees copies inside C, which are no calls; what is linear takes 8 times as long, and
what is quadratic 64 times.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from tests.profiles import profile
from tests.unit.deliveries import KEYS, MoEngage, Table, recipient
from tests.unit.given import DOCUMENT, RECEIVED_MS, destination

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.budget import Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import update_of
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.queues.disposition import TracedProfile
from aep_moengage.queues.message_text import content_size
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message, split
from aep_moengage.telemetry.tracing import trace

type Work = Callable[[], object]

TIMES = 8
FEW, MANY = 100, 1_000  # of what the calls are counted for, and of what is timed; and `TIMES` as many
ALL = CompiledMapping(destination(attributes="all"))
MAPPED = CompiledMapping(destination(attributes={"name": "person.name", "tags": "tags", "age": "age"}))


def transforming(mapping: CompiledMapping, raw: dict[str, Any]) -> Work:
    return lambda: mapping.transform(raw, RECEIVED_MS)


def reading(text: str) -> Work:
    def read() -> object:
        try:
            return read_body(text.encode("utf-8", "surrogatepass"))
        except MalformedBody:
            return None

    return read


def delivering(users: int, updates: int) -> Work:
    some = [
        update_of(profile(f"user-{number % users}", points=number), received_ms=RECEIVED_MS, index=number, request="r")
        for number in range(updates)
    ]
    return lambda: Delivery(
        recipient(**DOCUMENT), Ledger(Table(), lambda: KEYS), MoEngage().send, longest_call=10
    ).deliver(some, Budget(1_000))


def waiting(size: int) -> RetryMessage:
    profiles = tuple((number, profile(f"user-{number}")) for number in range(size))
    return RetryMessage("acme", "r1", RECEIVED_MS, RetryReason.TRANSIENT, RECEIVED_MS, profiles)


def splitting(message: RetryMessage) -> Work:
    return lambda: [*split(message)]


def sdk(attributes: dict[str, Any]) -> dict[str, Any]:
    return profile("ada") | {"attributes": attributes}


def membership(size: int) -> dict[str, Any]:
    return {"segmentMembership": {"ups": {f"audience-{number}": {"status": "realized"} for number in range(size)}}}


def traced(size: int) -> Work:
    results = [Result(Outcome.DELIVERED, request_id=str(number % 7), users=(str(number),)) for number in range(size)]
    return lambda: trace("acme", (TracedProfile("r1", RECEIVED_MS, n, 0, each) for n, each in enumerate(results)))


STEPS: dict[str, Callable[[int], Work]] = {
    "profiles of a body": lambda n: reading(json.dumps([profile(f"user-{each}") for each in range(n)])),
    "profiles beside one that cannot be read": lambda n: reading(f'[{{"a": NaN}}{", {}" * n}]'),
    "open brackets": lambda n: reading("[" * n),
    "brackets side by side": lambda n: reading(f"[{', '.join(['[[]]'] * n)}]"),
    "half characters": lambda n: reading(json.dumps({"a": "\ud800" * n})),
    "blanks around an id": lambda n: transforming(MAPPED, profile("\u200b" * n + "ada" + "\u200b" * n)),
    "namespaces": lambda n: transforming(
        MAPPED, {"identityMap": {f"Other{each}": [{"id": f"ada{each}"}] for each in range(n)}}
    ),
    "ids of a namespace": lambda n: transforming(
        MAPPED, {"identityMap": {"crmid": [{"id": f"ada{each}"} for each in range(n)]}}
    ),
    "audiences": lambda n: transforming(MAPPED, profile("ada") | membership(n)),
    "attributes": lambda n: transforming(ALL, profile("ada") | {f"field{each}": "text" for each in range(n)}),
    "nested attributes": lambda n: transforming(
        ALL, profile("ada") | {f"field{each}": {"a": {"b": each}} for each in range(n // 3)}
    ),
    "dotted keys of one parent": lambda n: transforming(ALL, sdk({f"a.b.c{each}": each for each in range(n)})),
    "dotted keys of many parents": lambda n: transforming(ALL, sdk({f"a{each}.b.c": each for each in range(n)})),
    "a dotted key of many parts": lambda n: transforming(ALL, sdk({".".join(["a"] * n): 1})),
    "values of an array": lambda n: transforming(MAPPED, profile("ada") | {"tags": ["text"] * n}),
    "a long text": lambda n: transforming(ALL, profile("ada") | {"text": "é" * n * 100}),
    "users of a batch": lambda n: delivering(n // 4, n // 4),
    "updates of one user": lambda n: delivering(1, n // 4),
    "profiles of a message": lambda n: partial(parse_retry_message, waiting(n).to_json()),
    "a message that is split": lambda n: splitting(waiting(n)),
    "a message's size": lambda n: partial(content_size, waiting(n).profiles),
    "traced profiles": traced,
}


def calls_of(work: Work) -> int:
    """Returns how many functions are called, those in C included."""
    calls = count()
    sys.setprofile(lambda *event: next(calls) if event[1] in {"call", "c_call"} else None)
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(calls)


def seconds_of(work: Work) -> float:
    """Returns the CPU seconds of the best of some runs."""
    runs = []
    for _ in range(3):
        started = time.process_time()
        work()
        runs.append(time.process_time() - started)
    return max(min(runs), 0.000_1)  # less than that is noise


@pytest.mark.parametrize("step", STEPS)
def test_calls_grow_in_proportion(step: str) -> None:
    few, many = (STEPS[step](size) for size in (FEW, FEW * TIMES))
    few(), many()  # what is made once is made now
    assert calls_of(many) <= 1.5 * TIMES * calls_of(few)


@pytest.mark.parametrize("step", STEPS)
def test_time_grows_in_proportion(step: str) -> None:
    few, many = (STEPS[step](size) for size in (MANY, MANY * TIMES))
    assert seconds_of(many) <= 3 * TIMES * seconds_of(few)
