"""What MoEngage then knows: users, array deltas, events, merges; and every rule that it accepts being broken."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.functional.simulator.caller import Caller, customer, event

from aep_moengage_dev.simulator.simulator import Simulator

SEEN = {"action": "Seen"}


def attributes(simulator: Simulator, customer_id: str = "ada") -> dict[str, Any]:
    return simulator.workspace.users[customer_id].attributes


def rules(simulator: Simulator) -> list[str]:
    return [violation["rule"] for violation in simulator.workspace.violations]


def test_updates_add_up_and_the_last_one_counts(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"a": 1, "b": 1})
    moengage.customer(attributes={"b": 2})

    assert attributes(simulator) == {"a": 1, "b": 2}
    assert simulator.workspace.users["ada"].applied == 2


def test_only_users_that_exist_are_updated_where_that_is_wished(moengage: Caller, simulator: Simulator) -> None:
    assert moengage.customer("ada", attributes={"a": 1}, update_existing_only=True).ok
    assert moengage.event(SEEN, customer_id="ada", update_existing_only=True).ok
    moengage.customer("bob")
    moengage.customer("bob", attributes={"a": 1}, update_existing_only=True)

    assert set(simulator.workspace.users) == {"bob"}
    assert attributes(simulator, "bob") == {"a": 1}
    assert simulator.workspace.counts()["events"] == 0


def test_array_deltas_change_what_is_there(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a", "b"]})
    moengage.customer(attributes={"addValueToArrayField": {"tags": ["b", "c"], "new": ["x"]}})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a", "never there"], "absent": ["x"]}})

    assert attributes(simulator) == {"tags": ["b", "c"], "new": ["x"]}
    assert rules(simulator) == []


def test_the_last_element_can_be_taken_out(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": ["a"]})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a"]}})

    assert attributes(simulator) == {"tags": []}


def test_an_array_grows_no_longer_than_it_may_be(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": [str(number) for number in range(50)]})
    moengage.customer(attributes={"addValueToArrayField": {"tags": ["one more"]}})

    assert rules(simulator) == ["array_too_long"]


def test_an_array_delta_of_what_is_no_array_is_seen(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"tags": "a"})
    moengage.customer(attributes={"removeValueFromArrayField": {"tags": ["a"]}})

    assert (attributes(simulator), rules(simulator)) == ({"tags": "a"}, ["array_change_of_no_array"])


def test_an_empty_array_unsets(moengage: Caller, simulator: Simulator) -> None:
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


def test_what_only_a_new_user_takes_is_ignored_later(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer(attributes={"cr_t": 1704067200000, "city": "Ulm"})
    moengage.customer(attributes={"cr_t": 1704067200000, "city": "Ulm", "points": 1})
    assert rules(simulator) == []
    moengage.customer(attributes={"cr_t": 1735689600000, "city": "Bonn"})

    assert attributes(simulator) == {"cr_t": 1704067200000, "city": "Ulm", "points": 1}
    assert rules(simulator) == ["create_only", "create_only"]


def test_a_workspace_has_room_for_256_names_of_ones_own(moengage: Caller, simulator: Simulator) -> None:
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


@pytest.mark.parametrize("form", ["iso", "seconds", "milliseconds"])
def test_events_of_the_future_are_not_taken(moengage: Caller, simulator: Simulator, form: str) -> None:
    in_an_hour, an_hour_ago = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    spelled: Any = {
        "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": lambda moment: int(moment.timestamp()),
        "milliseconds": lambda moment: int(moment.timestamp() * 1000),
    }[form]
    moengage.event(
        SEEN | {"current_time": spelled(an_hour_ago)}, {"action": "Later", "current_time": spelled(in_an_hour)}
    )

    assert [each["action"] for each in simulator.workspace.events["ada"]] == ["Seen"]
    assert rules(simulator) == ["future_event"]


def test_a_merged_user_is_gone_and_the_retained_ones_values_win(moengage: Caller, simulator: Simulator) -> None:
    moengage.customer("anon", attributes={"a": "anon", "b": "anon"})
    moengage.event(SEEN, customer_id="anon")
    moengage.customer("ada", attributes={"a": "ada"})

    assert moengage.merge(("anon", "ada")).ok
    assert set(simulator.workspace.users) == {"ada"}
    assert attributes(simulator) == {"a": "ada", "b": "anon"}
    assert len(simulator.workspace.events["ada"]) == 1
    assert simulator.workspace.merged == {"anon": "ada"}


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
def test_a_merge_that_cannot_be_done_changes_nobody(
    moengage: Caller, simulator: Simulator, pairs: list[tuple[str, str]]
) -> None:
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
def test_what_is_accepted_and_then_spoilt_is_seen(
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
def test_what_keeps_every_rule_is_no_violation(moengage: Caller, simulator: Simulator, sent: dict[str, Any]) -> None:
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
def test_rules_hold_for_events_too(moengage: Caller, simulator: Simulator, action: dict[str, Any], rule: str) -> None:
    assert moengage.event(action).ok
    assert rules(simulator) == [rule]


def test_every_request_is_kept_with_its_fate(moengage: Caller, simulator: Simulator) -> None:
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
