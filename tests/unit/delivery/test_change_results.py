"""The results of a user change: one for each of its updates, whatever MoEngage and the ledger did."""

from copy import replace
from typing import Any

import pytest
from tests.unit.deliveries import (
    ACCEPTED,
    FAILED,
    LOST,
    Connector,
    message,
    outcomes,
    recipient,
    shown,
)

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.merging import MAX_MERGE_ATTEMPTS
from aep_moengage.delivery.results import LOST_ANSWER_GRACE
from aep_moengage.delivery.updates import update_of
from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.moengage.records import CUSTOMER_BODY_BYTES
from aep_moengage.moengage.responses import Answer, Verdict

POINTS: dict[str, Any] = {"attributes": {"points": "points", "big": "big"}}
ASKS: dict[str, Any] = POINTS | {"consent": ["consent"]}
DELIVERED, UNCHANGED, SUPERSEDED = ("delivered", None), ("unchanged", None), ("superseded", None)
NO_CONSENT, RETRYING = ("skipped", "consent"), ("retrying", "transient")


@pytest.fixture
def connector() -> Connector:
    return Connector()


def said(
    points: int, consent: str = "y", *, user: str | None = "ada", ecid: str | None = None, **audiences: str
) -> Any:
    return message(user, ecid=ecid, values={"points": points, "consent": consent}, **audiences)


# --- one update


def test_an_update_is_delivered_then_unchanged_then_superseded(connector: Connector) -> None:
    to = recipient(**POINTS)
    before = connector.now

    assert outcomes(connector.deliver(to, said(1))) == [DELIVERED]
    assert outcomes(connector.deliver(to, said(1))) == [UNCHANGED]
    assert outcomes(connector.deliver(to, said(2), received=before - 1)) == [SUPERSEDED]


def test_a_result_carries_moengages_request_id(connector: Connector) -> None:
    connector.moengage.answers.append(replace(ACCEPTED, request_id="moe-1"))
    (result,) = connector.deliver(recipient(**POINTS), said(1))
    assert result.request_id == "moe-1"


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.TRANSIENT, RETRYING),
        (Verdict.THROTTLED, ("retrying", "throttled")),
        (Verdict.SETUP, ("retrying", "setup")),
        (Verdict.REFUSED, ("rejected", "refused")),
        (Verdict.TOO_LARGE, ("rejected", "record_too_large")),
    ],
)
def test_an_update_that_moengage_does_not_accept_says_why(
    connector: Connector, verdict: Verdict, outcome: tuple[str, str]
) -> None:
    connector.moengage.answers.append(Answer(verdict, "MoEngage's answer", retry_after=7, request_id="moe-2"))
    (result,) = connector.deliver(recipient(**POINTS), said(1, gold="realized"))

    assert outcomes([result]) == [outcome]
    assert (result.why, result.request_id) == ("MoEngage's answer", "moe-2")
    assert outcomes(connector.deliver(recipient(**POINTS), said(1, gold="realized"))) == [DELIVERED], "tried again"


def test_after_a_lost_answer_an_update_waits_until_it_can_no_longer_take_effect(connector: Connector) -> None:
    to = recipient(**POINTS)
    connector.moengage.answers.append(LOST)
    (lost,) = connector.deliver(to, said(1))
    (next_one,) = connector.deliver(to, said(2))

    assert outcomes([lost, next_one]) == [RETRYING, RETRYING]
    assert lost.retry_after == LOST_ANSWER_GRACE
    assert next_one.why == "another update of this user is in flight"
    assert (next_one.retry_after or 0) <= 5
    connector.now += LOST_ANSWER_GRACE
    assert outcomes(connector.deliver(to, said(2))) == [DELIVERED]


