"""Bad input at ingest's door: each gets its status and a sentence that says what to do, and nothing given is lost."""

import base64
import json
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, TOKEN, Cloud, http_event, profile

from aep_moengage.functions import ingest
from aep_moengage_dev.simulator.simulator import Simulator

HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
PATH = "/destinations/acme/profiles"


def encoded(body: bytes | str) -> dict[str, Any]:
    """An event whose body is given as the gateway gives one that it takes for binary."""
    text = body if isinstance(body, str) else base64.b64encode(body).decode()
    return http_event(PATH, "POST", HEADERS, "") | {"body": text, "isBase64Encoded": True}


def nested(depth: int) -> str:
    return json.dumps(profile("ada")).removesuffix("}") + ', "deep": ' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "JSON"),
        ("{", "line 1 column 2"),
        ('{"a": 1,}', "JSON"),
        ("{} {}", "JSON"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": 1' + "0" * 5000 + "}", "digits"),
        ("null", "array of profiles"),
        ("3", "array of profiles"),
        ('"text"', "array of profiles"),
        ('{"profiles": {}}', "`profiles` is not an array"),
        ('{"profiles": null}', "`profiles` is not an array"),
        (nested(300), "deeper than 200 levels"),
        (nested(100_000), "deeper than 200 levels"),
    ],
    ids=lambda value: value[:30],
)
def test_a_body_without_profiles_is_told_what_is_wrong_and_what_to_do(cloud: Cloud, body: str, says: str) -> None:
    answer = cloud.post(body)

    assert answer.status == 400
    assert says in answer.json["detail"]
    assert answer.json["detail"].endswith("Nothing of it was taken; correct it and send it again.")


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', "not base64!", "YQ"], ids=["not UTF-8", "not base64", "cut short"])
def test_a_body_that_is_no_text_is_malformed(cloud: Cloud, body: bytes | str) -> None:
    answer = cloud.call(encoded(body))

    assert answer.status == 400, answer.json
    assert "correct it" in answer.json["detail"]


def test_a_body_in_base64_is_read(cloud: Cloud, moengage: Simulator) -> None:
    assert cloud.call(encoded(json.dumps(profile("ada", points=1), ensure_ascii=False).encode())).status == 200
    assert "ada" in moengage.workspace.users


def test_a_request_without_a_body_is_malformed(cloud: Cloud) -> None:
    event = http_event(PATH, "POST", HEADERS, "")
    del event["body"]

    assert cloud.call(event).status == 400


@pytest.mark.parametrize("body", [[], {"profiles": []}])
def test_an_empty_batch_is_taken_as_what_it_is(cloud: Cloud, body: Any) -> None:
    answer = cloud.post(body)

    assert (answer.status, answer.json) == (200, {"received": 0, "results": []})


def test_the_largest_body_is_taken_and_a_larger_one_says_how_large_it_may_be(cloud: Cloud) -> None:
    shell = json.dumps([profile()])
    room = ingest.LARGEST_BODY - len(shell)

    assert cloud.post(shell + " " * room).status == 200
    answer = cloud.post(shell + " " * (room + 1))
    assert answer.status == 413
    assert str(ingest.LARGEST_BODY) in answer.json["detail"]
    assert "in several requests" in answer.json["detail"]


def test_of_a_repeated_key_the_last_counts(cloud: Cloud, moengage: Simulator) -> None:
    body = json.dumps(profile("ada")).removesuffix("}") + ', "points": 1, "points": 2}'

    assert cloud.outcomes(body) == ["delivered"]
    assert moengage.workspace.users["ada"].attributes == {"points": 2}


@pytest.mark.parametrize("wrong", [None, 3, True, "text", [], [profile("ada")]], ids=repr)
def test_what_is_no_profile_is_dead_and_its_neighbours_are_delivered(
    emulated: Cloud, moengage: Simulator, wrong: Any
) -> None:
    assert emulated.outcomes([profile("ada"), wrong, profile("bob")]) == ["delivered", "rejected", "delivered"]
    assert [letter["profile"] for letter in emulated.dead_letters()] == [wrong]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identityMap", []),
        ("identityMap", {"crmid": {"id": {"id": 1}}}),
        ("segmentMembership", [1]),
        ("segmentMembership", {"ups": {"a": "realized"}}),
        ("attributes", "text"),
        ("person", 3),
        ("person", {"name": ["x"]}),
        ("points", {"much": [None]}),
    ],
    ids=str,
)
def test_fields_of_the_wrong_type_spoil_only_themselves(
    cloud: Cloud, moengage: Simulator, field: str, value: Any
) -> None:
    sent = profile("ada", points=1, person={"name": {"lastName": "Lovelace"}}) | {field: value}
    outcome = "skipped" if field == "identityMap" else "delivered"

    assert cloud.outcomes(sent) == [outcome]
    assert moengage.workspace.violations == []


@pytest.mark.parametrize("destination", ["nobody", "ACME", "a" * 64, "acme%2F..", "..", "tokens"])
def test_an_unknown_destination_is_not_found_and_says_what_to_check(cloud: Cloud, destination: str) -> None:
    answer = cloud.post(profile("ada"), destination=destination)

    assert answer.status == 404
    assert "Check the URL, or create it with" in answer.json["detail"] or "Post profiles to" in answer.json["detail"]


def test_a_destination_without_tokens_lets_nobody_in(cloud: Cloud) -> None:
    cloud.connect(DESTINATION | {"id": "bare"}, password=None, tokens=())

    answer = cloud.post(profile("ada"), destination="bare", authorization="Bearer bare.token")
    assert answer.status == 401
    assert "aep-moengage connect" in answer.json["detail"]


def test_a_stored_destination_that_cannot_be_read_takes_no_custody(cloud: Cloud) -> None:
    cloud.connect(DESTINATION | {"region": "99"})

    answer = cloud.post(profile("ada"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("setting", ["DESTINATIONS_TABLE", "DEAD_LETTER_QUEUE_URL", "PARAMETER_PATH", "ALLOWED_CIDRS"])
def test_a_missing_or_wrong_setting_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    if setting == "ALLOWED_CIDRS":
        monkeypatch.setenv(setting, "300.0.0.0/8")
    else:
        monkeypatch.delenv(setting)
    cloud.forget()

    answer = cloud.post(profile("ada"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert setting in answer.json["detail"]


def test_without_its_region_the_function_takes_no_custody(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    cloud.forget()

    assert cloud.post(profile("ada")).status == 503


def test_every_refusal_is_a_problem_that_says_what_to_do(cloud: Cloud) -> None:
    for answer in (
        cloud.post("{"),
        cloud.post(profile("ada"), authorization=None),
        cloud.post(profile("ada"), destination="nobody"),
        cloud.post(json.dumps("x" * (ingest.LARGEST_BODY + 1))),
    ):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert len(answer.json["detail"].split()) > 5
        assert TOKEN not in json.dumps(answer.json)
    assert (cloud.backlog(), cloud.dead_letters()) == (0, [])


def test_strangers_learn_nothing_about_how_a_body_is_encoded(cloud: Cloud) -> None:
    assert cloud.call(encoded("not base64!") | {"headers": {}}).status == 401


def test_why_custody_was_refused_is_logged_as_kinds_of_errors(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.client("dynamodb").delete_table(TableName=cloud.names["DESTINATIONS_TABLE"])
    cloud.post(profile("ada"))

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "request not taken" in line]
    assert line["problem"] == "StoreUnavailable"
    assert [cause.partition(" at ")[0] for cause in line["because"]] == [
        "GetParameterError",
        "ResourceNotFoundException",
    ]
    assert "destination_store.py:" in line["where"]
