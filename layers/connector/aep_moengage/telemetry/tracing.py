"""Tracing: log lines that show what happened to each profile, by pseudonym and by index in its request.

An invocation writes one line for each destination, unless it would be larger than CloudWatch takes. Profiles with the
same result share an entry, so that a bulk of hundreds stays short. `aep-moengage trace` reads the lines.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from aep_moengage.log import logger
from aep_moengage.queues.disposition import TracedProfile

MESSAGE = "profiles traced"
_LINE_BYTES = 200_000  # CloudWatch takes 256 KB of an event; the logger adds its own fields
_TOGETHER = 1_000  # profiles of one entry; at most 70 bytes each


def trace(destination: str, profiles: Iterable[TracedProfile]) -> None:
    """Logs the results of profiles."""
    for groups in _lines(_grouped(profiles)):
        logger().info(MESSAGE, extra={"destination": destination, "traced": groups})


def _grouped(profiles: Iterable[TracedProfile]) -> Iterator[dict[str, Any]]:
    alike: dict[tuple[Any, ...], list[TracedProfile]] = defaultdict(list)
    for each in profiles:
        result = each.result
        key = (each.request, each.received, each.attempts, result.outcome, result.reason, result.why, result.request_id)
        alike[key].append(each)
    for (request, received, attempts, outcome, reason, why, moengage), members in alike.items():
        details = {"reason": reason, "why": why, "moengage_request": moengage, "attempts": attempts}
        for some in batched(members, _TOGETHER, strict=False):
            yield {
                "request": request,
                "received": received,
                "outcome": outcome,
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
