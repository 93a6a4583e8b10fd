"""Consent: without it nothing is sent, and the user is taken out of the audiences that MoEngage shows."""

import json
import time
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, Cloud
from tests.profiles import profile

from aep_moengage.delivery.merging import MAX_MERGE_ATTEMPTS
from aep_moengage.queues import disposition
from aep_moengage_dev.simulator.simulator import Simulator

AUDIENCE = "AEP Segment"
ASKS = DESTINATION | {"consent": ["consents.marketing.email"]}


def person(
    user: str | None, consent: str | None, *audiences: str, ecid: str | None = None, points: int = 1
) -> dict[str, Any]:
    membership = {"ups": {name: {"status": "realized"} for name in audiences}}
    consents = {"consents": {"marketing": {"email": {"val": consent}}}} if consent else {}
    return profile(user, ecid=ecid, points=points, segmentMembership=membership, **consents)


def result(cloud: Cloud, body: Any, **arguments: Any) -> tuple[str, str | None]:
    (answer,) = cloud.post(body, **arguments).json["results"]
    return answer["outcome"], answer.get("reason")


@pytest.fixture
def asking(emulated: Cloud) -> Cloud:
    emulated.connect(ASKS)
    return emulated


def test_withdrawn_consent_takes_the_user_out_of_every_audience_and_changes_nothing_else(
    asking: Cloud, moengage: Simulator
) -> None:
    assert result(asking, person("ada", "y", "gold", "news", points=5)) == ("delivered", None)

    assert result(asking, person("ada", "n", "gold", "silver", points=6)) == ("skipped", "consent")

    assert moengage.workspace.users["ada"].attributes == {"points": 5, AUDIENCE: []}
    assert asking.backlog() == 0


@pytest.mark.parametrize("consent", ["n", "p", "u", "dy", "dn", "LI", "Y", None])
def test_nobody_is_created_to_be_skipped(asking: Cloud, moengage: Simulator, consent: str | None) -> None:
    assert result(asking, person("ada", consent, "gold")) == ("skipped", "consent")
    assert len(moengage.requests) == 0


def test_audiences_that_another_connector_wrote_are_taken_out_as_the_payload_names_them(
    asking: Cloud, moengage: Simulator
) -> None:
    asking.connect(ASKS | {"existing_audiences": "keep"})
    asking.outcomes(person("ada", "y"))
    moengage.workspace.users["ada"].attributes[AUDIENCE] = ["gold", "theirs"]

    assert result(asking, person("ada", "n", "gold")) == ("skipped", "consent")
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == ["theirs"]


def test_a_withdrawal_is_sent_once(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person("ada", "y", "gold"))
    for consent in ("n", "n", "u"):
        assert result(asking, person("ada", consent, "gold")) == ("skipped", "consent")

    assert len(moengage.requests) == 2


def test_consent_given_again_delivers_the_same_data_again(asking: Cloud, moengage: Simulator) -> None:
    outcomes = [result(asking, person("ada", consent, "gold"))[0] for consent in ("y", "n", "y", "y")]

    assert outcomes == ["delivered", "skipped", "delivered", "unchanged"]
    assert moengage.workspace.users["ada"].attributes == {"points": 1, AUDIENCE: ["gold"]}


def test_while_consent_is_withdrawn_memberships_move_on_and_the_attribute_is_complete_when_it_is_back(
    asking: Cloud, moengage: Simulator
) -> None:
    asking.outcomes(person("ada", "y", "gold", "old"))
    asking.outcomes(person("ada", "n", "news"))
    left = person("ada", "n") | {"segmentMembership": {"ups": {"old": {"status": "exited"}}}}
    assert result(asking, left) == ("skipped", "consent")
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []

    assert result(asking, person("ada", "y", "vip")) == ("delivered", None)
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == ["gold", "news", "vip"]


def test_consent_is_asked_before_anonymous_profiles_are_skipped(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person(None, "y", "gold", ecid="anon-1"))
    asking.connect(ASKS | {"anonymous_profiles": "skip"})

    assert result(asking, person(None, "y", "gold", ecid="anon-1")) == ("skipped", "anonymous")
    assert result(asking, person(None, "n", "gold", ecid="anon-1")) == ("skipped", "consent")
    assert moengage.workspace.users["anon-1"].attributes[AUDIENCE] == []


def test_after_a_refused_merge_a_withdrawal_reaches_both_users(
    asking: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disposition, "backoff_seconds", lambda *_: 0.0)
    asking.outcomes(person(None, "y", "gold", ecid="anon-1"))
    moengage.faults.add(kind="status", status=400, where="merge")
    assert result(asking, person("ada", "y", "news", ecid="anon-1")) == ("retrying", "transient")
    for _ in range(MAX_MERGE_ATTEMPTS):
        asking.drain()
    assert (asking.backlog(), asking.dead_letters()) == (0, [])

    assert result(asking, person("ada", "n", ecid="anon-1")) == ("skipped", "consent")
    assert {user: known.attributes[AUDIENCE] for user, known in moengage.workspace.users.items()} == {
        "anon-1": [],
        "ada": [],
    }
    merges = [request for request in moengage.requests if "merge" in request.target]
    assert len(merges) == MAX_MERGE_ATTEMPTS + 1, "it is not tried for ever"


def test_an_older_update_never_puts_the_user_back(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person("ada", "y", "gold"))
    assert result(asking, person("ada", "n", "gold")) == ("skipped", "consent")
    assert result(asking, person("ada", "y", "gold", points=9), late_ms=60_000) == ("superseded", None)
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []

    assert result(asking, person("bob", "n", "gold")) == ("skipped", "consent")
    assert result(asking, person("bob", "y", "gold"), late_ms=60_000) == ("superseded", None)
    assert "bob" not in moengage.workspace.users


