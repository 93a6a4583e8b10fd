"""The lines of log by which a profile is followed: short, within CloudWatch's limit, and lossless."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aep_moengage.delivery.results import Result
from aep_moengage.log import logger
from aep_moengage.outcomes import Outcome, RetryReason
from aep_moengage.queues.disposition import TracedProfile
from aep_moengage.telemetry.tracing import MESSAGE, trace

CLOUDWATCH_BYTES = 256 * 1024 - 26


@pytest.fixture(autouse=True)
def fresh_logger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A logger of the test's own, which writes where the test looks."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    logger.cache_clear()
    yield
    logger.cache_clear()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    logged = capsys.readouterr().out.splitlines()
    assert all(len(line.encode()) <= CLOUDWATCH_BYTES for line in logged)
    content = [json.loads(line) for line in logged]
    assert {line["message"] for line in content} <= {MESSAGE}
    return content


def delivered(index: int, *users: str, request: str = "r1", moengage: str = "m1", attempts: int = 0) -> TracedProfile:
    return TracedProfile(request, 1_000, index, attempts, Result(Outcome.DELIVERED, request_id=moengage, users=users))


def test_profiles_that_fared_the_same_stand_together(capsys: pytest.CaptureFixture[str]) -> None:
    retrying = Result(Outcome.RETRYING, RetryReason.TRANSIENT, "no answer", users=("u3",))
    trace("acme", [delivered(0, "u1"), delivered(1, "u2", "a2"), TracedProfile("r1", 1_000, 2, 0, retrying)])

    (line,) = lines(capsys)
    assert line["destination"] == "acme"
    assert line["traced"] == [
        {
            "request": "r1",
            "received": 1_000,
            "outcome": "delivered",
            "moengage_request": "m1",
            "profiles": {"0": ["u1"], "1": ["u2", "a2"]},
        },
        {
            "request": "r1",
            "received": 1_000,
            "outcome": "retrying",
            "reason": "transient",
            "why": "no answer",
            "profiles": {"2": ["u3"]},
        },
    ]


def test_a_bulk_is_one_line_of_few_bytes_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    trace("acme", [delivered(index, f"{index:024x}") for index in range(500)])

    (line,) = lines(capsys)
    assert len(json.dumps(line)) < 500 * 50


@pytest.mark.parametrize("requests", [1, 10_000])
def test_ten_thousand_profiles_are_several_lines_that_cloudwatch_takes(
    requests: int, capsys: pytest.CaptureFixture[str]
) -> None:
    profiles = [
        delivered(index, "u" * 24, "a" * 24, request=f"request-{index % requests}", attempts=3)
        for index in range(10_000)
    ]
    trace("acme", profiles)

    logged = lines(capsys)
    assert len(logged) > 1
    found = {
        (group["request"], int(index)) for line in logged for group in line["traced"] for index in group["profiles"]
    }
    assert found == {(each.request, each.index) for each in profiles}


def test_nothing_is_logged_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    trace("acme", [])
    assert lines(capsys) == []
