"""MoEngage's answers: what each status means. docs/outcomes.md is generated from the same table.

The table uses the HTTP status and the `status` in the body. It ignores the error's `type`, because MoEngage's own pages
spell it differently (moengage.com/docs: Data API overview, Track User, Rate limits).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """What an answer of MoEngage means for the request."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    THROTTLED = "throttled"
    SETUP = "setup"
    TOO_LARGE = "too_large"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: the statuses `low` to `high` mean `verdict`; `why` says it in words.

    `lost`: MoEngage itself may not have answered, so the request may still take effect.
    """

    low: int
    high: int
    verdict: Verdict
    why: str
    lost: bool = False


RULES = (
    Rule(200, 299, Verdict.ACCEPTED, "accepted, unless the body says otherwise"),
    Rule(300, 399, Verdict.SETUP, "a redirect: the endpoint is not MoEngage's API"),
    Rule(401, 401, Verdict.SETUP, "the DATA APP ID or KEY is wrong, or the key lacks the Data scope"),
    Rule(403, 403, Verdict.SETUP, "the account is suspended, or its API firewall blocks this connector"),
    Rule(408, 408, Verdict.TRANSIENT, "MoEngage timed out", lost=True),
    Rule(409, 409, Verdict.SETUP, "the DATA APP ID in the URL differs from the one in the credentials"),
    Rule(413, 413, Verdict.TOO_LARGE, "the body exceeds MoEngage's limit"),
    Rule(429, 429, Verdict.THROTTLED, "the workspace's rate limit is exceeded"),
    Rule(400, 499, Verdict.REFUSED, "MoEngage rejected the request"),
    Rule(502, 502, Verdict.TRANSIENT, "a gateway received an invalid answer from MoEngage", lost=True),
    Rule(504, 504, Verdict.TRANSIENT, "a gateway received no answer from MoEngage in time", lost=True),
    Rule(500, 599, Verdict.TRANSIENT, "MoEngage has an internal error"),
)
STATUS_FAIL = Rule(200, 299, Verdict.TRANSIENT, "the status is 2xx but the body says `status: fail`")
NO_MEANING = Rule(200, 299, Verdict.TRANSIENT, "the status is 2xx but the body is not an answer of MoEngage", lost=True)
UNKNOWN = Rule(0, 999, Verdict.TRANSIENT, "not a valid HTTP status")

# One MoEngage page gives x-ratelimit-reset in seconds left, another in epoch seconds; no window lasts 11 days.
_EPOCH_FROM = 1_000_000
LONGEST_WORDS = 300  # characters that are kept of MoEngage's own words
LONGEST_RETRY_AFTER = 900.0  # seconds; longer waits that MoEngage asks for are cut to this


class Answer(Struct, frozen=True):
    """What MoEngage answered, or that there was no answer.

    `lost`: the request may have been applied although no answer says so. `retry_after`: for how many seconds MoEngage
    asks not to be called. `limit` and `remaining`: what its rate limit lets through in a minute, and what is left of
    that for another `resets_in` seconds. `why` is safe to show. `said` are MoEngage's own words, which may quote
    values; only dead letters keep them.
    """

    verdict: Verdict
    why: str
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    limit: int | None = None
    remaining: int | None = None
    resets_in: float | None = None
    lost: bool = False
    said: str = ""


def read_answer(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Answer:
    """Returns the meaning of an HTTP answer; `now` is epoch seconds. Never raises."""
    content = _object(body)
    rule = _rule(status, content)
    return Answer(
        verdict=rule.verdict,
        why=f"{status}: {rule.why}",
        status=status,
        request_id=_request_id(content),
        retry_after=_wait_asked(headers, now) if rule.verdict in {Verdict.THROTTLED, Verdict.TRANSIENT} else None,
        limit=_limit(headers),
        remaining=_number(headers.get("x-ratelimit-remaining")),
        resets_in=_resets_in(headers, now),
        lost=rule.lost,
        said="" if rule.verdict is Verdict.ACCEPTED else _said(content),
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


def _said(content: dict[str, object] | None) -> str:
    error = (content or {}).get("error")
    message = (error if isinstance(error, dict) else content or {}).get("message")
    return " ".join(message.split())[:LONGEST_WORDS] if isinstance(message, str) else ""


def _wait_asked(headers: Mapping[str, str], now: float) -> float | None:
    asked = [_retry_after(headers.get("retry-after"), now), _reset(headers.get("x-ratelimit-reset"), now)]
    waits = [seconds for seconds in asked if seconds is not None]
    return min(max(*waits, 0.0), LONGEST_RETRY_AFTER) if waits else None


def _limit(headers: Mapping[str, str]) -> int | None:
    limit = _number(headers.get("x-ratelimit-limit"))
    return limit if limit and limit > 0 else None


def _resets_in(headers: Mapping[str, str], now: float) -> float | None:
    seconds = _reset(headers.get("x-ratelimit-reset"), now)
    return min(seconds, LONGEST_RETRY_AFTER) if seconds is not None and seconds > 0 else None


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
    """The first number of a header: gateways add their policy, as in `10000, 10000;w=60`."""
    try:
        return int(float(value.partition(",")[0].partition(";")[0])) if value else None
    except (ValueError, OverflowError):
        return None