def test_attributes_that_leave_no_room_for_the_audiences_are_sent_before_them(connector: Connector) -> None:
    to = recipient(attributes={f"a{n}": f"a{n}" for n in range(5)})
    values = {f"a{n}": ["x" * 500] * 50 for n in range(5)}
    names: dict[str, Any] = {f"n{n:02}": {"name": "n" * 500 + f"{n:02}"} for n in range(20)}

    assert outcomes(connector.deliver(to, message(values=values, **names))) == [DELIVERED]
    attributes, audiences = shown(connector.moengage.records)
    assert (attributes, len(audiences.pop("AEP Segment")), audiences) == (values, 20, {})
    assert all(len(request.body) <= CUSTOMER_BODY_BYTES for request in connector.moengage.requests)
    assert outcomes(connector.deliver(to, message(values=values, **names))) == [UNCHANGED]


def test_audiences_that_no_record_can_hold_reject_the_update_and_nothing_is_sent(connector: Connector) -> None:
    names: dict[str, Any] = {f"n{n:02}": {"name": f"{n:02}" + "\x01" * 510} for n in range(50)}

    (result,) = connector.deliver(recipient(**POINTS), message(values={"points": 1}, **names))
    assert outcomes([result]) == [("rejected", "record_too_large")]
    assert "128 KB" in result.why
    assert connector.moengage.requests == []


def test_without_time_nothing_is_sent_and_the_update_is_retried(connector: Connector) -> None:
    to = recipient(**POINTS)
    update = update_of(said(1), received_ms=round(connector.now * 1000), index=0, request="r1")
    delivery = Delivery(to, connector.ledger, connector.moengage.send, longest_call=5)

    assert outcomes(delivery.deliver([update], Budget(WORTH_A_CALL / 2, lambda: 0.0))) == [RETRYING]
    assert connector.moengage.requests == []
    assert outcomes(connector.deliver(to, said(1))) == [DELIVERED], "and nothing holds the next try up"


def test_while_paused_nothing_is_sent_or_noted(connector: Connector) -> None:
    to = replace(recipient(**POINTS), paused=True)

    assert outcomes(connector.deliver(to, said(1), "no profile", said(2))) == [("retrying", "paused")] * 3
    assert (connector.table.items, connector.moengage.requests) == ({}, [])


# --- several updates


def test_every_update_has_its_result_in_its_place(connector: Connector) -> None:
    body = [said(1), "no profile", said(1, user=None), said(2, user="a\nb"), said(3, user="bob"), said(4)]

    assert outcomes(connector.deliver(recipient(**POINTS), *body)) == [
        SUPERSEDED,
        ("rejected", "not_a_profile"),
        ("skipped", "no_identity"),
        ("rejected", "invalid_customer_id"),
        DELIVERED,
        DELIVERED,
    ]


def test_an_update_whose_audiences_are_news_is_delivered_although_its_attributes_are_not(connector: Connector) -> None:
    to = recipient(**POINTS)

    assert outcomes(connector.deliver(to, said(1, gold="realized"), said(2, news="realized"))) == [DELIVERED] * 2
    assert shown(connector.moengage.records) == [{"points": 2, "AEP Segment": ["gold", "news"]}]


def test_an_older_update_with_news_of_an_audience_is_delivered(connector: Connector) -> None:
    to = recipient(**POINTS)
    before = connector.now
    connector.deliver(to, said(2, gold="realized"))

    assert outcomes(connector.deliver(to, said(1, news="realized"), received=before)) == [DELIVERED]
    assert shown(connector.moengage.records)[1:] == [{"AEP Segment": ["gold", "news"]}]


def test_if_the_newest_update_is_refused_the_others_are_sent_by_themselves(connector: Connector) -> None:
    to = recipient(**POINTS)
    connector.moengage.refuses = lambda record: record["attributes"].get("points") == 13
    older, newest = said(1, gold="realized"), said(13, news="realized")

    results = connector.deliver(to, older, newest)
    assert outcomes(results) == [RETRYING, ("rejected", "refused")]
    assert outcomes(connector.deliver(to, older, in_custody=True)) == [DELIVERED]
    assert connector.moengage.records[-1]["attributes"]["AEP Segment"] == ["gold"]


def test_one_users_failure_leaves_the_others_as_they_are(connector: Connector) -> None:
    connector.moengage.refuses = lambda record: record["customer_id"] == "bob"
    body = [said(1, user="ada"), said(1, user="bob"), said(1, user="eve")]

    assert outcomes(connector.deliver(recipient(**POINTS), *body)) == [DELIVERED, ("rejected", "refused"), DELIVERED]


