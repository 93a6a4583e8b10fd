"""Drain: it folds the backlog, packs it, delivers it, retries it later, or gives it up."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from types import SimpleNamespace
from typing import Any

import pytest
from tests.functional.functions import cloud
from tests.functional.functions.cloud import DESTINATION, PASSWORD, Cloud
from tests.functional.functions.published import totals
from tests.profiles import profile

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.mapping.mapping import CompiledMapping, Decision
from aep_moengage.moengage.pacing import room
from aep_moengage.queues import disposition
from aep_moengage.queues.sqs import SqsQueue
from aep_moengage_dev.simulator.simulator import Simulator

DAY_MS = 86_400_000


def wait_in_queue(where: Cloud, *profiles: Any, **changes: Any) -> None:
    """Puts a message as ingest would have."""
    _put(where, [_message(where, *profiles, **changes)])


def wait_each_in_queue(where: Cloud, profiles: Iterable[Any]) -> None:
    """Puts a message for each profile."""
    for some in batched(profiles, 10, strict=False):
        _put(where, [_message(where, each) for each in some])


def _message(where: Cloud, *profiles: Any, **changes: Any) -> str:
    now = int(time.time() * 1000)
    message = {
        "destination": "acme",
        "request": f"earlier-{where.posted}",
        "received": now,
        "reason": "transient",
        "since": now,
        "profiles": list(enumerate(profiles)),
        "attempts": 0,
    }
    where.posted += 1
    return json.dumps(message | changes)


def _put(where: Cloud, bodies: Sequence[str]) -> None:
    entries: list[Any] = [
        {"Id": str(place), "MessageBody": body, "MessageGroupId": "acme"} for place, body in enumerate(bodies)
    ]
    where.client("sqs").send_message_batch(QueueUrl=where.names["RETRY_QUEUE_URL"], Entries=entries)


def test_after_an_outage_everything_arrives(emulated: Cloud, moengage: Simulator) -> None:
    outage = moengage.faults.add(kind="status", status=503)
    assert emulated.outcomes([profile("ada", points=1), profile("bob", points=2)]) == ["retrying"] * 2
    moengage.faults.remove(outage)

    emulated.drain()

    assert {user: known.attributes for user, known in moengage.workspace.users.items()} == {
        "ada": {"points": 1},
        "bob": {"points": 2},
    }
    assert emulated.backlog() == 0


def test_a_long_backlog_has_moengages_rate_for_itself(emulated: Cloud, moengage: Simulator) -> None:
    wait_each_in_queue(emulated, (profile(f"user-{number}") for number in range(500)))
    assert emulated.outcomes(profile("ada", points=1)) == ["delivered"]

    emulated.drain()
    assert len(moengage.workspace.users) == 501
    for points in range(2, 12):  # ingest learns of it with the report of its load
        emulated.post(profile("ada", points=points))
    (last,) = emulated.post(profile("ada", points=12)).json["results"]
    assert (last["outcome"], last["reason"]) == ("retrying", "queued")


def test_hundreds_of_profiles_take_a_few_requests(emulated: Cloud, moengage: Simulator) -> None:
    attributes = {f"attribute_{i}": f"values.v{i}" for i in range(20)}
    emulated.connect(DESTINATION | {"attributes": attributes})
    values = {f"v{i}": f"a value of usual length {i}" for i in range(20)}
    wait_each_in_queue(
        emulated, (profile(f"user-{number}", values=values | {"v0": f"{number}"}) for number in range(300))
    )

    emulated.drain()

    assert len(moengage.workspace.users) == 300
    assert all(len(user.attributes) == 20 for user in moengage.workspace.users.values())
    assert len(moengage.requests) <= 4  # of a thousand: tests/functional/test_bench.py
    assert emulated.backlog() == 0


def test_the_backlog_of_a_user_is_folded_into_its_newest_update(emulated: Cloud, moengage: Simulator) -> None:
    now = int(time.time() * 1000)
    for age in (3, 1, 2):
        wait_in_queue(emulated, profile("ada", points=10 - age), received=now - age * 1000)

    emulated.drain()

    assert moengage.workspace.users["ada"].attributes == {"points": 9}
    assert moengage.workspace.users["ada"].applied == 1
    assert emulated.backlog() == 0


def test_an_old_update_in_the_queue_never_overwrites_a_newer_one(emulated: Cloud, moengage: Simulator) -> None:
    wait_in_queue(emulated, profile("ada", points=1), received=int(time.time() * 1000) - 5000)
    assert emulated.outcomes(profile("ada", points=2)) == ["delivered"]

    emulated.drain()

    assert moengage.workspace.users["ada"].attributes == {"points": 2}
    assert emulated.backlog() == 0


def test_one_poison_profile_is_found_in_a_bulk_and_blocks_no_other(emulated: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="poison", customer_ids=["user-37"])
    for number in range(60):
        wait_in_queue(emulated, profile(f"user-{number}", points=number))

    emulated.drain()

    assert len(moengage.workspace.users) == 59
    (letter,) = emulated.dead_letters()
    assert letter["profile"] == profile("user-37", points=37)
    assert letter["reason"] == "refused"
    assert emulated.backlog() == 0
    assert len(moengage.requests) <= 2 * 6 + 1


def test_a_bulk_that_is_too_large_is_split(emulated: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=413, where="transition", times=1)
    for number in range(8):
        wait_in_queue(emulated, profile(f"user-{number}", points=number))

    emulated.drain()

    assert len(moengage.workspace.users) == 8
    assert len(moengage.requests) == 3


@pytest.mark.parametrize(
    ("fault", "asked"),
    [({"status": 500}, 0), ({"status": 429, "reset": 40}, 40), ({"status": 429, "retry_after": 30}, 30)],
)
def test_a_message_that_is_retried_is_hidden_for_its_backoff(
    emulated: Cloud, moengage: Simulator, fault: dict[str, Any], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moengage.faults.add(kind="status", **fault)
    wait_in_queue(emulated, profile("ada", points=1))
    hidden: list[float] = []
    hide = SqsQueue.hide
    monkeypatch.setattr(
        SqsQueue, "hide", lambda self, receipts: (hidden.extend(s for _, s in receipts), hide(self, receipts))
    )

    emulated.drain()

    assert emulated.backlog() == 1
    assert emulated.drain() == []
    assert all(asked <= seconds <= 900 for seconds in hidden)
    assert len(hidden) == 1


def test_a_backlog_is_sent_no_faster_than_the_rate_limit(
    emulated: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated.connect(DESTINATION | {"pacing": {"users_per_minute": 300}, "attributes": {"padding": "padding"}})
    wait_each_in_queue(emulated, (profile(f"user-{number}", padding=f"{number}" + "x" * 505) for number in range(200)))

    monkeypatch.setattr(cloud, "CONTEXT", SimpleNamespace(get_remaining_time_in_millis=lambda: 14_000))
    emulated.drain()

    a_window = room(300, 1) + 1  # and the clock may turn to the next one while it drains
    assert 0 < len(moengage.workspace.users) <= 3 * a_window
    assert emulated.backlog() == 200 - len(moengage.workspace.users)


def test_a_profile_retried_for_the_whole_window_is_given_up_with_its_reason(
    emulated: Cloud, moengage: Simulator
) -> None:
    moengage.faults.add(kind="status", status=500)
    now = int(time.time() * 1000)
    wait_in_queue(emulated, profile("ada", points=1), received=now - 2 * DAY_MS, since=now - 2 * DAY_MS)

    emulated.drain()

    (letter,) = emulated.dead_letters()
    assert (letter["reason"], letter["first_attempt"]) == ("gave_up", now - 2 * DAY_MS)
    assert emulated.backlog() == 0


def test_a_parked_profile_is_never_given_up_and_its_window_starts_again(emulated: Cloud, moengage: Simulator) -> None:
    now = int(time.time() * 1000)
    emulated.connect(DESTINATION, password="wrong")
    wait_in_queue(emulated, profile("ada", points=1), since=now - 9 * DAY_MS, received=now - 9 * DAY_MS, reason="setup")
    emulated.drain()
    assert emulated.dead_letters() == []
    assert emulated.backlog() == 1

    emulated.connect(DESTINATION, password=PASSWORD)
    moengage.faults.add(kind="status", status=500, times=1)
    wait_in_queue(emulated, profile("bob", points=1), since=now - 9 * DAY_MS, received=now - 9 * DAY_MS, reason="setup")
    emulated.drain()
    assert emulated.dead_letters() == []
    assert emulated.backlog() == 2


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is there again for the next drain."""
    monkeypatch.setattr(disposition, "backoff_seconds", lambda *_: 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_paused_profile_is_never_given_up_and_is_delivered_after_resuming(
    emulated: Cloud, moengage: Simulator
) -> None:
    emulated.connect(DESTINATION, paused=True)
    long_ago = int(time.time() * 1000) - 9 * DAY_MS
    emulated.outcomes([profile("ada", points=1), profile("bob", points=1)])
    wait_in_queue(emulated, profile("cy", points=1), since=long_ago, received=long_ago)
    emulated.drain()
    emulated.drain()
    assert (emulated.backlog(), emulated.dead_letters(), len(moengage.requests)) == (2, [], 0)
    samples = SampleTable(emulated.client("dynamodb"), emulated.names["SAMPLES_TABLE"])
    assert [each.payload for each in samples.newest("acme", Kind.PROFILES)] == [
        profile("ada", points=1),
        profile("bob", points=1),
    ], "once each, of the last day"

    emulated.connect(DESTINATION)
    moengage.faults.add(kind="status", status=500, times=1)
    emulated.drain()
    assert emulated.dead_letters() == []
    emulated.drain()
    assert set(moengage.workspace.users) == {"ada", "bob", "cy"}
    assert emulated.backlog() == 0


@pytest.mark.usefixtures("at_once")
def test_pausing_keeps_a_large_message_whole_and_names_the_reason(emulated: Cloud) -> None:
    wait_in_queue(emulated, *(profile(f"user-{number}", points=number) for number in range(40)))
    reasons = []
    for key, paused in ((PASSWORD, True), ("wrong", False), (PASSWORD, True), (PASSWORD, False)):
        emulated.connect(DESTINATION, password=key, paused=paused)
        (message,) = emulated.drain()
        reasons.append(json.loads(message["Body"])["reason"])

    assert reasons == ["transient", "paused", "setup", "paused"]
    assert emulated.backlog() == 0


def test_an_unknown_destination_is_parked(emulated: Cloud) -> None:
    wait_in_queue(emulated, profile("ada"), destination="gone", since=0)

    emulated.drain()

    assert (emulated.backlog(), emulated.dead_letters()) == (1, [])


def test_only_the_profiles_that_are_left_of_a_message_stay_queued(emulated: Cloud, moengage: Simulator) -> None:
    wait_in_queue(emulated, profile("ada", points=1), profile("bad\tid"), profile("bob", points=2), profile())
    hold = moengage.faults.add(kind="status", status=500, customer_ids=["bob"], times=1, where="transition")

    emulated.drain()
    moengage.faults.remove(hold)

    assert [letter["index"] for letter in emulated.dead_letters()] == [1]
    assert emulated.backlog() == 2


def test_an_unreadable_message_blocks_no_other(emulated: Cloud, moengage: Simulator) -> None:
    sqs, url = emulated.client("sqs"), emulated.names["RETRY_QUEUE_URL"]
    for body in ("{", "[]", "{}", json.dumps({"destination": "acme"}), '{"reason": "none"}'):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    wait_in_queue(emulated, profile("ada", points=1))

    emulated.drain()

    assert "ada" in moengage.workspace.users
    assert emulated.backlog() == 5


def test_an_anonymous_user_is_merged_once_into_the_named_one(emulated: Cloud, moengage: Simulator) -> None:
    assert emulated.outcomes(profile(ecid="anon-1", points=1)) == ["delivered"]
    assert emulated.outcomes(profile("ada", ecid="anon-1", points=2)) == ["delivered"]
    assert moengage.workspace.merged == {"anon-1": "ada"}

    assert emulated.outcomes(profile("ada", ecid="anon-1", points=2)) == ["unchanged"]
    assert emulated.outcomes(profile("ada", ecid="anon-1", points=3)) == ["delivered"]
    merges = [request for request in moengage.requests if "merge" in request.target]
    assert len(merges) == 1


def test_a_merge_is_retried_like_any_delivery(emulated: Cloud, moengage: Simulator) -> None:
    emulated.outcomes(profile(ecid="anon-1", points=1))
    moengage.faults.add(kind="status", status=503, where="merge", times=1)

    assert emulated.outcomes(profile("ada", ecid="anon-1", points=2)) == ["retrying"]
    emulated.drain()

    assert moengage.workspace.merged == {"anon-1": "ada"}
    assert moengage.workspace.users["ada"].applied == 1
    assert emulated.backlog() == 0


def test_anonymous_and_named_in_one_batch_are_merged(emulated: Cloud, moengage: Simulator) -> None:
    assert emulated.outcomes([profile(ecid="anon-1", points=1), profile("ada", ecid="anon-1", points=2)]) == [
        "delivered",
        "delivered",
    ]
    assert moengage.workspace.merged == {"anon-1": "ada"}


def member(user: str, at: str = "2024-03-02T11:22:33Z", **statuses: str) -> dict[str, Any]:
    entries = {name: {"status": status, "lastQualificationTime": at} for name, status in statuses.items()}
    return profile(user, segmentMembership={"ups": entries})


def test_changes_of_membership_become_events_once(emulated: Cloud, moengage: Simulator) -> None:
    emulated.connect(DESTINATION | {"audience_events": True})
    emulated.outcomes(member("ada", gold="realized", news="realized"))
    emulated.outcomes(member("ada", gold="realized", news="realized"))
    emulated.outcomes(member("ada", gold="realized", news="exited"))

    events = Counter((e["action"], e["attributes"]["audience"]) for e in moengage.workspace.events["ada"])
    assert events == {
        ("AEP Segment Entered", "gold"): 1,
        ("AEP Segment Entered", "news"): 1,
        ("AEP Segment Exited", "news"): 1,
    }


def test_an_event_that_failed_is_sent_without_the_user_again(emulated: Cloud, moengage: Simulator) -> None:
    emulated.connect(DESTINATION | {"audience_events": True})
    moengage.faults.add(kind="status", status=500, where="event", times=1)

    assert emulated.outcomes(member("ada", gold="realized")) == ["retrying"]
    emulated.drain()

    assert moengage.workspace.users["ada"].applied == 1
    assert len(moengage.workspace.events["ada"]) == 1


def test_an_update_whose_event_alone_was_due_supersedes_older_ones(emulated: Cloud, moengage: Simulator) -> None:
    emulated.connect(DESTINATION | {"audience_events": True})
    moengage.faults.add(kind="status", status=500, where="event", times=1)
    assert emulated.outcomes(member("ada", gold="realized"), late_ms=90_000) == ["retrying"]
    assert emulated.outcomes(member("ada", gold="realized")) == ["delivered"]

    older = member("ada", "2024-03-01T00:00:00Z", gold="exited")
    assert emulated.outcomes(older, late_ms=60_000) == ["superseded"]
    assert moengage.workspace.users["ada"].attributes["AEP Segment"] == ["gold"]


def test_two_updates_of_one_user_are_never_in_flight_at_once(emulated: Cloud, moengage: Simulator) -> None:
    hold = moengage.faults.add(kind="hold", customer_ids=["ada"], times=1)
    with ThreadPoolExecutor() as beside:
        first = beside.submit(emulated.outcomes, profile("ada", points=1))
        assert moengage.holds.wait_held()
        assert emulated.outcomes(profile("ada", points=2)) == ["retrying"]
        moengage.holds.release()
        assert first.result() == ["delivered"]
    moengage.faults.remove(hold)
    assert moengage.workspace.users["ada"].attributes == {"points": 1}


def test_a_destination_whose_document_is_unusable_keeps_its_backlog_and_delays_no_other(
    emulated: Cloud, moengage: Simulator
) -> None:
    emulated.connect(DESTINATION | {"id": "broken", "region": "99"})
    wait_in_queue(emulated, profile("bob", points=1), destination="broken", since=0)
    wait_in_queue(emulated, profile("ada", points=1))

    emulated.drain()

    assert "ada" in moengage.workspace.users
    assert (emulated.backlog(), emulated.dead_letters()) == (1, [])


def test_one_profile_that_breaks_the_connector_delays_no_other(
    emulated: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    transform = CompiledMapping.transform

    def breaking(self: CompiledMapping, given: Any, *more: Any) -> Decision:
        if given["points"] == 37:
            raise ZeroDivisionError
        return transform(self, given, *more)

    monkeypatch.setattr(CompiledMapping, "transform", breaking)
    for number in range(50):
        wait_in_queue(emulated, profile(f"user-{number}", points=number))

    emulated.drain()

    assert len(moengage.workspace.users) == 49
    assert (emulated.backlog(), emulated.dead_letters()) == (1, [])


def test_the_destination_with_the_smaller_backlog_goes_first(emulated: Cloud, moengage: Simulator) -> None:
    emulated.connect(DESTINATION | {"id": "quiet", "region": "01"})
    for number in range(20):
        wait_in_queue(emulated, profile(f"noisy-{number}", points=number))
    wait_in_queue(emulated, profile("quiet", points=1), destination="quiet")

    emulated.drain()

    assert [request.customer_ids >= {"quiet"} for request in moengage.requests] == [True, False]


def put_directly(cloud: Cloud, body: str, request: str = "direct-1") -> None:
    """Puts a body as the HTTP API's direct route does."""
    given = {"destination": "acme", "request": request, "received": str(int(time.time() * 1000))}
    cloud.client("sqs").send_message(
        QueueUrl=cloud.names["RETRY_QUEUE_URL"],
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "Number" if name == "received" else "String", "StringValue": value}
            for name, value in given.items()
        },
    )


def test_a_body_that_the_api_queued_itself_is_taken_in_and_delivered(
    emulated: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    put_directly(emulated, json.dumps([profile("ada", points=1), profile("bob", points=2)]))
    emulated.drain()
    emulated.drain()

    assert {user: known.attributes for user, known in moengage.workspace.users.items()} == {
        "ada": {"points": 1},
        "bob": {"points": 2},
    }
    assert emulated.backlog() == 0
    counted = totals(capsys.readouterr().out)
    assert (counted["received"], counted["retrying"], counted["delivered"]) == (2, 0, 2)


def test_a_body_without_profiles_that_the_api_queued_is_kept_as_a_dead_letter(emulated: Cloud) -> None:
    put_directly(emulated, "{")
    emulated.drain()
    emulated.drain()

    (letter,) = emulated.dead_letters()
    assert (letter["request"], letter["profile"], letter["reason"]) == ("direct-1", "{", "not_a_profile")
