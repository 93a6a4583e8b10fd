"""Cautions about sample events."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.given import destination

from aep_moengage.aep.events import is_experience_event
from aep_moengage_cli.files.caution import CautionCode
from aep_moengage_cli.files.event_cautions import event_cautions
from aep_moengage_cli.files.event_files import read_samples
from aep_moengage_dev.project import PROJECT

EVENTS = PROJECT / "events"


def event(**fields: Any) -> dict[str, Any]:
    found = {"_id": "e1", "timestamp": "2026-01-01T00:00:00Z", "eventType": "commerce.purchases"}
    return found | {"identityMap": {"crmid": [{"id": "ada"}]}} | fields


def cautions(rules: Any, *events: Any, **changes: Any) -> list[tuple[CautionCode, str]]:
    return [(each.code, each.path) for each in event_cautions(destination(events=rules, **changes), events)]


def test_events_that_are_sent_as_they_are_need_no_caution() -> None:
    assert cautions(["commerce.purchases"], event()) == []
    assert cautions(["commerce.purchases"]) == []


def test_events_that_would_not_be_sent() -> None:
    assert cautions(["commerce.purchases"], event(), event(identityMap={})) == [(CautionCode.EVENTS_NOT_SENT, "events")]
    assert cautions("all", event(), consent=["consents.marketing.email"]) == [(CautionCode.EVENTS_NOT_SENT, "events")]


def test_types_that_no_rule_has_and_rules_whose_type_no_event_has() -> None:
    found = list(event_cautions(destination(events=["commerce.purchase"]), [event()]))

    assert [each.code for each in found] == [
        CautionCode.EVENTS_NOT_SENT,
        CautionCode.EVENT_TYPES_NOT_MAPPED,
        CautionCode.EVENT_TYPE_NEVER_FOUND,
    ]
    assert "commerce.purchases" in found[1].message
    assert found[2].near == ("commerce.purchases",)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"only": "absent"}, "events[0].only"),
        ({"for_each": "absent"}, "events[0].for_each"),
        ({"once_by": "absent"}, "events[0].once_by"),
        ({"time": "absent"}, "events[0].time"),
        ({"attributes": {"a": "absent.field"}}, "events[0].attributes.a"),
        ({"for_each": "items", "attributes": {"a": "item.absent"}}, "events[0].attributes.a"),
    ],
)
def test_what_a_rule_reads_and_no_event_of_it_has(rule: dict[str, Any], path: str) -> None:
    found = cautions([{"type": "commerce.purchases"} | rule], event(items=[{"sku": 1}]))

    assert (CautionCode.SOURCE_NEVER_FOUND, path) in found


def test_an_entry_of_the_list_that_a_rule_is_about_is_found() -> None:
    rule = {"type": "commerce.purchases", "for_each": "items", "attributes": {"a": "item.sku"}}

    assert cautions([rule], event(items=[{"sku": 1}])) == []


def test_what_would_be_changed_is_said_without_values() -> None:
    (caution,) = event_cautions(destination(events="all"), [event(timestamp="canary")])

    assert caution.code is CautionCode.ATTRIBUTE_CHANGED
    assert "canary" not in str(caution)


def test_events_that_could_not_be_told_apart() -> None:
    unnamed = event()
    del unnamed["_id"], unnamed["timestamp"]

    assert cautions("all", unnamed) == [(CautionCode.EVENTS_ALIKE, "events")]
    assert cautions("all", unnamed | {"timestamp": "2026-01-01T00:00:00Z"}) == []
    assert cautions([{"once_by": "number"}], unnamed | {"number": 7}) == []


def test_events_that_would_wait_for_a_user_whom_no_sample_names() -> None:
    both = {"identities": {"user_id": "crmid", "anonymous_id": "ECID"}, "hold_anonymous": "30m"}
    device = {"ECID": [{"id": "device-1"}]}
    anonymous, known = event(identityMap=device), event(identityMap=device | {"crmid": [{"id": "ada"}]})

    assert cautions("all", anonymous, event(), **both) == [(CautionCode.NOBODY_BECOMES_KNOWN, "hold_anonymous")]
    assert cautions("all", anonymous, known, **both) == []
    assert cautions("all", event(), **both) == []


def test_samples_are_told_apart_by_what_is_in_them(tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.json"
    mixed.write_text(json.dumps([event(), {"a": 1}]))
    names = [str(EVENTS / "event-batch.json"), str(EVENTS / "batch.json"), str(EVENTS / "sqs-event.json"), str(mixed)]

    profiles, events = read_samples(names, is_experience_event)

    assert (len(profiles), len(events)) == (4 + 2, 4 + 2)
