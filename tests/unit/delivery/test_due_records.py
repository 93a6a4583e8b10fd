"""The records that are due for a user change: the attributes, the audience attribute, and events."""

import json
from typing import Any

import pytest
from tests.unit.deliveries import ACCEPTED, FAILED, LOST, REFUSED, Connector, events, message, recipient, shown
from tests.unit.given import sent

from aep_moengage.delivery.due_records import DueRecord, lease_after
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.results import LOST_ANSWER_GRACE
from aep_moengage.delivery.sending import Record
from aep_moengage.ledger.ledger import KEPT_SECONDS
from aep_moengage.moengage.records import BULK_BODY_BYTES, CUSTOMER_BODY_BYTES
from aep_moengage.moengage.responses import Answer, Verdict

ATTRIBUTE = "AEP Segment"
MAPS_POINTS: dict[str, Any] = {"attributes": {"points": "points"}}
KEEP: dict[str, Any] = MAPS_POINTS | {"existing_audiences": "keep"}
ASKS: dict[str, Any] = MAPS_POINTS | {"consent": ["consent"]}
EVENTS: dict[str, Any] = {"audience_events": True}


@pytest.fixture
def connector() -> Connector:
    return Connector()


def removal(*names: str) -> dict[str, Any]:
    return {"removeValueFromArrayField": {ATTRIBUTE: list(names)}}


def addition(*names: str) -> dict[str, Any]:
    return {"addValueToArrayField": {ATTRIBUTE: list(names)}}


# --- the audience attribute, set


def test_attributes_and_audiences_go_in_one_record(connector: Connector) -> None:
    raw = message(gold="realized", news="existing", vip="exited", values={"points": 1})

    assert connector.sent(recipient(**MAPS_POINTS), raw) == [
        {"type": "customer", "customer_id": "ada", "attributes": {"points": 1, ATTRIBUTE: ["gold", "news"]}}
    ]


def test_partial_messages_become_one_attribute(connector: Connector) -> None:
    to = recipient()

    assert shown(connector.sent(to, message(gold="realized"))) == [{ATTRIBUTE: ["gold"]}]
    assert shown(connector.sent(to, message(news="realized"))) == [{ATTRIBUTE: ["gold", "news"]}]
    assert shown(connector.sent(to, message(gold="exited"))) == [{ATTRIBUTE: ["news"]}]


def test_when_the_last_audience_is_left_its_name_is_taken_out(connector: Connector) -> None:
    to = recipient()
    connector.sent(to, message(gold="realized"))

    assert shown(connector.sent(to, message(gold="exited"))) == [removal("gold")]
    assert connector.sent(to, message(gold="exited")) == []


def test_a_message_without_audiences_leaves_the_attribute_alone(connector: Connector) -> None:
    to = recipient(**MAPS_POINTS)
    connector.sent(to, message(gold="realized"))

    assert shown(connector.sent(to, message(values={"points": 2}))) == [{"points": 2}]


def test_the_attribute_has_the_name_that_the_destination_gives_it() -> None:
    assert shown(sent(message(gold="realized"), audience_attribute="AEPSegments")) == [{"AEPSegments": ["gold"]}]


def test_two_audiences_of_one_name_are_one_name_until_both_are_left(connector: Connector) -> None:
    to = recipient(audiences=[{"id": "a", "name": "Gold"}, {"id": "b", "name": "Gold"}, {"id": "c", "name": "News"}])

    assert shown(connector.sent(to, message(a="realized", b="realized", c="realized"))) == [
        {ATTRIBUTE: ["Gold", "News"]}
    ]
    assert shown(connector.sent(to, message(a="exited", c="exited"))) == [{ATTRIBUTE: ["Gold"]}]
    assert shown(connector.sent(to, message(b="exited"))) == [removal("Gold")]


def test_a_renamed_audience_replaces_its_former_name(connector: Connector) -> None:
    for name in ("Gold", "Gold members"):
        to = recipient(audiences=[{"id": "a", "name": name}])
        assert shown(connector.sent(to, message(a="realized"))) == [{ATTRIBUTE: [name]}]

    assert shown(connector.sent(to, message(a="exited"))) == [removal("Gold members")]


def test_an_audience_renamed_while_its_user_leaves_is_taken_out_under_the_name_that_moengage_has(
    connector: Connector,
) -> None:
    to = recipient()
    connector.sent(to, message(a={"status": "realized", "name": "Spring"}))

    records = connector.sent(to, message(a={"status": "exited", "name": "Spring 2026"}))
    assert shown(records) == [removal("Spring")]


