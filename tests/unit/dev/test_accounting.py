"""The demo's accounting must be able to fail: each way in which MoEngage's state can be wrong is counted."""

import json
from typing import Any

import pytest

from aep_moengage.outcomes import Outcome
from aep_moengage_dev.demo.accounting import AccountingResult, SentProfile, absent, changes, judge, outcomes, redriven

ADA = [SentProfile("ada", {"points": points, "tier": "gold"}) for points in (1, 2, 3)]
GRACE = SentProfile("grace", {"points": 7})
SENT = [ADA[0], GRACE, ADA[1], ADA[2]]


def users(**held: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"ada": {"points": 3, "tier": "gold", "from_elsewhere": 1}, "grace": {"points": 7}} | held


def test_the_newest_of_every_user_is_all_that_must_show() -> None:
    assert judge(SENT, users()) == AccountingResult(lost=0, stale=0)


def test_a_user_that_is_not_there_has_lost_all_its_updates() -> None:
    missing = users()
    del missing["ada"]
    assert judge(SENT, missing) == AccountingResult(lost=3, stale=0)


def test_an_update_that_never_came_is_lost_and_its_user_stale() -> None:
    assert judge(SENT, users(ada={"points": 2, "tier": "gold"})) == AccountingResult(lost=1, stale=1)


@pytest.mark.parametrize(
    "tampered",
    [{"points": 3, "tier": "silver"}, {"points": 3}, {"tier": "gold"}, {"points": 3, "tier": None}, {}],
)
def test_a_user_that_shows_none_of_its_updates_as_it_was_is_stale(tampered: dict[str, Any]) -> None:
    assert judge(SENT, users(ada=tampered)) == AccountingResult(lost=3, stale=1)


def test_an_update_that_is_repeated_is_shown_by_either() -> None:
    assert judge([GRACE, GRACE], users()) == AccountingResult(lost=0, stale=0)


def test_a_value_that_came_back_is_the_newest_of_its_kind() -> None:
    there_and_back = [SentProfile("ada", {"city": city}) for city in ("Lyon", "Osaka", "Lyon")]
    assert judge(there_and_back, {"ada": {"city": "Lyon"}}) == AccountingResult(lost=0, stale=0)


@pytest.mark.parametrize("held", [["Gold"], ["Gold", "News", "Old"], [], None])
def test_a_user_in_other_audiences_is_counted(held: list[str] | None) -> None:
    sent = [SentProfile("ada", {"AEP Segment": ["Gold"]}), SentProfile("ada", {"AEP Segment": ["Gold", "News"]})]
    attributes = {} if held is None else {"AEP Segment": held}
    assert judge(sent, {"ada": attributes}).wrong_audiences == 1
    assert judge(sent, {"ada": {"AEP Segment": ["Gold", "News"]}}).wrong_audiences == 0


def test_what_should_be_kept_and_is_not_is_counted_one_by_one() -> None:
    first, second = {"a": 1, "b": 2}, {"a": 2}
    assert absent([first, second], [{"b": 2, "a": 1}, second]) == 0
    assert absent([first, first], [first]) == 1
    assert absent([first, second], []) == 2


def line(message: str, destination: str = "acme", at: int = 0, **counts: int) -> str:
    metrics = {"_aws": {"Timestamp": at * 1000}}
    return json.dumps(metrics | {"message": message, "destination": destination, "outcomes": counts})


LOG = [
    "START RequestId: 1 Version: 1",
    line("profiles received", delivered=3, retrying=4, rejected=2),
    line("profiles received", destination="other", delivered=100),
    json.dumps({"message": "circuit opened"}),
    json.dumps(["no", "object"]),
    line("profiles drained", delivered=1, superseded=2),
]


def test_what_left_the_queue_waits_no_longer() -> None:
    counts = outcomes(changes(LOG, "acme"))
    assert counts[Outcome.RETRYING] == 1
    assert (counts[Outcome.DELIVERED], counts[Outcome.SUPERSEDED], counts[Outcome.REJECTED]) == (4, 2, 2)
    assert sum(counts.values()) == 9


def test_what_was_sent_again_is_rejected_no_longer() -> None:
    drained = [*LOG, line("profiles drained", delivered=1, rejected=1)]
    counts = outcomes([*changes(drained, "acme"), redriven(1.0, 2)])
    assert counts[Outcome.REJECTED] == 1
    assert counts[Outcome.RETRYING] == 1
    assert sum(counts.values()) == 9


def test_every_outcome_has_a_count() -> None:
    assert outcomes([]) == dict.fromkeys(Outcome, 0)
