"""Ingest: what it delivers, what it queues, and whom it refuses."""

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.functional.functions.cloud import DESTINATION, PASSWORD, TOKEN, USERNAME, Cloud
from tests.functional.functions.published import totals
from tests.profiles import profile

from aep_moengage.functions.content import LARGEST_BODY
from aep_moengage.functions.wiring.ingest import ingest
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.outcomes import Outcome
from aep_moengage_dev.simulator.simulator import Simulator

NOWHERE = "http://127.0.0.1:9"


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def waiting(cloud: Cloud) -> list[dict[str, Any]]:
    messages = cloud.client("sqs").receive_message(
        QueueUrl=cloud.names["RETRY_QUEUE_URL"], MaxNumberOfMessages=10, AttributeNames=["All"]
    )
    return [json.loads(message["Body"]) for message in messages.get("Messages", [])]


def test_a_profile_becomes_a_user(cloud: Cloud, moengage: Simulator) -> None:
    answer = cloud.post(profile("ada", person={"name": {"lastName": "Lovelace"}}))

    assert (answer.status, answer.json) == (200, {"received": 1, "results": [{"index": 0, "outcome": "delivered"}]})
    assert moengage.workspace.users["ada"].attributes == {"last_name": "Lovelace"}


def test_an_equal_update_is_not_sent_again(cloud: Cloud, moengage: Simulator) -> None:
    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]
    assert cloud.outcomes(profile("ada", points=1)) == ["unchanged"]
    assert cloud.outcomes(profile("ada", points=2)) == ["delivered"]
    assert moengage.workspace.users["ada"].applied == 2


def test_an_older_update_is_superseded(cloud: Cloud, moengage: Simulator) -> None:
    assert cloud.outcomes(profile("ada", points=2)) == ["delivered"]
    assert cloud.outcomes(profile("ada", points=1), late_ms=500) == ["superseded"]
    assert moengage.workspace.users["ada"].attributes == {"points": 2}


def test_a_changed_mapping_is_a_change(cloud: Cloud, moengage: Simulator) -> None:
    cloud.outcomes(profile("ada", points=1))
    cloud.connect(DESTINATION | {"attributes": {"score": "points"}})

    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]
    assert moengage.workspace.users["ada"].attributes == {"points": 1, "score": 1}


def test_bad_profiles_do_not_spoil_good_ones(emulated: Cloud, moengage: Simulator) -> None:
    body = {
        "profiles": [profile("ada", points=1), "no profile", profile(), profile("bad\tid"), profile("bob", points=2)]
    }
    answer = emulated.post(body)

    assert [(r["outcome"], r.get("reason")) for r in answer.json["results"]] == [
        ("delivered", None),
        ("rejected", "not_a_profile"),
        ("skipped", "no_identity"),
        ("rejected", "invalid_customer_id"),
        ("delivered", None),
    ]
    assert set(moengage.workspace.users) == {"ada", "bob"}
    assert {letter["index"]: letter["reason"] for letter in emulated.dead_letters()} == {
        1: "not_a_profile",
        3: "invalid_customer_id",
    }


def test_the_newest_of_several_updates_of_one_user_counts(emulated: Cloud, moengage: Simulator) -> None:
    body = [profile("ada", points=1), profile("bob", points=5), profile("ada", points=2)]

    assert emulated.outcomes(body) == ["superseded", "delivered", "delivered"]
    assert moengage.workspace.users["ada"].attributes == {"points": 2}
    assert moengage.workspace.users["ada"].applied == 1


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer acme.wrong", 401),
        ("Bearer nobody.right-token", 401),
        ("Bearer other.token", 403),
        ("Digest x", 401),
        ("Basic not-base64!", 401),
        (basic(USERNAME, "wrong"), 401),
        (basic("OTHER", PASSWORD), 401),
        (basic(USERNAME, PASSWORD), 200),
        (f"bearer {TOKEN}", 200),
        ("Bearer acme.second", 200),
    ],
)
def test_only_right_credentials_may_post(cloud: Cloud, authorization: str | None, status: int) -> None:
    cloud.connect(DESTINATION | {"id": "other", "username": "OTHER"}, tokens=("other.token",))
    cloud.connect(DESTINATION, tokens=(TOKEN, "acme.second"))

    answer = cloud.post(profile("ada"), authorization=authorization)

    assert answer.status == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["detail"]


