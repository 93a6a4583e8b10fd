"""Sending: which records go together, and how a bulk that MoEngage refuses is taken apart."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.paces import FixedPace

from aep_moengage.budget import Budget
from aep_moengage.delivery.sending import Record, Sender, bulk_length
from aep_moengage.moengage.pacing import UNPACED, Grant, Pace, Quota
from aep_moengage.moengage.records import BULK_BODY_BYTES
from aep_moengage.moengage.requests import Request, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

WORKSPACE = Workspace("01", "ACME", "key", "https://moengage.invalid")


def customer(name: str, padding: int = 0) -> Record:
    return Record(json.dumps({"type": "customer", "customer_id": name, "x": "x" * padding}).encode())


def events(name: str, count: int = 1) -> Record:
    return Record(json.dumps({"type": "event", "customer_id": name, "actions": [{}] * count}).encode(), count)


class MoEngage:
    """Answers by what a request is about: `verdict` is given the records' names, events as `name's event`."""

    def __init__(self, verdict: Callable[[list[str]], Verdict] = lambda _: Verdict.ACCEPTED) -> None:
        self.requests: list[tuple[str, list[str]]] = []  # the path's second part, and the records' names
        self.seconds: list[float] = []
        self._verdict = verdict

    def send(self, request: Request, seconds: float) -> Answer:
        """See MoEngage."""
        body = json.loads(request.body)
        records = [_name(element) for element in body.get("elements", [body])]
        self.requests.append((request.url.split("/")[4], records))
        self.seconds.append(seconds)
        return Answer(self._verdict(records), "an answer")


def _name(record: dict[str, Any]) -> str:
    name = str(record["customer_id"])
    return f"{name}'s event" if record["type"] == "event" else name


def send(
    users: list[list[Record]], moengage: MoEngage, seconds: float = 10, pace: Pace = UNPACED
) -> list[list[Verdict]]:
    """Sends each user's records; returns the verdicts of their answers."""
    sender = Sender(WORKSPACE, moengage.send, Budget(seconds), 5, pace=pace)
    return [[answer.verdict for answer in answers] for answers in sender.send(users)]


OK, NO = Verdict.ACCEPTED, Verdict.REFUSED


def test_a_single_record_goes_by_the_call_whose_answer_is_exact() -> None:
    moengage = MoEngage()

    assert send([[customer("ada"), events("ada")]], moengage) == [[OK, OK]]
    assert moengage.requests == [("customer", ["ada"]), ("event", ["ada's event"])]


def test_a_call_takes_no_longer_than_allowed_and_than_is_left() -> None:
    moengage = MoEngage()
    send([[customer("ada")]], moengage, seconds=60)
    send([[customer("ada")]], moengage, seconds=2)

    assert moengage.seconds[0] == 5
    assert 1 < moengage.seconds[1] <= 2


def test_nothing_to_send_is_no_call() -> None:
    moengage = MoEngage()

    assert send([], moengage) == []
    assert send([[], []], moengage) == [[], []]
    assert moengage.requests == []


def test_the_records_of_several_users_go_together_customers_before_events() -> None:
    moengage = MoEngage()
    users = [[customer("ada"), events("ada")], [events("bob")], [customer("eve")], []]

    assert send(users, moengage) == [[OK, OK], [OK], [OK], []]
    assert moengage.requests == [
        ("transition", ["ada", "eve"]),
        ("transition", ["ada's event", "bob's event"]),
    ]


def test_a_users_records_go_one_after_the_other_and_events_wait_for_all_customers() -> None:
    moengage = MoEngage()
    users = [[customer("ada"), customer("ada"), events("ada")], [customer("bob"), events("bob")]]

    assert send(users, moengage) == [[OK, OK, OK], [OK, OK]]
    assert moengage.requests == [
        ("transition", ["ada", "bob"]),
        ("customer", ["ada"]),
        ("transition", ["ada's event", "bob's event"]),
    ]


def test_after_a_record_that_is_not_accepted_nothing_more_of_its_user_is_sent() -> None:
    for verdict in (NO, Verdict.TRANSIENT, Verdict.SETUP):
        moengage = MoEngage(lambda _, verdict=verdict: verdict)  # type: ignore[misc] # bound in the loop
        assert send([[customer("ada"), customer("ada"), events("ada")]], moengage) == [[verdict]]
        assert moengage.requests == [("customer", ["ada"])]


def test_an_event_is_sent_once_whatever_becomes_of_other_users() -> None:
    moengage = MoEngage(lambda names: NO if "user-3" in names else OK)
    users = [[customer(f"user-{n}"), events(f"user-{n}")] for n in range(8)]

    assert send(users, moengage) == [[NO] if n == 3 else [OK, OK] for n in range(8)]
    sent = [name for _, names in moengage.requests for name in names if name.endswith("event")]
    assert sorted(sent) == [f"user-{n}'s event" for n in range(8) if n != 3]


def test_the_record_that_moengage_refuses_is_found_by_halving() -> None:
    moengage = MoEngage(lambda names: NO if "user-37" in names else OK)
    answers = send([[customer(f"user-{n}")] for n in range(100)], moengage)

    assert [n for n, verdicts in enumerate(answers) if verdicts == [NO]] == [37]
    assert len(moengage.requests) <= 15
    assert ("customer", ["user-37"]) in moengage.requests


def test_a_bulk_that_is_too_large_is_halved() -> None:
    moengage = MoEngage(lambda names: Verdict.TOO_LARGE if len(names) > 2 else OK)

    assert send([[customer(f"user-{n}")] for n in range(8)], moengage) == [[OK]] * 8
    assert len(moengage.requests) == 7


def test_a_bulk_that_fails_otherwise_is_not_taken_apart() -> None:
    moengage = MoEngage(lambda _: Verdict.TRANSIENT)

    assert send([[customer("ada")], [customer("bob")]], moengage) == [[Verdict.TRANSIENT]] * 2
    assert len(moengage.requests) == 1


def test_after_an_answer_that_holds_for_everything_nothing_more_is_sent() -> None:
    for verdict in (Verdict.THROTTLED, Verdict.SETUP):
        moengage = MoEngage(lambda _, verdict=verdict: verdict)  # type: ignore[misc] # bound in the loop
        assert send([[customer(f"user-{n}", padding=60_000)] for n in range(4)], moengage) == [[verdict]] * 4
        assert len(moengage.requests) == 1


def test_a_failure_of_one_bulk_leaves_the_others_their_try() -> None:
    moengage = MoEngage(lambda names: Verdict.TRANSIENT if "user-0" in names else OK)

    assert send([[customer(f"user-{n}", padding=60_000)] for n in range(3)], moengage) == [
        [Verdict.TRANSIENT],
        [OK],
        [OK],
    ]


def test_without_time_nothing_is_sent_and_no_answer_is_missing() -> None:
    moengage = MoEngage()
    sender = Sender(WORKSPACE, moengage.send, Budget(0.1), 5)
    answers = [answer for (answer,) in sender.send([[customer("ada"), events("ada")], [customer("bob")]])]

    assert moengage.requests == []
    assert [(answer.verdict, answer.lost) for answer in answers] == [(Verdict.TRANSIENT, False)] * 2


def test_bulk_is_no_larger_than_what_is_left_and_the_rest_waits() -> None:
    pace = FixedPace([Grant(3), Grant(2), Grant(0, 4.0)])
    moengage = MoEngage()
    sender = Sender(WORKSPACE, moengage.send, Budget(10), 5, pace=pace)
    answers = sender.send([[customer(f"user-{n}", padding=30_000)] for n in range(9)])

    assert [each.verdict for (each,) in answers] == [OK] * 5 + [Verdict.THROTTLED] * 4
    assert {each.retry_after for (each,) in answers[5:]} == {4.0}
    assert [len(names) for _, names in moengage.requests] == [3, 2]
    assert pace.asked == [(Quota.BULK_USERS, 3, 1)] * 3, "once it is used up, nobody asks again"


def test_with_time_left_the_sender_waits_for_the_pace() -> None:
    now = [0.0]
    pace = FixedPace([Grant(1), Grant(0, 4.0), Grant(1)])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    moengage = MoEngage()
    sender = Sender(WORKSPACE, moengage.send, Budget(50, lambda: now[0]), 5, pace=pace, sleep=sleep)

    assert [each.verdict for (each,) in sender.send([[customer("ada")], [customer("bob")]])] == [OK, OK]
    assert now == [4.0]
    assert [names for _, names in moengage.requests] == [["ada"], ["bob"]]


def test_the_sender_does_not_wait_longer_than_leases_should_be_held_or_time_is_left() -> None:
    for seconds, wait in ((50, 7.0), (5, 4.0)):
        slept: list[float] = []
        sender = Sender(
            WORKSPACE, MoEngage().send, Budget(seconds), 5, pace=FixedPace([Grant(0, wait)]), sleep=slept.append
        )
        ((answer,),) = sender.send([[customer("ada")]])
        assert (answer.verdict, answer.retry_after, slept) == (Verdict.THROTTLED, wait, [])


def test_every_event_and_every_single_record_is_counted() -> None:
    pace = FixedPace()
    send([[customer("ada"), events("ada", 3)], [customer("bob"), events("bob", 4)]], MoEngage(), pace=pace)
    send([[customer("ada"), events("ada", 3)]], MoEngage(), pace=pace)

    assert pace.asked == [
        (Quota.BULK_USERS, 2, 1),
        (Quota.BULK_EVENTS, 7, 3),
        (Quota.USERS, 1, 1),
        (Quota.EVENTS, 3, 3),
    ]
    assert [quota for quota, _ in pace.learned] == [quota for quota, _, _ in pace.asked]


def test_records_of_an_event_are_never_divided() -> None:
    pace = FixedPace([Grant(4), Grant(4)])
    moengage = MoEngage()

    assert send([[events("ada", 3)], [events("bob", 4)]], moengage, pace=pace) == [[OK], [OK]]
    assert [names for _, names in moengage.requests] == [["ada's event"], ["bob's event"]]


def test_record_alone_in_its_bulk_is_sent_by_itself_if_refused() -> None:
    moengage = MoEngage(lambda names: NO)
    pace = FixedPace([Grant(1), Grant(1), Grant(0, 9.0)])

    assert send([[customer("ada")], [customer("bob")]], moengage, pace=pace) == [[NO], [Verdict.THROTTLED]]
    assert [path for path, _ in moengage.requests] == ["transition", "customer"]


@given(st.lists(st.integers(0, 120_000), max_size=12))
def test_bulks_stay_under_the_limit_and_lose_nothing(paddings: list[int]) -> None:
    records = [customer(f"user-{n}", padding) for n, padding in enumerate(paddings)]
    bulks, packed = [], 0
    while packed < len(records):
        bulks.append(records[packed : packed + bulk_length(records, packed)])
        packed += len(bulks[-1])

    for bulk in bulks:
        assert len(bulk) == 1 or len(WORKSPACE.bulk([record.body for record in bulk]).body) < BULK_BODY_BYTES
