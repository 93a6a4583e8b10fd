"""What MoEngage does not document can be chosen; the user's attributes show each choice."""

from typing import Any

import pytest
from tests.functional.simulator.caller import USERNAME, Caller, fault_of

from aep_moengage_dev.simulator.simulator import Simulator

LONG = [f"v{number}" for number in range(60)]


@pytest.mark.parametrize(
    ("settings", "update", "left"),
    [
        ({"null": "null"}, {"a": None}, {"a": None}),
        ({"null": "remove"}, {"a": None}, {}),
        ({"null": "ignore"}, {"a": None}, {"a": ["x"]}),
        ({"empty_array": "remove"}, {"a": []}, {}),
        ({"empty_array": "keep"}, {"a": []}, {"a": []}),
        ({"empty_array": "ignore"}, {"a": []}, {"a": ["x"]}),
        ({"long_array": "keep"}, {"a": LONG}, {"a": LONG}),
        ({"long_array": "truncate"}, {"a": LONG}, {"a": LONG[:50]}),
        ({"long_array": "drop"}, {"a": LONG}, {"a": ["x"]}),
    ],
)
def test_values_take_effect_as_chosen(
    moengage: Caller, simulator: Simulator, settings: dict[str, str], update: dict[str, Any], left: dict[str, Any]
) -> None:
    moengage.customer(attributes={"a": ["x"]})
    moengage.control("POST", "settings", settings)
    assert moengage.customer(attributes=update).ok

    assert simulator.workspace.users["ada"].attributes == left


@pytest.mark.parametrize(
    ("choice", "ok", "left"), [("apply", True, {}), ("ignore", True, {"a": 1}), ("refuse", False, {"a": 1})]
)
def test_unset_attributes(moengage: Caller, simulator: Simulator, choice: str, ok: bool, left: dict[str, int]) -> None:
    moengage.customer(attributes={"a": 1})
    moengage.control("POST", "settings", {"unset": choice})

    assert moengage.customer(unset_attributes=[{"type": "equals", "attr": "a"}]).ok is ok
    assert simulator.workspace.users["ada"].attributes == left


@pytest.mark.parametrize(("choice", "ok", "users"), [("honour", True, 0), ("ignore", True, 1), ("refuse", False, 0)])
def test_update_existing_only_of_events(
    moengage: Caller, simulator: Simulator, choice: str, ok: bool, users: int
) -> None:
    moengage.control("POST", "settings", {"existing_only_events": choice})
    assert moengage.event({"action": "Seen"}, update_existing_only=True).ok is ok
    assert len(simulator.workspace.users) == users


@pytest.mark.parametrize(("choice", "ok"), [("accept", True), ("refuse", False)])
def test_real_time_action(moengage: Caller, choice: str, ok: bool) -> None:
    moengage.control("POST", "settings", {"real_time_action": choice})
    assert moengage.event({"action": "Seen", "real_time_action": "true"}).ok is ok


def test_get_user_can_be_switched_off(moengage: Caller) -> None:
    moengage.control("POST", "settings", {"get_user": False})
    assert moengage.export("ada").status_code == 403


def test_get_user_can_be_behind(moengage: Caller) -> None:
    moengage.control("POST", "settings", {"shown_after": 2})
    moengage.customer(attributes={"a": 1})

    seen = [len(moengage.export("ada").json()["data"]["users"]) for _ in range(3)]
    assert seen == [0, 0, 1]


def test_user_can_be_deleted_once(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer()
    body = {"identity_type": "customer_id", "identity_value": "ada"}
    url = f"/v1/customer/delete?app_id={USERNAME}"

    assert moengage.post(url, body).ok
    assert simulator.workspace.users == {}
    again = moengage.post(url, body)
    assert (again.status_code, fault_of(again)) == (400, "Not Found")
