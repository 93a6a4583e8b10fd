"""The pace of workspaces, as `status` shows it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.cli.test_next_steps import FINE

from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.monitoring.flow import DestinationFlow
from aep_moengage_cli.monitoring.workspace_paces import duration, pace_lines, workspace_paces


def flow(name: str, *, paused: bool = False, document: dict[str, Any] | None = None, **numbers: int) -> DestinationFlow:
    fields = {"region": "01", "username": "ACME", **(document or {})}
    return replace(FINE, active=Version(name, 1, json.dumps(fields), paused=paused), **numbers)


def test_destinations_of_a_workspace_share_its_limit() -> None:
    (pace,) = workspace_paces(
        [
            flow("one", limit=60_000, use=30_000, backlog=900_000),
            flow("two", limit=60_000, use=20_000, backlog=300_000),
            flow("three", limit=0, backlog=7_000, paused=True),
        ]
    )
    assert (pace.destinations, pace.limit, pace.use, pace.backlog) == (
        ("one", "two", "three"),
        60_000,
        50_000,
        1_200_000,
    )
    assert pace.minutes == 20
    assert list(pace_lines([pace])) == [
        "Pace 01/ACME: 50,000 a minute sent of 60,000; 1,200,000 profiles wait, at best for 20 min."
    ]


@pytest.mark.parametrize(("pacing", "limit"), [(None, 10_000), ({"users_per_minute": 600}, 600), ("odd", 10_000)])
def test_before_anything_was_sent_the_first_limit_is_shown(pacing: Any, limit: int) -> None:
    (pace,) = workspace_paces([flow("one", document={"pacing": pacing})])
    assert list(pace_lines([pace])) == [f"Pace 01/ACME: limit {limit:,} a minute."]


def test_profiles_that_were_queued_first_are_named() -> None:
    one = replace(flow("one", limit=600), postponed={**FINE.postponed, "queued": 1_200})
    assert list(pace_lines(workspace_paces([one, flow("two")]))) == [
        "Pace 01/ACME: 0 a minute sent of 600.",
        "Queue-first 01/ACME: 1,200 profiles in the last hour, for drain to send in bulk.",
    ]


def test_each_workspace_has_a_line() -> None:
    assert len(workspace_paces([flow("one"), flow("two", document={"username": "OTHER"})])) == 2


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0.4, "less than a minute"), (41.2, "41 min"), (170, "2 h 50 min"), (59.9, "1 h 0 min")]
)
def test_durations_are_shown_in_hours_and_minutes(minutes: float, expected: str) -> None:
    assert duration(minutes) == expected