def test_an_audience_that_is_no_longer_activated_is_gone_at_the_next_update(connector: Connector) -> None:
    connector.sent(recipient(**MAPS_POINTS), message(gold="realized", news="realized"))
    to = recipient(audiences=[{"id": "news"}], **MAPS_POINTS)

    assert shown(connector.sent(to, message(values={"points": 2}))) == [{"points": 2, ATTRIBUTE: ["news"]}]
    to = recipient(audiences=[], **MAPS_POINTS)
    assert shown(connector.sent(to, message(values={"points": 2}))) == [{"points": 2} | removal("news")]


def test_of_more_than_fifty_audiences_the_latest_fifty_are_shown(connector: Connector) -> None:
    to = recipient()
    days: dict[str, Any] = {f"a{n:02}": {"lastQualificationTime": f"2025-01-{n + 1:02}T00:00:00Z"} for n in range(30)}
    later: dict[str, Any] = {f"b{n:02}": {"lastQualificationTime": f"2025-02-{n + 1:02}T00:00:00Z"} for n in range(25)}

    connector.sent(to, message(**days))
    (attributes,) = shown(connector.sent(to, message(**later)))
    assert attributes[ATTRIBUTE] == [f"a{n:02}" for n in range(5, 30)] + [f"b{n:02}" for n in range(25)]
    (attributes,) = shown(connector.sent(to, message(b00="exited")))
    assert len(attributes[ATTRIBUTE]) == 50
    assert "a04" in attributes[ATTRIBUTE], "there is room for it again"


def test_names_that_may_be_shown_after_a_lost_answer_are_taken_out_too(connector: Connector) -> None:
    to = recipient()
    connector.moengage.answers.append(Answer(Verdict.TRANSIENT, "no answer", lost=True))
    connector.sent(to, message(gold="realized"))
    connector.now += LOST_ANSWER_GRACE + 1

    assert shown(connector.sent(to, message(gold="exited"))) == [removal("gold")]


def test_more_names_than_an_array_takes_are_taken_out_in_several_records(connector: Connector) -> None:
    to = recipient()
    for start in (0, 40):  # the answers are lost, so all of these names may be shown
        connector.moengage.answers.append(Answer(Verdict.TRANSIENT, "no answer", lost=True))
        connector.deliver(to, message(**{f"a{n:02}": "realized" for n in range(start, start + 40)}), in_custody=True)
        connector.now += LOST_ANSWER_GRACE + 1

    left = shown(connector.sent(to, message(**{f"a{n:02}": "exited" for n in range(80)})))
    assert left == [removal(*(f"a{n:02}" for n in range(50))), removal(*(f"a{n:02}" for n in range(50, 80)))]
    assert connector.sent(to, message(a00="exited")) == []


# --- the audience attribute, beside another connector


def test_beside_another_connector_names_are_added_and_never_set(connector: Connector) -> None:
    to = recipient(**KEEP)

    assert shown(connector.sent(to, message(gold="realized", values={"points": 1}))) == [
        {"points": 1} | addition("gold")
    ]
    assert shown(connector.sent(to, message(news="realized", values={"points": 1}))) == [
        {"points": 1} | addition("gold", "news")
    ]


def test_beside_another_connector_an_exit_takes_out_only_its_own_name(connector: Connector) -> None:
    to = recipient(**KEEP)

    assert shown(connector.sent(to, message(gold="exited", values={"points": 1}))) == [{"points": 1} | removal("gold")]
    assert connector.sent(to, message(gold="exited", values={"points": 1})) == []


def test_adding_and_taking_out_are_two_records_because_moengage_refuses_both_in_one(connector: Connector) -> None:
    to = recipient(**KEEP)
    records = connector.sent(to, message(gold="realized", news="exited", values={"points": 1}))

    assert shown(records) == [{"points": 1} | addition("gold"), removal("news")]
    assert connector.sent(to, message(gold="realized", news="exited", values={"points": 1})) == []


def test_if_the_second_of_two_records_is_refused_both_are_sent_again(connector: Connector) -> None:
    to = recipient(**KEEP)
    connector.moengage.refuses = lambda record: "removeValueFromArrayField" in record["attributes"]
    raw = message(gold="realized", news="exited", values={"points": 1})
    assert shown(connector.sent(to, raw)) == [{"points": 1} | addition("gold")]

    connector.moengage.refuses = lambda _: False
    assert shown(connector.sent(to, raw)) == [{"points": 1} | addition("gold"), removal("news")]


