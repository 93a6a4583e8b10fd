"""Faults on demand: which requests fail, how, how often, and whether they take effect nevertheless."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller, customer, fault_of

from aep_moengage_dev.simulator.simulator import Simulator

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """A thread for a call that has to wait."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "TypeError"),
        (401, "Authentication required"),
        (403, "Account Suspended"),
        (409, "Authentication Mismatch"),
        (413, "Payload too large"),
        (415, "Unsupported Media Type"),
        (429, "RateLimitError"),
        (500, "ServerError"),
        (502, "ServerError"),
        (503, "ServerError"),
    ],
)
def test_status_fault_answers_with_the_documented_error(
    moengage: Caller, simulator: Simulator, status: int, kind: str
) -> None:
    simulator.faults.add(kind="status", status=status)
    answer = moengage.customer()

    assert (answer.status_code, fault_of(answer)) == (status, kind)
    assert simulator.workspace.users == {}


def test_429_has_the_reset_in_either_form(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="status", status=429, reset=30, times=1)
    simulator.faults.add(kind="status", status=429, reset=30, reset_as="epoch", retry_after=7)
    first, second = moengage.customer(), moengage.customer()

    assert (first.headers["x-ratelimit-reset"], first.headers["x-ratelimit-remaining"]) == ("30", "0")
    assert "Retry-After" not in first.headers
    assert abs(int(second.headers["x-ratelimit-reset"]) - (time.time() + 30)) < 3
    assert second.headers["Retry-After"] == "7"


def test_status_fail_fault_answers_200_with_status_fail(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="status_fail")
    answer = moengage.customer()

    assert (answer.status_code, answer.json()["status"]) == (200, "fail")
    assert simulator.workspace.users == {}


def test_garbage_fault_answers_with_html(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="garbage", status=502)
    answer = moengage.customer()

    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert "<html>" in answer.text


@pytest.mark.parametrize("applied", [False, True])
def test_hang_never_answers(moengage: Caller, simulator: Simulator, beside: ThreadPoolExecutor, applied: bool) -> None:
    simulator.faults.add(kind="hang", applied=applied)
    call = beside.submit(moengage.customer)
    assert simulator.holds.wait_held(1)
    assert ("ada" in simulator.workspace.users) is applied

    simulator.stop()
    with pytest.raises(BROKEN):
        call.result()


def test_hang_forgets_the_request_of_a_client_that_left(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="hang", times=1)
    with pytest.raises(requests.ReadTimeout):
        moengage.post(f"/v1/customer/{USERNAME}", customer(), timeout=0.1)
    moengage.customer("bob")

    simulator.holds.release()
    assert set(simulator.workspace.users) == {"bob"}


@pytest.mark.parametrize(("kind", "took_effect"), [("reset", False), ("truncated", True)])
def test_connection_faults_break_the_connection(
    moengage: Caller, simulator: Simulator, kind: str, took_effect: bool
) -> None:
    simulator.faults.add(kind=kind)

    with pytest.raises(BROKEN):
        moengage.customer()
    assert ("ada" in simulator.workspace.users) is took_effect
    assert [exchange.answered for exchange in simulator.requests] == [False]


def test_reset_can_come_after_the_effect(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="reset", applied=True)

    with pytest.raises(BROKEN):
        moengage.customer()
    assert "ada" in simulator.workspace.users


def test_slow_fault_delays_the_real_answer(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="slow", seconds=0.2)
    started = time.monotonic()

    assert moengage.customer().ok
    assert time.monotonic() - started >= 0.2
    assert "ada" in simulator.workspace.users


def test_drip_fault_sends_the_whole_answer(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="drip", seconds=0.001)

    assert moengage.customer().json()["status"] == "success"


def test_held_request_takes_effect_when_released(
    moengage: Caller, simulator: Simulator, beside: ThreadPoolExecutor
) -> None:
    simulator.faults.add(kind="hold")
    call = beside.submit(moengage.customer)
    (number,) = simulator.holds.wait_held(1)
    assert simulator.workspace.users == {}

    simulator.holds.release(number)
    assert "ada" in simulator.workspace.users
    assert call.result().ok


def test_held_request_takes_effect_even_without_its_client(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="hold")
    with pytest.raises(requests.ReadTimeout):
        moengage.post(f"/v1/customer/{USERNAME}", customer(), timeout=0.1)
    assert simulator.holds.wait_held(1)

    simulator.holds.release()
    assert "ada" in simulator.workspace.users
    assert [exchange.answered for exchange in simulator.requests] == [False]


def test_poison_fails_only_requests_that_name_it(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="poison", customer_ids=["bad"])

    assert moengage.customer("good").ok
    assert moengage.customer("bad").status_code == 400
    assert moengage.bulk(customer("good"), customer("bad")).status_code == 400


def test_fault_applies_to_one_api_a_number_of_times(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="status", where="event", times=2)

    assert moengage.customer().ok
    assert [moengage.event({"action": "Seen"}).status_code for _ in range(3)] == [500, 500, 200]
    assert simulator.faults.active() == []


def test_probable_fault_is_drawn_from_a_seed(moengage: Caller, simulator: Simulator) -> None:
    def statuses() -> list[int]:
        simulator.faults.clear()
        simulator.faults.add(kind="status", probability=0.5, seed=3)
        return [moengage.customer().status_code for _ in range(20)]

    first = statuses()
    assert set(first) == {200, 500}
    assert statuses() == first


def test_stopped_simulator_refuses_connections_and_keeps_its_state(simulator: Simulator) -> None:
    with Caller(simulator.url) as caller:
        caller.customer()
    simulator.stop()
    with Caller(simulator.url) as caller, pytest.raises(requests.ConnectionError):
        caller.customer()
    simulator.start()

    with Caller(simulator.url) as caller:
        assert caller.customer("bob").ok
    assert set(simulator.workspace.users) == {"ada", "bob"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": "flood"}, "kind is one of"),
        ({"kind": "status", "where": "orders"}, "where is any or one of"),
        ({"kind": "poison"}, "needs customer_ids"),
        ({"kind": "poison", "customer_ids": "ada"}, "list of ids"),
        ({"kind": "drip", "applied": True}, "no choice of applied"),
        ({"kind": "status", "colour": "red"}, "colour"),
    ],
)
def test_invalid_fault_is_refused(moengage: Caller, options: dict[str, Any], says: str) -> None:
    answer = moengage.control("POST", "faults", options)

    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_rate_limits_are_in_every_answer_and_can_be_enforced() -> None:
    with (
        Simulator(username=USERNAME, password=PASSWORD, users_per_minute=2, reset_as="epoch") as simulator,
        Caller(simulator.url) as caller,
    ):
        answers = [caller.customer() for _ in range(3)]
        seen = caller.event({"action": "Seen"})

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "2"
    assert 0 < int(answers[2].headers["x-ratelimit-reset"]) - time.time() <= 61
    assert (seen.status_code, seen.headers["x-ratelimit-limit"]) == (200, "30000")
    assert simulator.workspace.users["ada"].applied == 2


def test_bulk_spends_its_number_of_elements(moengage: Caller) -> None:
    moengage.control("POST", "settings", {"limits": {"transition": 3}})

    assert moengage.bulk(customer("ada"), customer("bob")).ok
    assert moengage.bulk(customer("ada"), customer("bob")).status_code == 429
    assert moengage.bulk(customer("ada")).ok