def test_a_destination_without_a_key_lets_no_empty_password_in(cloud: Cloud) -> None:
    cloud.connect(DESTINATION | {"id": "keyless"}, password=None)

    assert cloud.post(profile("ada"), destination="keyless", authorization=basic(USERNAME, "")).status == 401


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("{", 400, "JSON"),
        ("", 400, "JSON"),
        ('"text"', 400, "profile"),
        ('{"profiles": 3}', 400, "profiles"),
        ("[" * 100_000, 400, ""),
        ('{"a": NaN}', 400, ""),
        (json.dumps("x" * (LARGEST_BODY + 1)), 413, "at most"),
    ],
)
def test_a_bad_body_is_refused_with_what_is_wrong(cloud: Cloud, body: str, status: int, says: str) -> None:
    answer = cloud.post(body)

    assert answer.status == status
    assert says in answer.json["detail"]


def test_strangers_learn_nothing_about_bodies(cloud: Cloud) -> None:
    assert cloud.post("{", authorization="Bearer wrong").status == 401


def test_callers_outside_the_allowed_networks_are_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_CIDRS", "198.51.100.0/24, 2001:db8::/32")
    cloud.forget()

    assert cloud.post(profile("ada"), source_ip="203.0.113.7").status == 403
    assert cloud.post(profile("ada"), source_ip="198.51.100.9").status == 200
    assert cloud.post(profile("ada"), source_ip="2001:db8::1").status == 200


def test_clients_whose_certificate_has_another_name_are_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_NAMES", "Adobe Experience Platform")
    cloud.forget()

    assert cloud.post(profile("ada"), client="CN=Adobe Experience Platform,O=Adobe Inc.").status == 200
    assert cloud.post(profile("ada"), client="CN=Somebody,O=Adobe Experience Platform").status == 403
    assert cloud.post(profile("ada")).status == 403


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 500}, "transient"),
        ({"kind": "status", "status": 503}, "transient"),
        ({"kind": "status", "status": 408}, "transient"),
        ({"kind": "status_fail"}, "transient"),
        ({"kind": "garbage"}, "transient"),
        ({"kind": "truncated"}, "transient"),
        ({"kind": "reset"}, "transient"),
        ({"kind": "status", "status": 429, "reset": 30}, "throttled"),
        ({"kind": "status", "status": 401}, "setup"),
        ({"kind": "status", "status": 403}, "setup"),
        ({"kind": "status", "status": 409}, "setup"),
        ({"kind": "status", "status": 302}, "setup"),
    ],
)
def test_an_update_that_cannot_be_delivered_now_is_queued(
    cloud: Cloud, moengage: Simulator, fault: dict[str, Any], reason: str
) -> None:
    moengage.faults.add(**fault)
    sent = profile("ada", points=1)

    answer = cloud.post(sent)

    assert answer.json["results"] == [{"index": 0, "outcome": "retrying", "reason": reason}]
    assert cloud.backlog() == 1


def test_a_queued_profile_is_untouched(cloud: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=500)
    sent = profile("ada", points=1, unknown={"kept": [None, 1.5, "ü"]})

    cloud.post([sent])

    (message,) = waiting(cloud)
    assert message["profiles"] == [[0, sent]]
    assert (message["destination"], message["reason"], message["attempts"]) == ("acme", "transient", 0)


@pytest.mark.parametrize(("status", "reason"), [(400, "refused"), (404, "refused"), (413, "record_too_large")])
def test_an_update_that_moengage_never_accepts_is_dead_lettered(
    cloud: Cloud, moengage: Simulator, status: int, reason: str
) -> None:
    moengage.faults.add(kind="status", status=status)
    sent = profile("ada", points=1)

    assert cloud.outcomes(sent) == ["rejected"]
    (letter,) = cloud.dead_letters()
    assert letter["profile"] == sent
    assert (letter["reason"], letter["attempts"], letter["destination"]) == (reason, 1, "acme")
    assert str(status) in letter["why"]


def test_a_rejected_update_sent_again_is_tried_again(cloud: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=400, times=1)

    assert cloud.outcomes(profile("ada", points=1)) == ["rejected"]
    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_the_answer_comes_within_two_seconds_whatever_moengage_does(
    cloud: Cloud, moengage: Simulator, kind: str
) -> None:
    moengage.faults.add(kind=kind, seconds=0.1)
    started = time.monotonic()

    assert cloud.outcomes(profile("ada", points=1)) == ["retrying"]
    assert time.monotonic() - started < 2
    assert cloud.backlog() == 1