def test_beside_another_connector_a_withdrawal_takes_out_every_name_of_the_payload(connector: Connector) -> None:
    to = recipient(consent=["consent"], **KEEP)
    connector.sent(to, message(values={"consent": "y", "points": 1}))

    assert shown(connector.sent(to, message(gold="realized", vip="exited", values={"consent": "n"}))) == [
        removal("gold", "vip")
    ]


def test_beside_another_connector_a_withdrawal_reaches_a_user_who_is_new_here(connector: Connector) -> None:
    to = recipient(consent=["consent"], **KEEP)

    records = connector.sent(to, message(gold="realized", values={"consent": "n"}))
    assert (shown(records), [record["update_existing_only"] for record in records]) == ([removal("gold")], [True])
    assert connector.sent(to, message(gold="realized", values={"consent": "n"})) == []


def test_beside_another_connector_an_exit_that_is_the_first_news_of_an_audience_takes_out_its_name(
    connector: Connector,
) -> None:
    to = recipient(**KEEP)
    connector.sent(to, message(gold="realized"))

    connector.moengage.answers.append(FAILED)
    assert connector.sent(to, message(news="exited")) == []
    assert removal("news") in shown(connector.sent(to, message(news="exited")))
    assert connector.sent(to, message(news="exited")) == []


# --- another audience attribute


def in_segments(*names: str) -> dict[str, Any]:
    return {"AEPSegments": list(names)}


def test_the_names_in_a_former_attribute_are_taken_out_at_the_next_update(connector: Connector) -> None:
    connector.sent(recipient(), message(gold="realized", news="realized"))

    to = recipient(audience_attribute="AEPSegments")
    assert shown(connector.sent(to, message(gold="exited"))) == [removal("gold", "news"), in_segments("news")]
    assert shown(connector.sent(to, message())) == []
    assert shown(connector.sent(to, message(vip="realized"))) == [in_segments("news", "vip")]


def test_a_former_attribute_keeps_what_another_destination_shows_there(connector: Connector) -> None:
    alpha, bravo = recipient(), recipient(id="bravo")
    connector.sent(alpha, message(gold="realized"))
    connector.sent(bravo, message(gold="realized", churn="realized"))
    moved = recipient(audience_attribute="AEPSegments", audiences=[{"id": "gold"}])

    assert shown(connector.sent(moved, message())) == [in_segments("gold")]
    assert shown(connector.sent(bravo, message(gold="exited"))) == [{ATTRIBUTE: ["churn"]}]


def test_a_former_attribute_is_emptied_although_that_failed_at_first(connector: Connector) -> None:
    connector.sent(recipient(), message(gold="realized"))
    to = recipient(audience_attribute="AEPSegments")
    connector.moengage.answers.append(FAILED)

    assert shown(connector.sent(to, message(gold="exited"))) == []
    assert shown(connector.sent(to, message(gold="exited")))[0] == removal("gold")


def test_a_withdrawal_empties_a_former_attribute_too(connector: Connector) -> None:
    connector.sent(recipient(**ASKS), message(gold="realized", values={"consent": "y"}))

    to = recipient(**ASKS, audience_attribute="AEPSegments")
    records = connector.sent(to, message(values={"consent": "n"}))
    assert shown(records)[0] == removal("gold")
    assert all(record["update_existing_only"] for record in records)


def test_beside_another_connector_only_own_names_are_taken_out_of_a_former_attribute(connector: Connector) -> None:
    connector.sent(recipient(**KEEP), message(gold="realized", news="exited"))

    to = recipient(**KEEP, audience_attribute="AEPSegments")
    assert shown(connector.sent(to, message()))[0] == removal("gold")


def test_an_update_is_not_known_because_a_former_attribute_was_emptied(connector: Connector) -> None:
    connector.sent(recipient(**MAPS_POINTS), message(gold="realized", values={"points": 1}))
    to = recipient(**MAPS_POINTS, audience_attribute="AEPSegments")
    before = connector.row("ada", to)
    connector.moengage.answers.extend([ACCEPTED, FAILED])
    connector.sent(to, message(values={"points": 2}))

    after = connector.row("ada", to)
    assert before is not None
    assert after is not None
    assert after.destined(to.id).sequence == before.destined(to.id).sequence
    assert after.destined(to.id).former == frozenset()