# --- warnings


def test_the_mappings_warnings_are_those_of_their_own_update(connector: Connector) -> None:
    warned, plain = said(1, gold="exiting"), said(2, news="realized")
    results = connector.deliver(recipient(**POINTS), warned, plain)

    assert [each.warnings for each in results] == [("audience_status_unknown",), ()]


def test_more_than_fifty_audiences_are_a_warning_as_long_as_they_are(connector: Connector) -> None:
    to = recipient(**POINTS)
    many: dict[str, Any] = {f"a{n:02}": "realized" for n in range(51)}

    warned = [connector.deliver(to, said(1, **many))[0].warnings for _ in range(2)]
    assert warned == [("audiences_truncated",)] * 2
    (result,) = connector.deliver(to, said(1, a00="exited"))
    assert result.warnings == ()


def test_a_rejected_profile_keeps_its_warnings(connector: Connector) -> None:
    to = recipient(attributes={f"a{n}": f"a{n}" for n in range(6)})
    values = {f"a{n}": ["x" * 500] * 51 for n in range(6)}
    (result,) = connector.deliver(to, message(values=values))

    assert outcomes([result]) == [("rejected", "record_too_large")]
    assert result.warnings == ("array_truncated",)


# --- consent


def test_an_update_without_consent_is_skipped_once_it_is_done(connector: Connector) -> None:
    to = recipient(**ASKS)

    assert outcomes(connector.deliver(to, said(1, "n", gold="realized"))) == [NO_CONSENT]
    connector.deliver(to, said(1, gold="realized"))
    connector.moengage.answers.append(FAILED)
    assert outcomes(connector.deliver(to, said(1, "n"))) == [RETRYING]
    assert outcomes(connector.deliver(to, said(1, "n"))) == [NO_CONSENT]
    assert shown(connector.moengage.records)[-1] == {"removeValueFromArrayField": {"AEP Segment": ["gold"]}}


def test_an_older_update_of_a_user_who_has_withdrawn_is_skipped_if_its_audiences_are_news(connector: Connector) -> None:
    to = recipient(**ASKS)
    before = connector.now
    connector.deliver(to, said(1, "n"))

    assert outcomes(connector.deliver(to, said(1, gold="realized"), received=before)) == [NO_CONSENT]
    assert outcomes(connector.deliver(to, said(1), received=before)) == [SUPERSEDED]
    assert connector.moengage.requests == []


def test_of_a_user_with_both_in_one_batch_the_newest_update_says_whether_there_is_consent(connector: Connector) -> None:
    to = recipient(**ASKS)

    assert outcomes(connector.deliver(to, said(1, "n", gold="realized"), said(2))) == [NO_CONSENT, DELIVERED]
    assert outcomes(connector.deliver(to, said(3, news="realized"), said(4, "n"))) == [NO_CONSENT, NO_CONSENT]


def test_a_withdrawal_of_two_users_is_done_when_both_are(connector: Connector) -> None:
    to = recipient(**ASKS)
    connector.deliver(to, said(1, user=None, ecid="device", gold="realized"), said(1, news="realized"))
    connector.moengage.refuses = lambda record: record["customer_id"] == "device"

    (result,) = connector.deliver(to, said(1, "n", ecid="device"))
    assert outcomes([result]) == [("rejected", "refused")], "what is left to do is reported"
    connector.moengage.refuses = lambda _: False
    assert outcomes(connector.deliver(to, said(1, "n", ecid="device"))) == [NO_CONSENT]


# --- the ledger fails


def test_if_the_ledger_cannot_be_read_or_written_nothing_is_sent(connector: Connector) -> None:
    to = recipient(**POINTS)
    for failing in ([True], [False, True]):
        connector.table.failing.extend(failing)
        (result,) = connector.deliver(to, said(1))
        assert outcomes([result]) == [RETRYING]
        assert result.why == "DynamoDB is down"
    assert connector.moengage.requests == []


