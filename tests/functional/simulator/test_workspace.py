"""The workspace after a request: users, array deltas, events, campaigns, merges, and violations of MoEngage's rules."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.functional.simulator.caller import Caller, customer, event, fault_of

from aep_moengage_dev.simulator.simulator import Simulator

SEEN = {"action": "Seen"}


def attributes(simulator: Simulator, customer_id: str = "ada") -> dict[str, Any]:
    return simulator.workspace.users[customer_id].attributes


def rules(simulator: Simulator) -> list[str]:
    return [violation["rule"] for violation in simulator.workspace.violations]


def test_updates_accumulate_and_the_last_value_wins(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"a": 1, "b": 1})
    moengage.customer(attributes={"b": 2})

    assert attributes(simulator) == {"a": 1, "b": 2}
    assert simulator.workspace.users["ada"].applied == 2


def test_update_existing_only_creates_no_user(moengage: Caller, simulator: Simulator) -> None:
    assert moengage.customer("ada", attributes={"a": 1}, update_existing_only=True).ok
    assert moengage.event(SEEN, customer_id="ada", update_existing_only=True).ok
    moengage.customer("bob")
    moengage.customer("bob", attributes={"a": 1}, update_existing_only=True)

    assert set(simulator.workspace.users) == {"bob"}
    assert attributes(simulator, "bob") == {"a": 1}
    assert simulator.workspace.counts()["events"] == 0


@pytest.mark.parametrize(("creates", "left"), [(True, {"tags": ["a"]}), (False, {})])
def test_adding_to_an_absent_array_creates_it_if_so_set(
    moengage: Caller, simulator: Simulator, creates: bool, left: dict[str, Any]
) -> None:
    simulator.workspace.add_creates_attribute = creates
    assert moengage.customer(attributes={"addValueToArrayField": {"tags": ["a"]}}).ok

    assert attributes(simulator) == left
    assert rules(simulator) == ([] if creates else ["array_change_of_no_array"])


def test_array_can_be_added_to_and_removed_from_in_one_bulk(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a", "b"]})
    assert moengage.bulk(
        customer(attributes={"addValueToArrayField": {"tags": ["c"]}}),
        customer(attributes={"removeValueFromArrayField": {"tags": ["a"]}}),
    ).ok

    assert attributes(simulator) == {"tags": ["b", "c"]}


def test_array_deltas_change_the_present_array(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a", "b"]})
    moengage.customer(attributes={"addValueToArrayField": {"tags": ["b", "c"], "new": ["x"]}})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a", "never there"], "absent": ["x"]}})

    assert attributes(simulator) == {"tags": ["b", "c"], "new": ["x"]}
    assert rules(simulator) == []


def test_removing_the_last_element_leaves_an_empty_array(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a"]})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a"]}})

    assert attributes(simulator) == {"tags": []}


def test_array_beyond_its_limit_is_a_violation(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": [str(number) for number in range(50)]})
    moengage.customer(attributes={"addValueToArrayField": {"tags": ["one more"]}})

    assert rules(simulator) == ["array_too_long"]


def test_array_delta_of_another_type_is_a_violation(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": "a"})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a"]}})

    assert (attributes(simulator), rules(simulator)) == ({"tags": "a"}, ["array_change_of_no_array"])


def test_empty_array_unsets_the_attribute(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a"], "kept": 1})
    moengage.customer(attributes={"tags": []})

    assert attributes(simulator) == {"kept": 1}


@pytest.mark.parametrize(
    ("unset", "left"),
    [
        ({"type": "equals", "attr": "temp_1"}, {"temp_2", "Temp_1", "my_temp_1x"}),
        ({"type": "prefix", "attr": "temp"}, {"Temp_1", "my_temp_1x"}),
        ({"type": "prefix", "attr": "temp", "case_sensitive": False}, {"my_temp_1x"}),
        ({"type": "suffix", "attr": "_2"}, {"temp_1", "Temp_1", "my_temp_1x"}),
        ({"type": "contains", "attr": "temp_1"}, {"temp_2", "Temp_1"}),
    ],
)
def test_unsetting_wins_over_setting(
    moengage: Caller, simulator: Simulator, unset: dict[str, Any], left: set[str]
) -> None:
    names = ("temp_1", "temp_2", "Temp_1", "my_temp_1x")
    moengage.customer(attributes=dict.fromkeys(names, 1), unset_attributes=[unset])

    assert attributes(simulator).keys() == left


def test_create_only_attributes_are_ignored_later(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"cr_t": 1704067200000, "city": "Ulm"})
    moengage.customer(attributes={"cr_t": 1704067200000, "city": "Ulm", "points": 1})
    assert rules(simulator) == []
    moengage.customer(attributes={"cr_t": 1735689600000, "city": "Bonn"})

    assert attributes(simulator) == {"cr_t": 1704067200000, "city": "Ulm", "points": 1}
    assert rules(simulator) == ["create_only", "create_only"]


def test_workspace_takes_256_custom_names(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer("ada", attributes={f"name_{number:03}": 1 for number in range(256)} | {"first_name": "Ada"})
    assert rules(simulator) == []
    moengage.customer("bob", attributes={"name_000": 1, "one_more": 1})

    assert attributes(simulator, "bob") == {"name_000": 1}
    assert rules(simulator) == ["too_many_attributes"]


def test_events_are_kept_in_their_order(moengage: Caller, simulator: Simulator) -> None:
    moengage.event(SEEN | {"attributes": {"page": 1}}, {"action": "Bought"})
    moengage.bulk(customer("bob"), event({"action": "Left"}))

    assert [each["action"] for each in simulator.workspace.events["ada"]] == ["Seen", "Bought", "Left"]
    assert simulator.workspace.events["ada"][0]["attributes"] == {"page": 1}


def test_only_flagged_events_trigger_campaigns(moengage: Caller, simulator: Simulator) -> None:
    flag = {"real_time_action": "true"}
    moengage.event(SEEN | flag, {"action": "Bought"}, {"action": "Left", "attributes": flag})
    moengage.event({"action": "Flagged otherwise", "real_time_action": True})
    moengage.event(SEEN | flag, customer_id="bob")

    assert simulator.workspace.campaigns == {
        "ada": [{"event": "Seen", "request": 1}],
        "bob": [{"event": "Seen", "request": 3}],
    }
    assert simulator.workspace.counts()["campaigns"] == 2


@pytest.mark.parametrize("dropped", [{"current_time": "2999-01-01T00:00:00Z"}, {"update_existing_only": True}])
def test_dropped_events_trigger_no_campaign(moengage: Caller, simulator: Simulator, dropped: dict[str, Any]) -> None:
    record = event(SEEN | {"real_time_action": "true"})
    for name, value in dropped.items():
        (record if name == "update_existing_only" else record["actions"][0])[name] = value
    assert moengage.bulk(record).ok

    assert simulator.workspace.campaigns == {}


@pytest.mark.parametrize("form", ["iso", "seconds", "milliseconds"])
def test_future_events_are_dropped(moengage: Caller, simulator: Simulator, form: str) -> None:
    in_an_hour, an_hour_ago = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    written: Any = {
        "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": lambda moment: int(moment.timestamp()),
        "milliseconds": lambda moment: int(moment.timestamp() * 1000),
    }[form]
    moengage.event(
        SEEN | {"current_time": written(an_hour_ago)}, {"action": "Later", "current_time": written(in_an_hour)}
    )

    assert [each["action"] for each in simulator.workspace.events["ada"]] == ["Seen"]
    assert rules(simulator) == ["future_event"]


def test_merge_retires_a_user_and_the_retained_values_win(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer("anon", attributes={"a": "anon", "b": "anon"})
    moengage.event(SEEN | {"real_time_action": "true"}, customer_id="anon")
    moengage.customer("ada", attributes={"a": "ada"})

    assert moengage.merge(("anon", "ada")).ok
    assert set(simulator.workspace.users) == {"ada"}
    assert attributes(simulator) == {"a": "ada", "b": "anon"}
    assert len(simulator.workspace.events["ada"]) == 1
    assert len(simulator.workspace.campaigns["ada"]) == 1
    assert simulator.workspace.merged == {"anon": "ada"}


def test_merges_are_refused_if_so_set(moengage: Caller, simulator: Simulator) -> None:
    for name in ("anon", "ada"):
        moengage.customer(name)
    simulator.api.refuse_merges = True

    answer = moengage.merge(("anon", "ada"))
    assert (answer.status_code, fault_of(answer)) == (400, "InvalidRequest")
    assert (set(simulator.workspace.users), simulator.workspace.merged) == ({"anon", "ada"}, {})
    simulator.api.refuse_merges = False
    assert moengage.merge(("anon", "ada")).ok


@pytest.mark.parametrize(
    "pairs",
    [
        [("nobody", "ada")],
        [("ada", "nobody")],
        [("ada", "ada")],
        [("ada", "bob"), ("ada", "eve")],
        [("bob", "eve"), ("ada", "bob")],
    ],
)
def test_impossible_merge_changes_nobody(moengage: Caller, simulator: Simulator, pairs: list[tuple[str, str]]) -> None:
    for name in ("ada", "bob", "eve"):
        moengage.customer(name)

    assert moengage.merge(*pairs).status_code == 400
    assert set(simulator.workspace.users) == {"ada", "bob", "eve"}


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ({"id": 1}, "blocked_name"),
        ({"": 1}, "blocked_name"),
        ({"user_id": "x"}, "reserved_name"),
        ({"geo": "48.4 9.98"}, "read_only_name"),
        ({"moe_ip_city": "Ulm"}, "read_only_name"),
        ({"u_mb": 4915550001234}, "standard_type"),
        ({"email": True}, "standard_type"),
        ({"moe_unsubscribe": "true"}, "standard_type"),
        ({"cr_t": "2024-01-01"}, "standard_type"),
        ({"cr_t": True}, "standard_type"),
        ({"u_bd": "1990-05-17"}, "standard_type"),
        ({"u_bd": "1990-02-30T00:00:00Z"}, "standard_type"),
        ({"birthday": "05-17"}, "standard_type"),
        ({"moe_email_optin_status": "yes"}, "standard_type"),
        ({"addValueToArrayField": {"email": ["a"]}}, "standard_type"),
        ({"USER_ATTRIBUTE_X": 1}, "reserved_name"),
        ({"moe_mine": 1}, "moe_prefix"),
        ({"a.b": 1}, "dotted_name"),
        ({"n" * 201: 1}, "name_too_long"),
        ({"a": None}, "null_value"),
        ({"a": "x" * 513}, "value_too_long"),
        *(({"a": start + "x" * 510}, "url_too_long") for start in ("https://x/", "//x/", "www.x.", "data:,")),
        ({"a": "2024-01-02T03:04:05+00:00"}, "date_stored_as_string"),
        ({"a": "2024-02-30"}, "date_stored_as_string"),
        ({"a": [1, "x"]}, "array_mixed"),
        ({"a": [True]}, "array_element_type"),
        ({"a": ["x"] * 51}, "array_too_long"),
        ({"a": ["x" * 513]}, "array_element_too_long"),
        ({"a": [{"b": 1}] * 101}, "array_too_long"),
        ({"a": {"b.c": 1}}, "object_key"),
        ({"a": {"b": {"c": {"d": 1}}}}, "object_too_deep"),
        ({"a": {f"k{number}": 1 for number in range(101)}}, "object_too_many_keys"),
        ({"a": {f"k{number}": "x" * 500 for number in range(60)}}, "object_too_large"),
        ({"addValueToArrayField": {"a": ["x" * 513]}}, "array_element_too_long"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_that_moengage_alters_are_violations(
    moengage: Caller, simulator: Simulator, sent: dict[str, Any], rule: str
) -> None:
    assert moengage.customer(attributes=sent).ok
    assert rule in rules(simulator)


@pytest.mark.parametrize(
    "sent",
    [
        {"moe_gaid": "x", "u_n": "Ada", "n" * 200: "x" * 512},
        {"a": "2024-01-02T03:04:05Z", "b": "2024-01-02", "c": "2024-01-02T03:04:05.678Z", "d": "2024 was good"},
        {"a": [1, 2.5], "b": ["x" * 512] * 50, "c": [{"d": {"e": 1}}] * 100},
        {"a": {"text": "é" * 12_000}},  # a limit counts bytes, not how JSON may escape them
        {"a": True, "b": 0, "c": -1.5, "d": ""},
        {"u_em": "a", "email": "a", "moe_spam": False, "cr_t": 1, "moe_email_optin_status": "OPTED_OUT"},
        {"u_bd": "1990-05-17T00:00:00Z", "birthday": "1990-05-17"},
        {"platforms": [{"platform": "ANDROID", "active": "true"}]},
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_within_the_rules_are_no_violations(
    moengage: Caller, simulator: Simulator, sent: dict[str, Any]
) -> None:
    assert moengage.customer(attributes=sent).ok
    assert simulator.workspace.violations == []


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        ({"action": "a.b"}, "dotted_name"),
        ({"action": "Seen", "attributes": {"a": None}}, "null_value"),
        ({"action": "Seen", "attributes": {f"a{number}": 1 for number in range(101)}}, "too_many_event_attributes"),
        ({"action": "Seen", "current_time": "last week"}, "event_time"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_event_rules_are_violations_too(
    moengage: Caller, simulator: Simulator, action: dict[str, Any], rule: str
) -> None:
    assert moengage.event(action).ok
    assert rules(simulator) == [rule]


def test_every_request_is_kept_with_its_result(moengage: Caller, simulator: Simulator) -> None:
    before = time.monotonic()
    moengage.customer("ada", attributes={"a": 1})
    moengage.customer("null")
    applied, refused = (each.report() for each in simulator.requests)

    assert (applied["number"], applied["status"], applied["applied"], applied["order"]) == (1, 200, True, 1)
    assert (applied["api"], applied["customer_ids"], applied["body"]["attributes"]) == ("customer", ["ada"], {"a": 1})
    assert (refused["number"], refused["status"], refused["applied"]) == (2, 400, False)
    assert before <= applied["at"] <= refused["at"]


def test_no_password_is_kept(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer()

    assert [exchange.headers for exchange in simulator.requests] == [None]
