"""The control calls, by which a test or an operator at a terminal reads and switches the simulator."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller

from aep_moengage_dev.local.children import Child
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.project import PROJECT, tool_environment
from aep_moengage_dev.simulator import control
from aep_moengage_dev.simulator.simulator import Simulator


def test_every_control_call_is_documented() -> None:
    described = str(control.__doc__)
    for method, name in control._CALLS:
        assert method in described
        assert name in described


def test_state_counts_the_contents(moengage: Caller) -> None:
    moengage.customer(attributes={"a": None})
    moengage.event({"action": "Seen"})

    state = moengage.control("GET", "state").json()
    counts = {"users": 1, "events": 1, "campaigns": 0, "merged": 0, "violations": 1, "applied": 2}
    assert state == counts | {"held": [], "faults": []}


def test_contents_can_be_read(moengage: Caller) -> None:
    moengage.customer("anon", attributes={"a": None})
    moengage.customer("ada")
    moengage.event({"action": "Seen", "real_time_action": "true"})
    moengage.merge(("anon", "ada"))

    names = ("users", "events", "campaigns", "merged", "violations")
    seen = {name: moengage.control("GET", name).json() for name in names}
    assert seen["users"]["ada"]["attributes"] == {"a": None}
    assert [each["action"] for each in seen["events"]["ada"]] == ["Seen"]
    assert seen["campaigns"] == {"ada": [{"event": "Seen", "request": 3}]}
    assert seen["merged"] == {"anon": "ada"}
    assert seen["violations"] == [{"rule": "null_value", "customer_id": "anon", "attribute": "a", "request": 1}]


def test_requests_can_be_read_from_a_number_on(moengage: Caller) -> None:
    for name in ("ada", "bob", "eve"):
        moengage.customer(name)

    later = moengage.control("GET", "requests?after=2").json()
    assert [each["body"]["customer_id"] for each in later] == ["eve"]
    assert "body" not in moengage.control("GET", "requests?bodies=false").json()[0]


def test_faults_can_be_switched_on_listed_and_switched_off(moengage: Caller) -> None:
    added = moengage.control("POST", "faults", [{"kind": "status", "times": 2}, {"kind": "status_fail"}]).json()
    assert moengage.customer().status_code == 500
    assert [fault["hits"] for fault in moengage.control("GET", "faults").json()] == [1, 0]

    moengage.control("DELETE", f"faults/{added[0]['id']}")
    assert moengage.customer().json()["status"] == "fail"
    assert moengage.control("DELETE", "faults").json() == []
    assert moengage.customer().json()["status"] == "success"


def test_held_request_can_be_awaited_and_released(moengage: Caller) -> None:
    moengage.control("POST", "faults", {"kind": "hold"})
    with Caller(moengage.url) as other, ThreadPoolExecutor(1) as beside:
        call = beside.submit(other.customer)
        (number,) = moengage.control("GET", "held?requests=1").json()
        assert moengage.control("POST", "release", {"request": number}).json() == [number]
        assert call.result().ok
    assert "ada" in moengage.control("GET", "users").json()


def test_reset_forgets_everything_but_the_settings(moengage: Caller, simulator: Simulator) -> None:
    moengage.control("POST", "faults", {"kind": "status_fail", "times": 1})
    moengage.control("POST", "settings", {"bulk_rejects": "silent"})
    moengage.customer()
    moengage.customer()

    assert moengage.control("POST", "reset").json()["users"] == 0
    assert (len(simulator.requests), simulator.faults.active(), simulator.api.bulk_rejects) == (0, [], "silent")


def test_settings_take_effect_and_are_returned(moengage: Caller, simulator: Simulator) -> None:
    changed = {"refuse_merges": True, "add_creates_attribute": False, "null": "ignore", "shown_after": 2}
    assert moengage.control("POST", "settings", changed).json() == {
        "bulk_rejects": "batch",
        "limits": {},
        "reset_as": "seconds",
        "empty_array": "remove",
        "long_array": "keep",
        "unset": "apply",
        "real_time_action": "accept",
        "existing_only_events": "honour",
        "get_user": True,
        **changed,
    }
    assert (simulator.api.refuse_merges, simulator.workspace.add_creates_attribute) == (True, False)
    assert (simulator.workspace.undocumented.null, simulator.workspace.undocumented.shown_after) == ("ignore", 2)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"refuse_merges": True, "add_creates_attribute": "yes"}, "true or false"),
        ({"bulk_rejects": "maybe"}, "batch, element, silent"),
        ({"reset_as": "minutes"}, "seconds, epoch"),
        ({"limits": {"orders": 1}}, "customer"),
        ({"long_array": "split"}, "keep, truncate, drop"),
        ({"colour": "red"}, "colour"),
        ([], ""),
    ],
)
def test_invalid_setting_is_refused_and_changes_nothing(moengage: Caller, settings: Any, says: str) -> None:
    before = moengage.control("POST", "settings", {}).json()
    answer = moengage.control("POST", "settings", settings)

    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert moengage.control("POST", "settings", {}).json() == before


def test_unknown_control_call_answers_404(moengage: Caller) -> None:
    assert moengage.control("GET", "weather").status_code == 404
    assert moengage.control("POST", "users").status_code == 404


def test_control_calls_are_not_recorded_as_requests(moengage: Caller, simulator: Simulator) -> None:
    moengage.control("GET", "state")

    assert len(simulator.requests) == 0


def test_simulator_runs_as_a_process_and_ends_with_its_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "aep_moengage_dev.simulator", "--until-eof"]
    command += ["--username", USERNAME, "--password", PASSWORD, "--bulk-rejects", "silent", "--users-per-minute", "1"]
    with Child("simulator", command, log=tmp_path / "log", env=tool_environment(), cwd=PROJECT) as process:
        url = process.greeting(30)["url"]
        with Caller(url) as caller:
            assert [caller.customer().status_code for _ in range(2)] == [200, 429]
    with pytest.raises(LocalStackError, match=r"has ended \(0\)"):
        process.check_alive()
    assert url.startswith("http://127.0.0.1:")