def test_an_older_withdrawal_is_superseded(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person("ada", "y", "gold"))

    assert result(asking, person("ada", "n", "gold"), late_ms=60_000) == ("superseded", None)
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == ["gold"]


def test_a_withdrawal_that_cannot_be_sent_is_queued(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person("ada", "y", "gold"))
    moengage.faults.add(kind="status", status=500, times=1)

    assert result(asking, person("ada", "n")) == ("retrying", "transient")
    asking.drain()

    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []
    assert asking.backlog() == 0


def test_audiences_of_a_call_whose_answer_was_lost_are_taken_out_too(asking: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="truncated", times=1)
    assert result(asking, person("ada", "y", "gold")) == ("retrying", "transient")
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == ["gold"]
    ledger = asking.client("dynamodb")
    (row,) = ledger.scan(TableName=asking.names["LEDGER_TABLE"], FilterExpression="attribute_exists(lease)")["Items"]
    row["lease"] = {"N": "0"}  # the grace is over
    ledger.put_item(TableName=asking.names["LEDGER_TABLE"], Item=row)

    assert result(asking, person("ada", "n")) == ("skipped", "consent")
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []


def test_the_anonymous_user_beside_is_taken_out_too_and_not_merged(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes([person(None, "y", "gold", ecid="anon-1"), person("ada", "y", "news")])

    assert result(asking, person("ada", "n", "gold", ecid="anon-1")) == ("skipped", "consent")

    held = {user: known.attributes[AUDIENCE] for user, known in moengage.workspace.users.items()}
    assert held == {"anon-1": [], "ada": []}
    assert moengage.workspace.merged == {}


def test_one_who_was_skipped_as_anonymous_needs_no_merge_later(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes([person(None, "n", "gold", ecid="anon-1"), person("ada", "n", "gold", ecid="anon-2")])

    for ecid in ("anon-1", "anon-2"):
        assert result(asking, person("ada", "y", "gold", ecid=ecid))[0] in {"delivered", "unchanged"}
    assert not [request for request in moengage.requests if "merge" in request.target]


@pytest.mark.parametrize("known_before", [True, False])
@pytest.mark.parametrize("own", [[], ["news"]])
def test_audiences_that_may_have_come_with_a_merged_user_are_taken_out(
    asking: Cloud, moengage: Simulator, known_before: bool, own: list[str]
) -> None:
    """MoEngage does not say whether a merge unites arrays, so all names are taken out."""
    if known_before:
        asking.outcomes(person("ada", "y", *own))
    asking.outcomes(person(None, "y", "gold", ecid="anon-1"))
    asking.outcomes(person("ada", "y", *own, ecid="anon-1"))
    assert moengage.workspace.merged == {"anon-1": "ada"}

    assert result(asking, person("ada", "n")) == ("skipped", "consent")
    record = json.loads(moengage.requests[-1].raw)
    assert record["attributes"] == {"removeValueFromArrayField": {AUDIENCE: ["gold", *own]}}
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []


def test_a_withdrawal_sends_the_exits_once_and_an_entry_when_consent_is_back(
    asking: Cloud, moengage: Simulator
) -> None:
    asking.connect(ASKS | {"audience_events": True})
    for consent in ("y", "n", "n", "y"):
        asking.outcomes(person("ada", consent, "gold"))

    events = [(event["action"], event["attributes"]["audience"]) for event in moengage.workspace.events["ada"]]
    assert events == [("AEP Segment Entered", "gold"), ("AEP Segment Exited", "gold"), ("AEP Segment Entered", "gold")]


def test_more_names_than_an_array_takes_are_taken_out_in_several_records(asking: Cloud, moengage: Simulator) -> None:
    asking.outcomes(person("ada", "y", *(f"early-{number:02}" for number in range(30))))
    moengage.faults.add(kind="status", status=500, where="customer", times=1)
    more = person("ada", "y", *(f"more-{number:02}" for number in range(30)))
    assert result(asking, more) == ("retrying", "transient")
    before = len(moengage.requests)

    assert result(asking, person("ada", "n")) == ("skipped", "consent")
    removals = [
        json.loads(request.raw)["attributes"]["removeValueFromArrayField"][AUDIENCE]
        for request in list(moengage.requests)[before:]
    ]
    assert [len(names) for names in removals] == [50, 10]
    asking.drain()
    assert moengage.workspace.users["ada"].attributes[AUDIENCE] == []
    assert moengage.workspace.violations == []
    assert asking.backlog() == 0


def test_in_a_batch_the_newest_consent_of_a_user_counts(asking: Cloud, moengage: Simulator) -> None:
    body = [person("ada", "y", "gold"), person("ada", "n", "gold"), person("bob", "n"), person("bob", "y", "gold")]

    assert asking.outcomes(body) == ["skipped", "skipped", "superseded", "delivered"]
    assert set(moengage.workspace.users) == {"bob"}


def test_without_the_ledger_a_withdrawal_is_queued(asking: Cloud) -> None:
    asking.outcomes(person("ada", "y", "gold"))
    asking.client("dynamodb").delete_table(TableName=asking.names["LEDGER_TABLE"])

    assert result(asking, person("ada", "n", "gold")) == ("retrying", "transient")
    assert asking.backlog() == 1


def test_a_user_whom_moengage_may_list_is_remembered_for_longer(asking: Cloud) -> None:
    asking.outcomes(person("ada", "y", "gold"))
    asking.outcomes(person("bob", "y"))

    items = asking.client("dynamodb").scan(TableName=asking.names["LEDGER_TABLE"])["Items"]
    days = sorted(round((int(each["expires"]["N"]) - time.time()) / 86_400) for each in items if "expires" in each)
    assert days == [90, 730]
