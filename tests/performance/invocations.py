"""Lambda's events for ingest and drain, and a context. Every profile differs from the one before, unless asked."""

import json
import time
from itertools import count
from typing import Any

from tests.performance.profiles import TOKEN, usual

_MESSAGE_PROFILES = 100
_versions = count(time.time_ns() // 1000)  # the fakes remember the processes before


class Context:
    """What the handlers ask of Lambda's context."""

    function_name = "bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds that are left."""
        return 60_000


def posted(profiles: int, *, changed: bool = True) -> dict[str, Any]:
    """Returns the event of a request with so many profiles, each of another user."""
    some = _profiles(profiles, next(_versions) if changed else 0)
    return {
        "version": "2.0",
        "routeKey": "POST /destinations/{destination}/profiles",
        "rawPath": "/destinations/bench/profiles",
        "rawQueryString": "",
        "headers": {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": "/destinations/bench/profiles", "sourceIp": "127.0.0.1"},
            "requestId": f"bench-{next(_versions)}",
            "stage": "$default",
            "timeEpoch": _now_ms(),
        },
        "body": json.dumps(some if profiles > 1 else some[0], separators=(",", ":")),
        "isBase64Encoded": False,
    }


def queued(profiles: int, *, changed: bool = True) -> dict[str, Any]:
    """Returns the event of a batch of the retry queue, with a hundred profiles in each message."""
    entries = list(enumerate(_profiles(profiles, next(_versions) if changed else 0)))
    parts = [entries[start : start + _MESSAGE_PROFILES] for start in range(0, profiles, _MESSAGE_PROFILES)]
    return {"Records": [_record(number, part) for number, part in enumerate(parts)]}


def _record(number: int, entries: list[tuple[int, Any]]) -> dict[str, Any]:
    received = _now_ms()
    message = {
        "destination": "bench",
        "request": f"bench-{next(_versions)}",
        "received": received,
        "reason": "transient",
        "since": received,
        "profiles": entries,
        "attempts": 0,
    }
    return {
        "messageId": str(number),
        "receiptHandle": str(number),
        "body": json.dumps(message, separators=(",", ":")),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(received)},
    }


def _profiles(profiles: int, version: int) -> list[dict[str, Any]]:
    some = [usual(number) for number in range(profiles)]
    for each in some:
        each["_tenant"]["loyaltyPoints"] = version
    return some


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
