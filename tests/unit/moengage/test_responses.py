"""MoEngage's answers: every row of the table, and what its headers ask for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.moengage.responses import LONGEST_RETRY_AFTER, RULES, Verdict, read_answer

NOW = 1_700_000_000.0
SUCCESS = b'{"status": "success", "request_id": "kXwpDESb"}'


@pytest.mark.parametrize(
    ("status", "verdict", "lost"),
    [
        (200, Verdict.ACCEPTED, False),
        (202, Verdict.ACCEPTED, False),
        (302, Verdict.SETUP, False),
        (400, Verdict.REFUSED, False),
        (401, Verdict.SETUP, False),
        (403, Verdict.SETUP, False),
        (404, Verdict.REFUSED, False),
        (408, Verdict.TRANSIENT, True),
        (409, Verdict.SETUP, False),
        (413, Verdict.TOO_LARGE, False),
        (415, Verdict.REFUSED, False),
        (429, Verdict.THROTTLED, False),
        (500, Verdict.TRANSIENT, False),
        (502, Verdict.TRANSIENT, True),
        (503, Verdict.TRANSIENT, False),
        (504, Verdict.TRANSIENT, True),
        (999, Verdict.TRANSIENT, False),
    ],
)
def test_statuses(status: int, verdict: Verdict, lost: bool) -> None:
    answer = read_answer(status, {}, SUCCESS, NOW)

    assert (answer.verdict, answer.lost, answer.status) == (verdict, lost, status)


def test_every_row_is_reached() -> None:
    reached = {next(rule for rule in RULES if rule.low <= status <= rule.high) for status in range(200, 600)}

    assert reached == set(RULES)


def test_a_2xx_that_says_fail_is_a_failure() -> None:
    assert read_answer(200, {}, b'{"status": "fail"}', NOW).verdict is Verdict.TRANSIENT


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_2xx_that_is_not_moengages_answer_is_a_lost_answer(body: bytes) -> None:
    answer = read_answer(200, {}, body, NOW)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, True)


@pytest.mark.parametrize(
    ("headers", "retry_after"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "42"}, 42.0),
        ({"x-ratelimit-reset": str(int(NOW) + 42)}, 42.0),
        ({"x-ratelimit-reset": str(int(NOW) - 5)}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60.0),
        ({"retry-after": "3", "x-ratelimit-reset": "42"}, 42.0),
        ({"retry-after": "99999"}, LONGEST_RETRY_AFTER),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf", "x-ratelimit-reset": ""}, None),
    ],
)
def test_pauses_that_are_asked_for(headers: dict[str, str], retry_after: float | None) -> None:
    assert read_answer(429, headers, SUCCESS, NOW).retry_after == retry_after


def test_an_accepted_request_asks_for_no_pause() -> None:
    answer = read_answer(200, {"x-ratelimit-reset": "42", "x-ratelimit-remaining": "9"}, SUCCESS, NOW)

    assert (answer.retry_after, answer.remaining, answer.request_id) == (None, 9, "kXwpDESb")


def test_the_request_id_of_an_error_is_found() -> None:
    body = json.dumps({"status": "fail", "error": {"type": "x", "message": "secret", "request_id": "abc"}}).encode()
    answer = read_answer(400, {}, body, NOW)

    assert answer.request_id == "abc"
    assert "secret" not in answer.why


@given(st.integers(), st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset"]), st.text()), st.binary())
def test_no_answer_breaks_it(status: int, headers: dict[str, str], body: bytes) -> None:
    retry_after = read_answer(status, headers, body, NOW).retry_after

    assert retry_after is None or 0 <= retry_after <= LONGEST_RETRY_AFTER