def test_without_time_left_moengage_is_not_called(cloud: Cloud, moengage: Simulator) -> None:
    assert cloud.outcomes(profile("ada"), late_ms=1600) == ["retrying"]
    assert len(moengage.requests) == 0


def test_a_batch_that_would_take_too_long_is_queued_as_a_whole(emulated: Cloud, moengage: Simulator) -> None:
    body = [profile(f"user-{i}", points=i) for i in range(500)]

    assert set(emulated.outcomes(body)) == {"retrying"}
    assert len(moengage.requests) == 0
    emulated.drain()
    assert len(moengage.workspace.users) == 500


def test_while_paused_every_profile_is_queued_and_nothing_is_sent_or_written(cloud: Cloud, moengage: Simulator) -> None:
    cloud.connect(DESTINATION, paused=True)
    bodies: list[Any] = [
        profile("ada", points=1),
        [profile("bob"), "no profile"],
        [profile(f"u-{i}") for i in range(60)],
    ]

    for body in bodies:
        answer = cloud.post(body)
        assert {(r["outcome"], r["reason"]) for r in answer.json["results"]} == {("retrying", "paused")}

    assert [(message["reason"], len(message["profiles"])) for message in waiting(cloud)] == [
        ("paused", 1),
        ("paused", 2),
        ("paused", 60),
    ]
    assert len(moengage.requests) == 0
    assert cloud.client("dynamodb").scan(TableName=cloud.names["LEDGER_TABLE"])["Items"] == []


def test_a_paused_destination_still_refuses_strangers_and_broken_bodies(cloud: Cloud) -> None:
    cloud.connect(DESTINATION, paused=True)

    assert cloud.post(profile("ada"), authorization="Bearer wrong").status == 401
    assert cloud.post("{").status == 400
    assert cloud.backlog() == 0


def test_after_failures_moengage_is_not_called_for_a_while(cloud: Cloud, moengage: Simulator) -> None:
    moengage.faults.add(kind="status", status=500)

    for number in range(6):
        assert cloud.outcomes(profile(f"user-{number}", points=1)) == ["retrying"]

    assert len(moengage.requests) == 3
    assert cloud.backlog() == 6


def test_refused_credentials_are_tried_seldom_and_new_ones_at_once(cloud: Cloud, moengage: Simulator) -> None:
    cloud.connect(DESTINATION, password="old-key")
    for number in range(3):
        assert cloud.outcomes(profile(f"user-{number}", points=1)) == ["retrying"]
    assert len(moengage.requests) == 1

    cloud.connect(DESTINATION, password=PASSWORD)
    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]


def test_if_the_ledger_is_down_profiles_are_queued(cloud: Cloud, moengage: Simulator) -> None:
    cloud.client("dynamodb").delete_table(TableName=cloud.names["LEDGER_TABLE"])

    assert cloud.outcomes(profile("ada", points=1)) == ["retrying"]
    assert len(moengage.requests) == 0
    assert cloud.backlog() == 1


