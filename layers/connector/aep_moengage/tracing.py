"""Tracing: lines of log that tell of each profile what became of it, by pseudonym and by place in its request.

One line for each invocation and destination, unless it would be larger than CloudWatch takes. Profiles that fared the
same stand together, so that a bulk of hundreds is short. `aep-moengage trace` reads the lines.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any

from aep_moengage import telemetry
from aep_moengage.results import Result
from aep_moengage.retry import Waiting

MESSAGE = "profiles traced"
_LINE_BYTES = 200_000  # CloudWatch takes 256 KB of an event; the logger adds its own fields
_TOGETHER = 1_000  # profiles that fared the same; at most 70 bytes each


@dataclass(frozen=True, slots=True)
class Traced:
    """A profile: its request, when that came (epoch ms), its place there, what became of it, and drain's attempts."""

    request: str
    received: int
    index: int
    attempts: int
    result: Result


def traced(waiting: Waiting, results: Iterable[Result], attempts: int) -> Iterator[Traced]:
    """Yields the profiles of a message, with what became of each."""
    for (index, _), result in zip(waiting.profiles, results, strict=True):
        yield Traced(waiting.request, waiting.received, index, attempts, result)


def trace(destination: str, profiles: Iterable[Traced]) -> None:
    """Logs what became of profiles."""
    for groups in _lines(_grouped(profiles)):
        telemetry.logger().info(MESSAGE, extra={"destination": destination, "traced": groups})


def _grouped(profiles: Iterable[Traced]) -> Iterator[dict[str, Any]]:
    alike: dict[tuple[Any, ...], list[Traced]] = defaultdict(list)
    for each in profiles:
        result = each.result
        key = (each.request, each.received, each.attempts, result.outcome, result.reason, result.why, result.request_id)
        alike[key].append(each)
    for (request, received, attempts, outcome, reason, why, moengage), members in alike.items():
        fared = {"reason": reason, "why": why, "moengage_request": moengage, "attempts": attempts}
        for some in batched(members, _TOGETHER, strict=False):
            yield {
                "request": request,
                "received": received,
                "outcome": outcome,
                **{name: value for name, value in fared.items() if value},
                "profiles": {str(each.index): list(each.result.users) for each in some},
            }


def _lines(groups: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    line: list[dict[str, Any]] = []
    room = _LINE_BYTES
    for group in groups:
        size = len(json.dumps(group))
        if line and size > room:
            yield line
            line, room = [], _LINE_BYTES
        line.append(group)
        room -= size
    if line:
        yield line
