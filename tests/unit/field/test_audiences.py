"""Audiences as the field has them: statuses, validity, names and events."""

import json
from typing import Any

from tests.unit.deliveries import Connector, events, shown
from tests.unit.field.given import FIELD, field_decisions

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage_cli.files.documents import read_destination

ATTRIBUTE = "AEP Segment"


def sent(*names: str) -> list[list[dict[str, Any]]]:
    """The records of each of some inputs, delivered one after the other by the destination file of the last."""
    connector = Connector()
    destination, _ = read_destination(FIELD / f"{names[-1]}.yaml")
    to = ActiveDestination(destination, 1, "https://moengage.invalid", "key", ())
    return [connector.sent(to, json.loads((FIELD / f"{name}.json").read_text("utf-8"))) for name in names]


def test_only_known_statuses_and_none_say_anything() -> None:
    (decision,) = field_decisions("18-status-exiting")

    assert {each.key[1]: each.inside for each in decision.statements} == {"a2": False, "a5": True, "a6": True}
    assert [warning.code for warning in decision.warnings] == ["audience_status_unknown"]
    assert shown(sent("18-status-exiting")[0]) == [{ATTRIBUTE: ["No status", "Null status"]}]


def test_a_membership_that_is_no_longer_valid_is_out() -> None:
    (decision,) = field_decisions("19-valid-until-past")

    assert [(each.key, each.inside) for each in decision.statements] == [(("aam", "a1"), False)]
    assert [warning.code for warning in decision.warnings] == ["audience_expired"]
    assert shown(sent("19-valid-until-past")[0]) == [{}]


def test_names_are_trimmed_and_two_audiences_of_one_name_are_one() -> None:
    assert shown(sent("25-audience-name-odd")[0]) == [{ATTRIBUTE: ["Gold members", 'Men\'s "Big & Tall" <20% off> 🎉']}]


def test_an_event_says_that_it_triggers_campaigns() -> None:
    (_, event) = sent("28-audience-event-for-trigger")[0]

    assert event["actions"] == [
        {
            "action": "AEP Segment Entered",
            "attributes": {"audience": "Cart left"},
            "current_time": "2026-01-01T00:00:00Z",  # these tests receive it before the time that it says
            "real_time_action": "true",
        }
    ]


def test_an_exit_beside_an_entry_leaves_the_entry() -> None:
    records = sent("84-partial-exit")[0]

    assert shown(records) == [{ATTRIBUTE: ["News"]}]
    assert events(records) == [("Entered", "News")]


def test_partial_messages_become_one_membership_without_a_false_exit() -> None:
    first, second = sent("20-partial-membership-1", "21-partial-membership-2")

    assert (shown(first), events(first)) == ([{ATTRIBUTE: ["Gold"]}], [("Entered", "Gold")])
    assert (shown(second), events(second)) == ([{ATTRIBUTE: ["Gold", "Newsletter"]}], [("Entered", "Newsletter")])


def test_a_renamed_audience_is_left_under_the_name_that_moengage_has() -> None:
    first, second = sent("22-renamed-audience-1", "23-renamed-audience-2")

    assert shown(first) == [{ATTRIBUTE: ["Spring"]}]
    assert shown(second) == [{"removeValueFromArrayField": {ATTRIBUTE: ["Spring"]}}]
