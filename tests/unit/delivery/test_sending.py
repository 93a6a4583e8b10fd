"""Shipping: what goes together, and how a bulk that is refused is taken apart."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.budget import Budget
from aep_moengage.delivery.sending import Consignment, Parcel, Shipping, pack_bulks
from aep_moengage.moengage.records import BULK_BODY_BYTES
from aep_moengage.moengage.requests import Request, Workspace, no_limit
from aep_moengage.moengage.responses import Answer, Verdict

WORKSPACE = Workspace("01", "ACME", "key", "https://moengage.invalid")
OK = Answer(Verdict.ACCEPTED, "200")


def consignment(name: str, *, events: bool = False, padding: int = 0) -> Consignment[str]:
    record = json.dumps({"type": "customer", "customer_id": name, "x": "x" * padding}).encode()
    return Consignment(name, record, b'{"type":"event"}' if events else None, int(events))


def ship(
    consignments: list[Consignment[str]], answer: Callable[[list[str]], Verdict], seconds: float = 10
) -> list[tuple[str, list[str]]]:
    """Ships and returns the requests: the path's second part, and whom they were about."""
    sent: list[tuple[str, list[str]]] = []

    def send(request: Request, _: float) -> Answer:
        body = json.loads(request.body)
        who = [element.get("customer_id", "event") for element in body.get("elements", [body])]
        sent.append((request.url.split("/")[4], who))
        return Answer(answer(who), "told")

    Shipping(WORKSPACE, send, Budget(seconds), 5, no_limit).ship(consignments)
    return sent


def accept(_: list[str]) -> Verdict:
    return Verdict.ACCEPTED


def test_one_goes_by_the_calls_whose_answer_is_exact() -> None:
    one = consignment("ada", events=True)

    assert ship([one], accept) == [("customer", ["ada"]), ("event", ["event"])]
    assert one.accepted


def test_events_are_not_sent_for_a_user_that_was_not_taken() -> None:
    one = consignment("ada", events=True)

    assert ship([one], lambda _: Verdict.REFUSED) == [("customer", ["ada"])]
    assert (one.accepted, one.customer_accepted) == (False, False)


def test_several_go_together_users_first() -> None:
    several = [consignment("ada", events=True), consignment("bob", events=True), consignment("eve")]

    assert ship(several, accept) == [("transition", ["ada", "bob", "eve"]), ("transition", ["event", "event"])]
    assert all(each.accepted for each in several)


def test_a_user_that_is_not_taken_makes_no_event_of_another_be_sent_twice() -> None:
    several = [consignment(f"user-{i}", events=True) for i in range(8)]
    sent = ship(several, lambda who: Verdict.REFUSED if "user-3" in who else Verdict.ACCEPTED)

    assert [who.count("event") for _, who in sent if "event" in who] == [7]
    assert [each.what for each in several if not each.accepted] == ["user-3"]


def test_the_one_that_is_not_taken_is_found() -> None:
    several = [consignment(f"user-{i}") for i in range(100)]
    sent = ship(several, lambda who: Verdict.REFUSED if "user-37" in who else Verdict.ACCEPTED)

    assert [each.what for each in several if not each.accepted] == ["user-37"]
    assert len(sent) <= 15


def test_too_many_bytes_are_split() -> None:
    several = [consignment(f"user-{i}") for i in range(8)]
    sent = ship(several, lambda who: Verdict.TOO_LARGE if len(who) > 2 else Verdict.ACCEPTED)

    assert all(each.accepted for each in several)
    assert len(sent) == 7


def test_after_a_throttled_answer_nothing_more_is_sent() -> None:
    several = [consignment(f"user-{i}", padding=60_000) for i in range(4)]

    assert len(ship(several, lambda _: Verdict.THROTTLED)) == 1
    assert {each.answers[0].verdict for each in several} == {Verdict.THROTTLED}


def test_without_time_nothing_is_sent() -> None:
    several = [consignment("ada"), consignment("bob")]

    assert ship(several, accept, seconds=0.1) == []
    assert all(each.answers[0].verdict is Verdict.TRANSIENT for each in several)
    assert not any(each.answers[0].lost for each in several)


def test_a_pace_that_is_used_up_stops_the_rest() -> None:
    waits = iter([0.0, 4.0])
    small = [consignment(f"user-{i}", padding=30_000) for i in range(6)]

    Shipping(WORKSPACE, lambda *_: OK, Budget(10), 5, lambda *_: next(waits, 4.0)).ship(small)

    assert [each.accepted for each in small] == [True, True, True, False, False, False]
    assert small[-1].answers[0].retry_after == 4.0


@given(st.lists(st.integers(0, 120_000), max_size=12))
def test_packs_keep_under_the_limit_and_lose_nothing(paddings: list[int]) -> None:
    consignments: list[Consignment[Any]] = [consignment(f"u{i}", padding=p) for i, p in enumerate(paddings)]
    parcels = [Parcel(each, each.customer or b"") for each in consignments]
    packs = pack_bulks(parcels)

    assert [each for pack in packs for each in pack] == parcels
    for pack in packs:
        body = WORKSPACE.bulk([each.record for each in pack]).body
        assert len(pack) == 1 or len(body) < BULK_BODY_BYTES