def test_if_the_ledgers_key_cannot_be_read_nothing_is_sent(connector: Connector) -> None:
    def no_keys() -> LedgerKeys:
        raise LedgerUnavailable("the ledger key cannot be read")

    ledger = Ledger(connector.table, no_keys)
    update = update_of(said(1), received_ms=1, index=0, request="r1")
    delivery = Delivery(recipient(**POINTS), ledger, connector.moengage.send, longest_call=5)

    (result, _) = delivery.deliver([update, update], Budget(10))
    assert (outcomes([result]), result.why) == ([RETRYING], "the ledger key cannot be read")
    assert connector.moengage.requests == []


def test_a_delivery_that_could_not_be_noted_is_sent_again_unless_it_is_in_custody(connector: Connector) -> None:
    to = recipient(**POINTS)
    for in_custody, outcome in ((False, RETRYING), (True, DELIVERED)):
        connector.table.failing.extend([False, False, True])  # read, claim, settle
        assert outcomes(connector.deliver(to, said(1, user=f"u-{in_custody}"), in_custody=in_custody)) == [outcome]
    assert len(connector.moengage.records) == 2


# --- merges


@pytest.fixture
def known_device(connector: Connector) -> Connector:
    connector.deliver(recipient(**POINTS), said(1, user=None, ecid="device", gold="realized"))
    return connector


def test_a_merge_makes_the_audiences_of_both_users_due_at_once(known_device: Connector) -> None:
    to = recipient(**POINTS)

    assert outcomes(known_device.deliver(to, said(2, ecid="device", news="realized"))) == [DELIVERED]
    assert known_device.moengage.records[1:] == [
        {"type": "customer", "customer_id": "ada", "attributes": {"points": 2, "AEP Segment": ["news"]}},
        {"merged_user": "device", "retained_user": "ada"},
        {"type": "customer", "customer_id": "ada", "attributes": {"points": 2, "AEP Segment": ["gold", "news"]}},
    ]
    assert outcomes(known_device.deliver(to, said(2, ecid="device"))) == [UNCHANGED]


def test_an_anonymous_user_that_arrives_with_the_named_one_is_merged_at_once() -> None:
    to = recipient(**POINTS)
    device, both = said(1, user=None, ecid="device", gold="realized"), said(2, ecid="device", news="realized")

    for batch in ([device, both], [both, device]):
        connector = Connector()
        assert outcomes(connector.deliver(to, *batch)) == [DELIVERED, DELIVERED]
        assert {"merged_user": "device", "retained_user": "ada"} in connector.moengage.records
        assert connector.moengage.records[-1]["attributes"]["AEP Segment"] == ["gold", "news"]


def test_an_audience_of_a_merged_user_has_the_files_current_name_at_once(known_device: Connector) -> None:
    to = recipient(audiences=[{"id": "gold", "name": "Gold members"}], **POINTS)
    known_device.deliver(to, said(2, ecid="device"))

    assert known_device.moengage.records[-1]["attributes"]["AEP Segment"] == ["Gold members"]


def test_a_merge_that_fails_is_retried_without_the_user_again(connector: Connector) -> None:
    to = recipient(**POINTS)
    connector.deliver(to, said(1, user=None, ecid="device"))
    connector.moengage.answers.extend([ACCEPTED, FAILED])

    assert outcomes(connector.deliver(to, said(2, ecid="device"))) == [RETRYING]
    assert connector.sent(to, said(2, ecid="device")) == [{"merged_user": "device", "retained_user": "ada"}]


def test_audiences_of_both_users_are_shown_after_a_merge_that_failed_at_first(known_device: Connector) -> None:
    to = recipient(**POINTS)
    known_device.moengage.answers.extend([ACCEPTED, FAILED])
    known_device.deliver(to, said(2, ecid="device", news="realized"))

    assert outcomes(known_device.deliver(to, said(2, ecid="device", news="realized"))) == [DELIVERED]
    assert shown(known_device.moengage.records[-1:]) == [{"points": 2, "AEP Segment": ["gold", "news"]}]