# --- consent and existing users


def test_without_consent_only_an_existing_user_is_updated_and_only_its_audiences(connector: Connector) -> None:
    to = recipient(**ASKS)
    connector.sent(to, message(gold="realized", values={"consent": "y", "points": 1}))

    assert connector.sent(to, message(news="realized", values={"consent": "n", "points": 2})) == [
        {"type": "customer", "customer_id": "ada", "attributes": removal("gold"), "update_existing_only": True}
    ]


@pytest.mark.parametrize("only", [True, False])
def test_update_existing_only_is_on_every_record_of_the_destination(connector: Connector, only: bool) -> None:
    to = recipient(update_existing_only=only, **KEEP, **EVENTS)
    records = connector.sent(to, message(gold="realized", news="exited"))

    assert [record["type"] for record in records] == ["customer", "customer", "event"]
    assert {record.get("update_existing_only", False) for record in records} == {only}


# --- events


def test_each_change_is_an_event_and_nothing_that_is_not_mentioned(connector: Connector) -> None:
    to = recipient(**EVENTS)

    assert events(connector.sent(to, message(gold="realized", vip="exited"))) == [("Entered", "gold")]
    assert events(connector.sent(to, message(news="realized"))) == [("Entered", "news")]
    assert events(connector.sent(to, message(gold="exited", vip="realized"))) == [
        ("Entered", "vip"),
        ("Exited", "gold"),
    ]
    assert events(connector.sent(to, message(gold="exited", vip="existing"))) == []


def test_an_event_record_has_moengages_shape() -> None:
    time = "2025-03-02T11:22:33Z"
    (_, record) = sent(message(a={"name": "Gold", "lastQualificationTime": time}), **EVENTS)

    assert record == {
        "type": "event",
        "customer_id": "ada",
        "actions": [
            {
                "action": "AEP Segment Entered",
                "attributes": {"audience": "Gold"},
                "current_time": time,
                "real_time_action": "true",
            }
        ],
    }


def test_events_need_not_trigger_campaigns() -> None:
    (_, record) = sent(message(gold="realized"), triggers_campaigns=False, **EVENTS)
    assert "real_time_action" not in record["actions"][0]


def the_action(connector: Connector, raw: Any, **changes: Any) -> dict[str, Any]:
    (action,) = [
        action
        for record in connector.sent(recipient(**(EVENTS | changes)), raw)
        if record["type"] == "event"
        for action in record["actions"]
    ]
    return dict(action)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Asia/Kolkata", 19_800),
        ("America/New_York", -18_000),  # in January
        ("UTC", 0),
        ("Nowhere/Land", None),
        ("", None),
        ("../etc/passwd", None),
        (None, None),
        (7, None),
    ],
)
def test_an_event_has_the_users_offset_from_utc_if_the_profile_says_it(zone: Any, offset: int | None) -> None:
    action = the_action(Connector(), message(gold="realized", values={"timeZone": zone}))
    assert action.get("user_timezone_offset") == offset