@pytest.mark.parametrize("name", ["RETRY_QUEUE_URL", "DEAD_LETTER_QUEUE_URL"])
def test_if_a_queue_is_down_custody_is_refused(cloud: Cloud, moengage: Simulator, name: str) -> None:
    cloud.client("sqs").delete_queue(QueueUrl=cloud.names[name])
    moengage.faults.add(kind="status", status=500 if name == "RETRY_QUEUE_URL" else 400)

    answer = cloud.post(profile("ada", points=1))

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_if_the_store_is_down_custody_is_refused(cloud: Cloud) -> None:
    cloud.client("dynamodb").delete_table(TableName=cloud.names["DESTINATIONS_TABLE"])

    answer = cloud.post(profile("ada", points=1))

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_missing_settings_are_named_together(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEDGER_TABLE")
    monkeypatch.delenv("RETRY_QUEUE_URL")
    cloud.forget()

    answer = cloud.post(profile("ada"))

    assert answer.status == 503
    assert "LEDGER_TABLE" in answer.json["detail"]
    assert "RETRY_QUEUE_URL" in answer.json["detail"]


def test_nothing_personal_is_logged(cloud: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    canary = "canary-7f3a"
    person = {"name": {"lastName": canary}}
    for points, fault in enumerate(
        (None, {"status": 500}, {"status": 400, "body": {"status": "fail", "error": {"message": canary}}})
    ):
        moengage.faults.clear()
        if fault:
            moengage.faults.add(kind="status", **fault)
        cloud.post(profile(f"user-{canary}", person=person, points=points, **{canary: canary}))
    cloud.post([canary, profile("bob")])
    cloud.post(f'[{{"{canary}": NaN}}, {{}}]')
    cloud.post(f'{{"{canary}"')
    cloud.post(profile("ada"), authorization=f"Bearer acme.{canary}")
    cloud.post(profile("ada"), authorization=basic(USERNAME, canary))
    cloud.drain()

    logged = "".join(capsys.readouterr())
    assert "profiles received" in logged
    for secret in (canary, TOKEN, PASSWORD):
        assert secret not in logged


def test_strangers_make_no_metrics(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.post(profile("ada"), destination="nobody")
    cloud.post(profile("ada"), authorization="Bearer acme.wrong")

    assert '"_aws"' not in capsys.readouterr().out


def test_received_is_the_sum_of_the_outcomes(
    emulated: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    moengage.faults.add(kind="poison", customer_ids=["bad"])
    emulated.outcomes([profile("ada", points=1), profile(), "nothing", profile("ada", points=2)])
    emulated.outcomes([profile("bad", points=1), profile("bob", points=2)])
    emulated.outcomes(profile("ada", points=2))
    emulated.drain()
    emulated.drain()

    published = totals(capsys.readouterr().out)
    assert published["received"] == 7
    assert sum(published[outcome] for outcome in Outcome) == 7


def test_one_profile_that_no_queue_can_hold_is_rejected_and_spoils_no_other(
    emulated: Cloud, moengage: Simulator
) -> None:
    moengage.faults.add(kind="status", status=503)
    answer = emulated.post([profile("ada", points=1), profile("bob", padding="x" * 1_100_000)])

    assert answer.status == 200, answer.json
    assert [(result["outcome"], result["reason"]) for result in answer.json["results"]] == [
        ("retrying", "transient"),
        ("rejected", "record_too_large"),
    ]
    (letter,) = emulated.dead_letters()
    assert (letter["index"], letter["profile"]) == (1, None)
    assert "1100" in letter["why"]
    assert emulated.backlog() == 1


def test_under_load_profiles_are_queued_before_anything_else_and_sent_in_bulk(
    emulated: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest().queue_first.backlog(ingest().destinations.load("acme").workspace)  # type: ignore[union-attr]
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(DynamoDBTable, "read", lambda *_: pytest.fail("the ledger was read"))
        answers = [emulated.post(profile(f"user-{number}", points=number)) for number in range(3)]

    queued = [{"index": 0, "outcome": "retrying", "reason": "queued"}]
    assert [answer.json["results"] for answer in answers] == [queued] * 3
    assert not moengage.workspace.users
    emulated.drain()
    assert sorted(moengage.workspace.users) == ["user-0", "user-1", "user-2"]


def test_while_ssm_is_throttled_profiles_are_delivered_with_the_last_known_good_configuration(
    cloud: Cloud, moengage: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.outcomes(profile("ada", points=0)) == ["delivered"]
    destinations = ingest().destinations

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "GetParametersByPath")

    monkeypatch.setattr(destinations._ssm, "get_parameters_by_path", refuse)
    for minute in range(1, 10):
        monkeypatch.setattr(destinations._copies, "_clock", lambda: time.time() + 60 * minute)  # noqa: B023 # at once
        assert cloud.outcomes(profile("ada", points=minute)) == ["delivered"]
        assert cloud.post(profile("ada"), authorization="Bearer acme.wrong").status == 401

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    stale = [line for line in lines if "configuration_stale" in line]
    assert len(stale) == 18
    assert {line["destination"] for line in stale} == {"acme"}
    (logged, *_) = [line for line in lines if line.get("message") == "the last known good configuration is used"]
    assert (logged["destination"], logged["problem"], logged["age_seconds"]) == ("acme", "StoreUnavailable", 60)
    assert "ThrottlingException" in logged["because"][0]


def test_after_an_idle_time_kept_connections_are_not_used(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]
    connections, closed = ingest().connections, []
    for client in connections._clients:
        monkeypatch.setattr(
            client, "close", lambda client=client: closed.append(client.meta.service_model.service_name)
        )
    monkeypatch.setattr(connections, "_clock", lambda: time.time() + 60)

    assert cloud.outcomes(profile("ada", points=2)) == ["delivered"]
    assert sorted(closed) == ["dynamodb", "ssm"]
