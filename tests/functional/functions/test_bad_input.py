"""Bad input to ingest: each gets its status and a sentence that says what to do, and no accepted profile is lost."""

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable
from copy import replace
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, TOKEN, Cloud, http_event
from tests.profiles import profile

from aep_moengage.delivery.results import Result
from aep_moengage.functions.content import LARGEST_BODY
from aep_moengage.functions.ingest import FITS_THE_BUDGET, MOST_PROFILES, Ingest
from aep_moengage.outcomes import Outcome, RejectReason, WarningCode
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
        ('{"identityMap": {}}\n{"identityMap": {}}\n', "several JSON documents"),
        ('{"records": [{"data": "e30="}]}', "Firehose"),
        ('{"eventType": "a", "timestamp": "b", "identityMap": {}}', "XDM event"),
        ('[null, "text"]', "no JSON object"),
        ('[{"a": NaN}]', "NaN"),
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
def test_a_body_without_profiles_is_refused_with_what_is_wrong_and_what_to_do(
    cloud: Cloud, body: str, says: str
) -> None:
    answer = cloud.post(body)

    assert answer.status == 400
    assert says in answer.json["detail"]
    assert answer.json["detail"].endswith("Nothing was accepted. Correct the body and send it again.")


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', "not base64!", "YQ"], ids=["not UTF-8", "not base64", "cut short"])
def test_a_body_that_is_no_text_is_malformed(cloud: Cloud, body: bytes | str) -> None:
    answer = cloud.call(encoded(body))

    assert answer.status == 400, answer.json
    assert "Correct the body" in answer.json["detail"]


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)],
    ids=lambda value: value,
)
def test_a_body_in_base64_is_read_compressed_or_not(
    cloud: Cloud, moengage: Simulator, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    event = encoded(compress(json.dumps(profile("ada", points=1), ensure_ascii=False).encode()))
    event["headers"] = HEADERS | ({"content-encoding": encoding} if encoding else {})

    assert cloud.call(event).status == 200
    assert "ada" in moengage.workspace.users


def test_another_content_encoding_is_refused_and_says_which_are_read(cloud: Cloud) -> None:
    answer = cloud.call(encoded(b"x") | {"headers": HEADERS | {"content-encoding": "br"}})

    assert answer.status == 415
    assert "gzip, deflate" in answer.json["detail"]


def test_a_small_body_that_would_fill_the_memory_is_too_large(cloud: Cloud) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    answer = cloud.call(encoded(bomb) | {"headers": HEADERS | {"content-encoding": "gzip"}})

    assert answer.status == 413


def test_a_byte_order_mark_is_ignored(cloud: Cloud) -> None:
    assert cloud.outcomes("\ufeff" + json.dumps(profile("ada"))) == ["delivered"]


def test_the_path_may_end_with_a_slash(cloud: Cloud) -> None:
    event = http_event(f"{PATH}/", "POST", HEADERS, json.dumps(profile("ada")))

    assert cloud.call(event).json["results"] == [{"index": 0, "outcome": "delivered"}]


def test_a_request_has_at_most_ten_thousand_profiles(cloud: Cloud) -> None:
    cloud.connect(DESTINATION, paused=True)

    assert cloud.post([profile()] * MOST_PROFILES).status == 200
    answer = cloud.post([profile()] * (MOST_PROFILES + 1))
    assert answer.status == 413
    assert f"at most {MOST_PROFILES}" in answer.json["detail"]


def test_the_largest_answer_fits_into_what_lambda_returns(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # the longest words; larger requests are queued as a whole, before there are any warnings
    results = [Result(Outcome.SUPERSEDED, RejectReason.INVALID_CUSTOMER_ID)] * MOST_PROFILES
    results[:FITS_THE_BUDGET] = [replace(results[0], warnings=tuple(WarningCode))] * FITS_THE_BUDGET
    monkeypatch.setattr(Ingest, "take", lambda *_: results)

    answer = cloud.post([])
    assert answer.json["received"] == MOST_PROFILES
    assert len(json.dumps(answer.json)) * 2 < 6_000_000, "quotes are escaped once more on the way"


@pytest.mark.parametrize("body", ['"' * (LARGEST_BODY - 2), json.dumps(['"' * (LARGEST_BODY // 2 - 40), profile()])])
def test_a_body_full_of_quotes_just_under_the_limit_is_answered_in_time(cloud: Cloud, body: str) -> None:
    cloud.connect(DESTINATION, paused=True)
    started = time.process_time()

    assert cloud.post(body).status in {200, 400}
    assert time.process_time() - started < 2


def test_a_request_without_a_body_is_malformed(cloud: Cloud) -> None:
    event = http_event(PATH, "POST", HEADERS, "")
    del event["body"]

    assert cloud.call(event).status == 400


@pytest.mark.parametrize("body", [[], {"profiles": []}])
def test_an_empty_batch_is_accepted_with_no_results(cloud: Cloud, body: Any) -> None:
    answer = cloud.post(body)

    assert (answer.status, answer.json) == (200, {"received": 0, "results": []})


def test_the_largest_body_is_accepted_and_a_larger_one_is_refused_with_the_limit(cloud: Cloud) -> None:
    shell = json.dumps([profile()])
    room = LARGEST_BODY - len(shell)

    assert cloud.post(shell + " " * room).status == 200
    answer = cloud.post(shell + " " * (room + 1))
    assert answer.status == 413
    assert str(LARGEST_BODY) in answer.json["detail"]
    assert "in several requests" in answer.json["detail"]


def test_the_last_of_a_repeated_key_counts(cloud: Cloud, moengage: Simulator) -> None:
    body = json.dumps(profile("ada")).removesuffix("}") + ', "points": 1, "points": 2}'

    assert cloud.outcomes(body) == ["delivered"]
    assert moengage.workspace.users["ada"].attributes == {"points": 2}


@pytest.mark.parametrize("wrong", [None, 3, True, "text", [], [profile("ada")]], ids=repr)
def test_an_element_that_is_no_profile_is_rejected_and_its_neighbors_are_delivered(
    emulated: Cloud, moengage: Simulator, wrong: Any
) -> None:
    assert emulated.outcomes([profile("ada"), wrong, profile("bob")]) == ["delivered", "rejected", "delivered"]
    assert [letter["profile"] for letter in emulated.dead_letters()] == [wrong]


def test_many_elements_that_are_no_profiles_share_dead_letters(emulated: Cloud, moengage: Simulator) -> None:
    body = [profile("ada"), *range(MOST_PROFILES - 1)]

    assert emulated.post(body).status == 200
    emulated.drain()
    (letter,) = emulated.dead_letters()
    assert (letter["index"], letter["profile"], letter["reason"]) == (1, 0, "not_a_profile")
    assert letter["others"] == [[index + 1, index] for index in range(1, MOST_PROFILES - 1)]
    assert "ada" in moengage.workspace.users


@pytest.mark.parametrize(
    "bad",
    ['{"a": NaN}', '{"a": 1' + "0" * 4400 + "}", '{"a":' * 210 + "1" + "}" * 210],
    ids=["NaN", "4,400 digits", "210 levels"],
)
def test_a_profile_that_cannot_be_read_is_rejected_with_its_text_and_spoils_no_other(
    emulated: Cloud, moengage: Simulator, bad: str
) -> None:
    good = json.dumps(profile("ada")), json.dumps(profile("bob"))

    assert emulated.outcomes(f"[{good[0]}, {bad}, {good[1]}]") == ["delivered", "rejected", "delivered"]
    (letter,) = emulated.dead_letters()
    assert (letter["profile"], letter["reason"]) == (bad, "not_a_profile")
    assert "NaN or Infinity, numbers of over 4,300 digits, or more than 200 levels" in letter["why"]


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


@pytest.mark.parametrize("destination", ["nobody", "ACME", "a" * 64, "..", "tokens"])
@pytest.mark.parametrize("authorization", [None, "Bearer nobody.made-up", "Bearer x", "Basic QUNNRTEyMzQ6eA=="])
def test_strangers_cannot_find_out_which_destinations_there_are(
    cloud: Cloud, destination: str, authorization: str | None
) -> None:
    unknown = cloud.post(profile("ada"), destination=destination, authorization=authorization)
    known = cloud.post(profile("ada"), authorization=authorization)

    assert (unknown.status, unknown.json, unknown.headers) == (401, known.json, known.headers)


def test_the_token_of_one_destination_does_not_open_another(cloud: Cloud) -> None:
    assert cloud.post(profile("ada"), destination="nobody").status == 403


def test_a_destination_without_tokens_lets_nobody_in(cloud: Cloud) -> None:
    cloud.connect(DESTINATION | {"id": "bare"}, password=None, tokens=())

    answer = cloud.post(profile("ada"), destination="bare", authorization="Bearer bare.token")
    assert answer.status == 401
    assert "aep-moengage connect" in answer.json["detail"]


def test_a_document_with_errors_takes_no_custody_and_is_logged(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.connect(DESTINATION | {"region": "99"})

    answer = cloud.post(profile("ada"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.json["title"] == "Destination document cannot be used"
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "document cannot be used" in line]
    assert (line["level"], line["destination"], line["faults"]) == ("ERROR", "acme", ["region: unknown_region"])


@pytest.mark.parametrize("setting", ["DESTINATIONS_TABLE", "DEAD_LETTER_QUEUE_URL", "PARAMETER_PATH"])
def test_a_missing_setting_is_named_by_every_answer_and_by_health(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.delenv(setting)
    cloud.forget()

    for answer in (cloud.post(profile("ada")), cloud.call(http_event("/health", "GET", {}, ""))):
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert setting in answer.json["detail"]


def test_a_wrong_network_fails_health_and_only_callers_outside_the_others(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_CIDRS", "300.0.0.0/8, 203.0.113.5/24")
    cloud.forget()

    assert cloud.post(profile("ada"), source_ip="203.0.113.7").status == 200
    outside = cloud.post(profile("ada"), source_ip="198.51.100.7")
    for answer in (outside, cloud.call(http_event("/health", "GET", {}, ""))):
        assert answer.status == 503
        assert "ALLOWED_CIDRS" in answer.json["detail"]
        assert "300" not in answer.json["detail"]
    assert cloud.drain() == []


def test_without_its_region_the_function_takes_no_custody(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    cloud.forget()

    assert cloud.post(profile("ada")).status == 503


def test_every_refusal_is_a_problem_that_says_what_to_do(cloud: Cloud) -> None:
    for answer in (
        cloud.post("{"),
        cloud.post(profile("ada"), authorization=None),
        cloud.post(profile("ada"), destination="nobody"),
        cloud.post(json.dumps("x" * (LARGEST_BODY + 1))),
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
    assert [cause.partition(" at ")[0] for cause in line["because"]] == ["ResourceNotFoundException"]
    assert "destination_store.py:" in line["where"]
