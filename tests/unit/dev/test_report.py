"""The report, and when the demo has to say that something is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aep_moengage.outcomes import Outcome
from aep_moengage_dev.demo.report import Report
from aep_moengage_dev.demo.subscriber import in_words, states_of

COUNTS = dict.fromkeys(Outcome, 0) | {Outcome.DELIVERED: 5, Outcome.REJECTED: 1}
REPORT = Report(
    received=6,
    outcomes=COUNTS,
    lost=0,
    stale=0,
    wrong_audiences=0,
    doubled=0,
    alarms={"DeadLetters": ["OK", "ALARM"]},
    seconds=1.25,
)


def test_all_is_well_where_nothing_is_lost_stale_waiting_or_unaccounted_for() -> None:
    assert REPORT.good


@pytest.mark.parametrize(
    "wrong",
    [
        replace(REPORT, lost=1),
        replace(REPORT, stale=1),
        replace(REPORT, wrong_audiences=1),
        replace(REPORT, doubled=1),
        replace(REPORT, received=7),
        replace(REPORT, received=5),
        replace(REPORT, received=7, outcomes=COUNTS | {Outcome.RETRYING: 1}),
    ],
)
def test_all_is_not_well_otherwise(wrong: Report) -> None:
    assert not wrong.good


def test_the_file_holds_every_number(tmp_path: Path) -> None:
    REPORT.write(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "received": 6,
        "delivered": 5,
        "unchanged": 0,
        "superseded": 0,
        "skipped": 0,
        "rejected": 1,
        "retrying": 0,
        "lost": 0,
        "stale": 0,
        "wrong_audiences": 0,
        "doubled": 0,
        "alarms": {"DeadLetters": ["OK", "ALARM"]},
        "seconds": 1.2,
    }


def change(alarm: str, before: str, after: str, when: str) -> dict[str, str]:
    return {"AlarmName": alarm, "OldStateValue": before, "NewStateValue": after, "StateChangeTime": when}


def test_an_alarms_states_are_in_their_order_under_its_name_in_the_template() -> None:
    changes = [
        change("stack-A-1", "ALARM", "OK", "2026-11-24T12:00:09"),
        change("stack-A-1", "OK", "ALARM", "2026-11-24T12:00:01"),
        change("other", "INSUFFICIENT_DATA", "ALARM", "2026-11-24T12:00:02"),
    ]
    assert states_of(changes, {"stack-A-1": "A"}) == {"A": ["OK", "ALARM", "OK"], "other": ["ALARM"]}


@pytest.mark.parametrize(
    ("name", "states", "words"),
    [
        ("SetupAlarm", ["OK", "ALARM", "OK"], "fired, then cleared"),
        ("SetupAlarm", ["OK", "ALARM", "OK", "ALARM"], "fired 2 times, and has not cleared yet"),
        ("SetupAlarm", ["OK"], "reported that it is OK"),
        ("FlowRunSuccessAlarm", ["ALARM", "OK"], "a notice, not an error"),
    ],
)
def test_what_an_alarm_reported_is_said_in_words(name: str, states: list[str], words: str) -> None:
    assert in_words(name, states) == words