@pytest.mark.parametrize("status", ["realized", "exited"])
@pytest.mark.parametrize(
    ("since", "time"),
    [
        ("2025-12-02T11:22:33.591378Z", "2025-12-02T11:22:33Z"),
        ("2025-12-02T11:22:33+0530", "2025-12-02T05:52:33Z"),
        ("2999-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("never", "2026-01-01T00:00:00Z"),
        (None, "2026-01-01T00:00:00Z"),
    ],
)
def test_the_time_of_an_event_is_that_of_the_change_and_never_in_the_future(
    connector: Connector, status: str, since: Any, time: str
) -> None:
    if status == "exited":
        connector.sent(recipient(**EVENTS), message(gold={"lastQualificationTime": "2025-01-01T00:00:00Z"}))

    raw = message(gold={"status": status, "lastQualificationTime": since})
    assert the_action(connector, raw)["current_time"] == time


def test_an_exit_is_named_as_moengage_knows_the_audience(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.sent(to, message(a={"status": "realized", "name": "Spring"}))

    assert events(connector.sent(to, message(a={"status": "exited", "name": "Spring 2026"}))) == [("Exited", "Spring")]


def test_an_exit_of_an_audience_renamed_in_the_file_is_named_as_moengage_knows_it(connector: Connector) -> None:
    connector.sent(recipient(audiences=[{"id": "a", "name": "Gold"}], **EVENTS), message(a="realized"))
    to = recipient(audiences=[{"id": "a", "name": "Gold members"}], **EVENTS)

    assert events(connector.sent(to, message(a="exited"))) == [("Exited", "Gold")]


def test_a_rename_is_no_event(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.sent(to, message(a={"status": "realized", "name": "Spring"}))

    assert events(connector.sent(to, message(a={"status": "realized", "name": "Summer"}))) == []


def test_of_two_audiences_of_one_name_the_first_entry_and_the_last_exit_are_events(connector: Connector) -> None:
    to = recipient(audiences=[{"id": "a", "name": "Gold"}, {"id": "b", "name": "Gold"}], **EVENTS)

    assert events(connector.sent(to, message(a="realized", b="realized"))) == [("Entered", "Gold")]
    assert events(connector.sent(to, message(a="exited"))) == []
    assert events(connector.sent(to, message(a="realized"))) == []
    assert events(connector.sent(to, message(a="exited", b="exited"))) == [("Exited", "Gold")]
    assert events(connector.sent(to, message(a="realized"))) == [("Entered", "Gold")]
    assert events(connector.sent(to, message(a="exited", b="realized"))) == []
    assert events(connector.sent(to, message(b="exited"))) == [("Exited", "Gold")]


def test_a_withdrawal_is_an_exit_now_and_consent_given_again_an_entry(connector: Connector) -> None:
    to = recipient(**ASKS, **EVENTS)
    earlier: Any = {"lastQualificationTime": "2025-01-01T00:00:00Z"}
    connector.sent(to, message(gold=earlier, values={"consent": "y"}))

    records = connector.sent(to, message(values={"consent": "n"}))
    assert events(records) == [("Exited", "gold")]
    assert records[-1]["actions"][0]["current_time"] == "2026-01-01T00:00:00Z"
    assert events(connector.sent(to, message(values={"consent": "n"}))) == []
    assert events(connector.sent(to, message(values={"consent": "y"}))) == [("Entered", "gold")]


def test_events_follow_whether_any_destination_of_the_workspace_shows_the_audience(connector: Connector) -> None:
    alpha, bravo = recipient(**ASKS, **EVENTS), recipient(**ASKS, **EVENTS, id="bravo")

    def sent_to(to: ActiveDestination, consent: str) -> list[tuple[str, str]]:
        return events(connector.sent(to, message(gold="realized", values={"consent": consent})))

    assert [sent_to(alpha, "y"), sent_to(bravo, "y")] == [[("Entered", "gold")], []]
    assert [sent_to(to, consent) for to, consent in ((alpha, "n"), (bravo, "y"), (alpha, "n"))] == [[], [], []]
    assert [sent_to(bravo, "n"), sent_to(alpha, "n")] == [[("Exited", "gold")], []]
    assert [sent_to(alpha, "y"), sent_to(bravo, "y")] == [[("Entered", "gold")], []]


def test_events_beyond_the_limit_of_a_body_are_split(connector: Connector) -> None:
    to = recipient(**EVENTS)
    names = [f"An audience with a rather long name, as marketers like them, number {n:04}" for n in range(1000)]
    entries: dict[str, Any] = {f"a{n}": {"status": "realized", "name": name} for n, name in enumerate(names)}

    records = [record for record in connector.sent(to, message(**entries)) if record["type"] == "event"]
    assert events(records) == [("Entered", name) for name in names]
    assert len(records) > 1
    assert all(len(request.body) < BULK_BODY_BYTES for request in connector.moengage.requests)
    assert len(records) <= sum(len(json.dumps(record)) for record in records) // 90_000 + 1, "no more than needed"


def test_events_that_moengage_took_are_not_sent_again_after_a_later_one_failed(connector: Connector) -> None:
    to = recipient(**EVENTS)
    entries: dict[str, Any] = {f"a{n}": {"name": "n" * 500 + f"{n:03}"} for n in range(400)}
    raw = message(**entries)
    connector.moengage.refuses = lambda record: (
        record["type"] == "event" and record["actions"][-1]["attributes"]["audience"].endswith("399")
    )
    first = connector.sent(to, raw)
    connector.moengage.refuses = lambda _: False
    second = connector.sent(to, raw)

    assert [record["type"] for record in second] == ["event"]
    taken = events([*first, *second])
    assert len(taken) == len(set(taken)) == 400


def test_an_event_waits_until_its_user_was_taken(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.moengage.answers.append(REFUSED)

    assert connector.sent(to, message(gold="realized")) == []
    assert [record["type"] for record in connector.sent(to, message(gold="realized"))] == ["customer", "event"]


# a delivery reads, claims, sends and settles: the note of what was sent is the third call to the table
NOTE_LOST = [False, False, True]


def test_an_exit_after_an_entry_that_was_not_noted_is_an_event(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.table.failing.extend(NOTE_LOST)

    assert events(connector.sent(to, message(gold="realized"))) == [("Entered", "gold")]
    connector.now += 60
    assert events(connector.sent(to, message(gold="exited"))) == [("Exited", "gold")]
    assert events(connector.sent(to, message(gold="exited"))) == []


def test_an_entry_after_an_exit_that_was_not_noted_is_an_event(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.deliver(to, message(gold="realized"))
    connector.table.failing.extend(NOTE_LOST)

    assert events(connector.sent(to, message(gold="exited"))) == [("Exited", "gold")]
    connector.now += 60
    assert events(connector.sent(to, message(gold="realized"))) == [("Entered", "gold")]


def test_an_exit_after_an_entry_whose_answer_was_lost_is_an_event(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.moengage.answers.extend([ACCEPTED, LOST])

    connector.deliver(to, message(gold="realized"))
    connector.now += 60
    assert events(connector.sent(to, message(gold="exited"))) == [("Exited", "gold")]


def test_an_update_that_does_not_mention_an_audience_in_doubt_is_no_exit_from_it(connector: Connector) -> None:
    to = recipient(**EVENTS)
    connector.table.failing.extend(NOTE_LOST)
    connector.deliver(to, message(gold="realized"))
    connector.now += 60

    assert events(connector.sent(to, message(news="realized"))) == [("Entered", "news")]
    assert events(connector.sent(to, message(gold="realized"))) == [("Entered", "gold")]


def test_a_withdrawal_ends_an_entry_that_is_in_doubt(connector: Connector) -> None:
    to = recipient(**EVENTS, **ASKS)
    connector.table.failing.extend(NOTE_LOST)
    connector.deliver(to, message(gold="realized", values={"consent": "y"}))
    connector.now += 60

    sent_records = connector.sent(to, message(values={"consent": "n"}))
    assert events(sent_records) == [("Exited", "gold")]
    assert all(record["update_existing_only"] for record in sent_records), "MoEngage may not have the user"


@pytest.mark.parametrize("failed", [FAILED, REFUSED])
def test_an_exit_after_an_entry_that_moengage_did_not_take_is_no_event(connector: Connector, failed: Answer) -> None:
    to = recipient(**EVENTS)
    connector.moengage.answers.extend([ACCEPTED, failed])

    connector.deliver(to, message(gold="realized"))
    connector.now += 60
    assert events(connector.sent(to, message(gold="exited"))) == []


# --- limits and leases


def test_a_record_of_more_bytes_than_moengage_takes_is_too_large() -> None:
    assert not DueRecord(Record(b"x" * CUSTOMER_BODY_BYTES)).too_large
    assert DueRecord(Record(b"x" * (CUSTOMER_BODY_BYTES + 1))).too_large


def test_a_lease_is_given_back_unless_an_answer_was_lost() -> None:
    accepted, failed = Answer(Verdict.ACCEPTED, ""), Answer(Verdict.TRANSIENT, "")
    lost = Answer(Verdict.TRANSIENT, "", lost=True)

    assert lease_after([], 100) == lease_after([accepted, failed], 100) == 0
    assert lease_after([accepted, lost], 100) == 100 + LOST_ANSWER_GRACE


def test_an_exit_from_long_ago_shuts_out_what_is_older_for_90_days(connector: Connector) -> None:
    to = recipient(audiences=[{"id": "gold", "name": "Gold"}, {"id": "news", "name": "News"}])
    entry = {"status": "realized", "lastQualificationTime": "2019-01-01T00:00:00Z"}
    connector.deliver(to, message(gold="realized", news=entry | {"status": "exited"}))

    assert connector.sent(to, message(news=entry)) == []
    connector.now += KEPT_SECONDS + 1
    assert shown(connector.sent(to, message(news=entry))) == [{"AEP Segment": ["Gold", "News"]}]
