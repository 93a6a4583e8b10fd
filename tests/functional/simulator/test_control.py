"""The control calls: what a test or an operator at a terminal sees and switches from outside."""

import json
import subprocess
import sys
import threading
from typing import Any

import pytest
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller

from aep_moengage_dev.simulator import control
from aep_moengage_dev.simulator.simulator import Simulator


def test_every_control_call_is_described() -> None:
    described = str(control.__doc__)
    for method, name in control._CALLS:
        assert method in described
        assert name in described


def test_the_state_counts_what_is_there(moengage: Caller) -> None:
    moengage.customer(attributes={"a": None})
    moengage.event({"action": "Seen"})

    state = moengage.control("GET", "state").json()
    assert state == {"users": 1, "events": 1, "merged": 0, "violations": 1, "applied": 2, "held": [], "faults": []}


def test_users_events_merges_and_violations_can_be_read(moengage: Caller) -> None:
    moengage.customer("anon", attributes={"a": None})
    moengage.customer("ada")
    moengage.event({"action": "Seen"})
    moengage.merge(("anon", "ada"))

    seen = {name: moengage.control("GET", name).json() for name in ("users", "events", "merged", "violations")}
    assert seen["users"]["ada"]["attributes"] == {"a": None}
    assert [each["action"] for each in seen["events"]["ada"]] == ["Seen"]
    assert seen["merged"] == {"anon": "ada"}
    assert seen["violations"] == [{"rule": "null_value", "customer_id": "anon", "attribute": "a", "request": 1}]


def test_requests_can_be_followed(moengage: Caller) -> None:
    for name in ("ada", "bob", "eve"):
        moengage.customer(name)

    later = moengage.control("GET", "requests?after=2").json()
    assert [each["body"]["customer_id"] for each in later] == ["eve"]
    assert "body" not in moengage.control("GET", "requests?bodies=false").json()[0]


def test_faults_can_be_switched_on_looked_at_and_off(moengage: Caller) -> None:
    added = moengage.control("POST", "faults", [{"kind": "status", "times": 2}, {"kind": "status_fail"}]).json()
    assert moengage.customer().status_code == 500
    assert [fault["hits"] for fault in moengage.control("GET", "faults").json()] == [1, 0]

    moengage.control("DELETE", f"faults/{added[0]['id']}")
    assert moengage.customer().json()["status"] == "fail"
    assert moengage.control("DELETE", "faults").json() == []
    assert moengage.customer().json()["status"] == "success"


def test_what_is_held_can_be_waited_for_and_released(moengage: Caller) -> None:
    moengage.control("POST", "faults", {"kind": "hold"})
    with Caller(moengage.url) as other:
        thread = threading.Thread(target=other.customer)
        thread.start()
        (number,) = moengage.control("GET", "held?requests=1").json()
        assert moengage.control("POST", "release", {"request": number}).json() == [number]
        thread.join()
    assert "ada" in moengage.control("GET", "users").json()


def test_a_reset_forgets_everything_but_the_settings(moengage: Caller, simulator: Simulator) -> None:
    moengage.control("POST", "faults", {"kind": "status_fail", "times": 1})
    moengage.control("POST", "settings", {"bulk_rejects": "silent"})
    moengage.customer()
    moengage.customer()

    assert moengage.control("POST", "reset").json()["users"] == 0
    assert (len(simulator.requests), simulator.faults.active(), simulator.api.bulk_rejects) == (0, [], "silent")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"bulk_rejects": "maybe"}, "batch, element, silent"),
        ({"reset_as": "minutes"}, "seconds, epoch"),
        ({"limits": {"orders": 1}}, "customer"),
        ({"colour": "red"}, "colour"),
        ([], ""),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_and_nothing_changes(
    moengage: Caller, settings: Any, says: str
) -> None:
    before = moengage.control("POST", "settings", {}).json()
    answer = moengage.control("POST", "settings", settings)

    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert moengage.control("POST", "settings", {}).json() == before


def test_a_control_call_that_does_not_exist_is_told_as_such(moengage: Caller) -> None:
    assert moengage.control("GET", "weather").status_code == 404
    assert moengage.control("POST", "users").status_code == 404


def test_control_calls_are_no_requests_to_moengage(moengage: Caller, simulator: Simulator) -> None:
    moengage.control("GET", "state")

    assert len(simulator.requests) == 0


def test_it_runs_by_itself_and_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "aep_moengage_dev.simulator", "--until-eof"]
    command += ["--username", USERNAME, "--password", PASSWORD, "--bulk-rejects", "silent", "--users-per-minute", "1"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 # our own module
    assert process.stdout
    started = json.loads(process.stdout.readline())
    with Caller(started["url"]) as caller:
        assert [caller.customer().status_code for _ in range(2)] == [200, 429]
    process.communicate(timeout=10)

    assert process.returncode == 0
    assert started["url"].startswith("http://127.0.0.1:")
