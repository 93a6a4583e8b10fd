"""Events of somebody who is not known yet: they wait in the queue, and for nothing that is measured as a delay."""

import json
import time
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, Cloud
from tests.functional.functions.published import totals

from aep_moengage_dev.simulator.simulator import Simulator

HOLDING = DESTINATION | {
    "events": "all",
    "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
    "hold_anonymous": "30m",
}
MINUTE_MS = 60_000


def launch(identity: str, **ids: str) -> dict[str, Any]:
    return {
        "_id": identity,
        "eventType": "application.launch",
        "timestamp": "2026-01-12T09:30:00Z",
        "identityMap": {name: [{"id": each}] for name, each in ids.items()},
    }


@pytest.fixture
def mini(emulated: Cloud) -> Cloud:
    emulated.connect(HOLDING)
    return emulated


def waits(where: Cloud, *events: Any, minutes: int) -> None:
    """Puts a message of events that have been held for so many minutes, as ingest would have."""
    then = int(time.time() * 1000) - minutes * MINUTE_MS
    message = {
        "destination": "acme",
        "request": f"earlier-{where.posted}",
        "received": then,
        "reason": "held",
        "since": then,
        "profiles": list(enumerate(events)),
        "attempts": 0,
        "kind": "events",
    }
    where.posted += 1
    queue = where.names["RETRY_QUEUE_URL"]
    where.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(message), MessageGroupId="acme")


@pytest.fixture
def hasty(mini: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud that gives up after six minutes what it retries."""
    monkeypatch.setenv("RETRY_WINDOW_HOURS", "0.1")
    mini.forget()
    return mini


def test_a_held_event_is_delivered_once_its_user_is_known(mini: Cloud, moengage: Simulator) -> None:
    answer = mini.post(launch("e1", ECID="device-1"), kind="events")
    assert answer.json["results"] == [{"index": 0, "outcome": "retrying", "reason": "held"}]
    waits(mini, launch("e1", ECID="device-1"), minutes=5)
    mini.post({"identityMap": {"crmid": [{"id": "ada"}], "ECID": [{"id": "device-1"}]}, "points": 1})
    mini.drain()

    (event,) = moengage.workspace.events["ada"]
    assert event["current_time"] == "2026-01-12T09:30:00Z"
    assert "device-1" not in moengage.workspace.events


def test_what_is_held_is_never_given_up_and_delays_nothing_else(
    hasty: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    waits(hasty, launch("e1", ECID="device-1"), launch("e2", crmid="ada"), minutes=20)
    capsys.readouterr()
    hasty.drain()

    assert len(moengage.workspace.events["ada"]) == 1
    assert (hasty.dead_letters(), hasty.backlog()) == ([], 1)
    published = totals(capsys.readouterr().out)
    assert "oldest_waiting_minutes" not in published
    assert "postponed" not in published


def test_after_a_failure_a_released_event_has_the_whole_retry_window(hasty: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=503, times=9)
    hasty.post(launch("e0", crmid="ada", ECID="device-1"), kind="events")
    waits(hasty, launch("e1", ECID="device-1"), minutes=20)
    hasty.drain()

    assert hasty.dead_letters() == []
    assert hasty.backlog() == 2


def test_the_hold_begins_when_nothing_else_is_waited_for(mini: Cloud, moengage: Simulator) -> None:
    """The profile that says who it is may have waited as well, and come later."""
    mini.connect(HOLDING, paused=True)
    mini.post(launch("e1", ECID="device-1"), kind="events", late_ms=40 * MINUTE_MS)
    mini.connect(HOLDING)
    mini.drain()

    assert mini.backlog() == 1
    assert moengage.workspace.events == {}


def test_who_never_became_known_is_skipped_and_in_no_rate(mini: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    waits(mini, launch("e1", ECID="device-1"), minutes=31)
    capsys.readouterr()
    mini.drain()

    published = totals(capsys.readouterr().out)
    assert (published["skipped"], published["retrying"]) == (1, -1)
    assert "skipped_rate" not in published
    assert mini.backlog() == 0