def test_a_refused_merge_is_retried_some_times_and_then_a_warning(known_device: Connector) -> None:
    to = recipient(**POINTS)
    known_device.moengage.refuses = lambda record: "merged_user" in record
    results = [
        known_device.deliver(to, said(2, ecid="device"), attempts=attempts)[0]
        for attempts in range(MAX_MERGE_ATTEMPTS + 2)
    ]

    assert outcomes(results) == [RETRYING] * MAX_MERGE_ATTEMPTS + [DELIVERED, UNCHANGED]
    assert [each.warnings for each in results[-2:]] == [("merge_refused",)] * 2
    merges = [request for request in known_device.moengage.requests if "merge" in request.url]
    assert len(merges) == MAX_MERGE_ATTEMPTS + 1, "and it is not tried for ever"


def test_after_a_refused_merge_a_withdrawal_reaches_both_users(known_device: Connector) -> None:
    to = recipient(**ASKS)
    known_device.moengage.refuses = lambda record: "merged_user" in record
    known_device.deliver(to, said(2, ecid="device", news="realized"), attempts=MAX_MERGE_ATTEMPTS)

    assert outcomes(known_device.deliver(to, said(3, "n", ecid="device"))) == [NO_CONSENT]
    assert {record["customer_id"]: record["attributes"] for record in known_device.moengage.records[-2:]} == {
        "ada": {"removeValueFromArrayField": {"AEP Segment": ["news"]}},
        "device": {"removeValueFromArrayField": {"AEP Segment": ["gold"]}},
    }


def test_a_merge_is_refused_for_good_if_an_earlier_one_may_have_been_applied(known_device: Connector) -> None:
    """Then MoEngage has one user of the two, and the audiences of both are its audiences."""
    to = recipient(**POINTS)
    known_device.moengage.answers.extend([ACCEPTED, LOST])
    assert outcomes(known_device.deliver(to, said(2, ecid="device", news="realized"))) == [RETRYING]
    known_device.now += LOST_ANSWER_GRACE + 1

    known_device.moengage.refuses = lambda record: "merged_user" in record
    (result,) = known_device.deliver(to, said(2, ecid="device"))
    assert (outcomes([result]), result.warnings) == ([DELIVERED], ("merge_refused",))


def test_an_anonymous_user_that_is_being_updated_is_merged_later(known_device: Connector) -> None:
    to = recipient(**POINTS)
    known_device.moengage.answers.append(LOST)
    known_device.deliver(to, said(9, user=None, ecid="device"))

    (result,) = known_device.deliver(to, said(2, ecid="device"))
    assert (outcomes([result]), result.why) == ([RETRYING], "the anonymous user is being updated")
    known_device.now += LOST_ANSWER_GRACE + 1
    assert outcomes(known_device.deliver(to, said(2, ecid="device"))) == [DELIVERED]


def test_a_destination_that_merges_nobody_keeps_both_users(known_device: Connector) -> None:
    to = recipient(merge_anonymous=False, **POINTS)

    assert outcomes(known_device.deliver(to, said(2, ecid="device"))) == [DELIVERED]
    assert not [request for request in known_device.moengage.requests if "merge" in request.url]


# --- bringing users up to date


def test_a_refresh_has_a_result_for_each_user(connector: Connector) -> None:
    connector.deliver(recipient(audiences=[{"id": "a", "name": "Gold"}]), message("ada", a="realized"))
    connector.deliver(recipient(audiences=[{"id": "a", "name": "Gold"}]), message("bob", a="exited"))
    to = recipient(audiences=[{"id": "a", "name": "Gold members"}], audience_events=True)

    assert outcomes(connector.refresh(to, "ada", "bob", "nobody")) == [DELIVERED, UNCHANGED, UNCHANGED]
    assert connector.moengage.records[-1] == {
        "type": "customer",
        "customer_id": "ada",
        "attributes": {"AEP Segment": ["Gold members"]},
    }
    assert connector.row("nobody", to) is None
    connector.moengage.answers.append(FAILED)
    assert outcomes(connector.refresh(recipient(audiences=[]), "ada")) == [RETRYING]
