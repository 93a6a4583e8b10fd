"""MoEngage's answers: which status means what. One table, shown in the docs from the same source.

The table goes by HTTP status and by `status` in the body, never by the error's `type`, whose spelling differs between
MoEngage's own pages (moengage.com/docs: Data API overview, Track User, Rate limits).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What an answer of MoEngage means for what was sent."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    THROTTLED = "throttled"
    SETUP = "setup"
    TOO_LARGE = "too_large"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: the statuses `low` to `high` mean `verdict`, because `why`.

    `lost`: what was sent may still take effect after this answer, because it is not MoEngage itself that answered.
    """

    low: int
    high: int
    verdict: Verdict
    why: str
    lost: bool = False


RULES = (
    Rule(200, 299, Verdict.ACCEPTED, "accepted, unless the body says otherwise"),
    Rule(300, 399, Verdict.SETUP, "a redirect: the endpoint is not MoEngage's API"),
    Rule(401, 401, Verdict.SETUP, "the DATA APP ID or KEY is wrong, or lacks the Data scope"),
    Rule(403, 403, Verdict.SETUP, "the account is suspended, or its API firewall does not let us in"),
    Rule(408, 408, Verdict.TRANSIENT, "MoEngage gave up waiting", lost=True),
    Rule(409, 409, Verdict.SETUP, "the DATA APP ID in the URL is not the one in the credentials"),
    Rule(413, 413, Verdict.TOO_LARGE, "the body is over MoEngage's limit"),
    Rule(429, 429, Verdict.THROTTLED, "over the workspace's rate limit"),
    Rule(400, 499, Verdict.REFUSED, "MoEngage does not take what was sent"),
    Rule(502, 502, Verdict.TRANSIENT, "a gateway got no proper answer of MoEngage", lost=True),
    Rule(504, 504, Verdict.TRANSIENT, "a gateway got no answer of MoEngage in time", lost=True),
    Rule(500, 599, Verdict.TRANSIENT, "MoEngage has a fault of its own"),
)
STATUS_FAIL = Rule(200, 299, Verdict.TRANSIENT, "the status is 2xx but the body says `status: fail`")
NO_MEANING = Rule(200, 299, Verdict.TRANSIENT, "the status is 2xx but the body is not MoEngage's answer", lost=True)
UNKNOWN = Rule(0, 999, Verdict.TRANSIENT, "no status that HTTP knows")

# x-ratelimit-reset is seconds left on one MoEngage page and epoch seconds on another; no window lasts 11 days
_EPOCH_FROM = 1_000_000
LONGEST_RETRY_AFTER = 900.0  # seconds; a longer one asked for by MoEngage is cut to this


@dataclass(frozen=True, slots=True)
class Answer:
    """What MoEngage said, or that it said nothing.

    `lost` means that the request may have been applied although no answer told so. `pause` is for how many seconds
    MoEngage asks to be left alone. `remaining` is its rate limit's headroom in requests. `why` is safe to show.
    """

    verdict: Verdict
    why: str
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    remaining: int | None = None
    lost: bool = False


def read_answer(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Answer:
    """Returns what an HTTP answer means; `now` is epoch seconds. Never raises."""
    content = _object(body)
    rule = _rule(status, content)
    return Answer(
        verdict=rule.verdict,
        why=f"{status}: {rule.why}",
        status=status,
        request_id=_request_id(content),
        retry_after=_wait_asked(headers, now) if rule.verdict in {Verdict.THROTTLED, Verdict.TRANSIENT} else None,
        remaining=_number(headers.get("x-ratelimit-remaining")),
        lost=rule.lost,
    )


def _object(body: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _rule(status: int, content: dict[str, object] | None) -> Rule:
    rule = next((rule for rule in RULES if rule.low <= status <= rule.high), UNKNOWN)
    if rule.verdict is not Verdict.ACCEPTED:
        return rule
    if content is None:
        return NO_MEANING
    return STATUS_FAIL if content.get("status") == "fail" else rule


def _request_id(content: dict[str, object] | None) -> str | None:
    if content is None:
        return None
    error = content.get("error")
    found = content.get("request_id") or (error.get("request_id") if isinstance(error, dict) else None)
    return str(found)[:64] if found else None


def _wait_asked(headers: Mapping[str, str], now: float) -> float | None:
    asked = [_retry_after(headers.get("retry-after"), now), _reset(headers.get("x-ratelimit-reset"), now)]
    waits = [seconds for seconds in asked if seconds is not None]
    return min(max(*waits, 0.0), LONGEST_RETRY_AFTER) if waits else None


def _retry_after(value: str | None, now: float) -> float | None:
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def _reset(value: str | None, now: float) -> float | None:
    seconds = _number(value)
    if seconds is None:
        return None
    return float(seconds) if seconds < _EPOCH_FROM else seconds - now


def _number(value: str | None) -> int | None:
    try:
        return int(float(value)) if value else None
    except (ValueError, OverflowError):
        return None
