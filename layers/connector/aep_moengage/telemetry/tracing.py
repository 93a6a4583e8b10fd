"""Tracing: log lines that show what happened to each profile, by pseudonym and by index in its request.

An invocation writes one line for each destination, unless it would be larger than CloudWatch takes. Profiles with the
same result share an entry, so that a bulk of hundreds stays short. `aep-moengage trace` reads the lines.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any

from msgspec.structs import replace

from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind
from aep_moengage.log import logger
from aep_moengage.queues.disposition import TracedProfile

MESSAGE = "profiles traced"
_LINE_BYTES = 200_000  # CloudWatch takes 256 KB of an event; the logger adds its own fields
_TOGETHER = 1_000  # profiles of one entry; at most 70 bytes each


type Trace = Callable[[str, Iterable[TracedProfile]], None]


def trace(destination: str, profiles: Iterable[TracedProfile]) -> None:
    """Logs the results of profiles."""
    for groups in _lines(_grouped(profiles)):
        logger().info(MESSAGE, extra={"destination": destination, "traced": groups})


def _grouped(profiles: Iterable[TracedProfile]) -> Iterator[dict[str, Any]]:
    alike: dict[tuple[str, int, Kind, int, Result], list[TracedProfile]] = defaultdict(list)
    for each in profiles:
        alike[each.request, each.received, each.kind, each.attempts, replace(each.result, users=())].append(each)
    for (request, received, kind, attempts, result), members in alike.items():
        details = {
            "kind": kind if kind is not Kind.PROFILES else None,
            "reason": result.reason,
            "why": result.why,
            "moengage_request": result.request_id,
            "attempts": attempts,
            "warnings": list(result.warnings),
        }
        for some in batched(members, _TOGETHER):
            yield {
                "request": request,
                "received": received,
                "outcome": result.outcome,
                **{name: value for name, value in details.items() if value},
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
