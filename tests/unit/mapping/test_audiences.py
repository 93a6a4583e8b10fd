"""Audiences: what a message says of the activated ones. Of an audience that it does not name it says nothing."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.given import RECEIVED_MS, codes, decide, payload, profile

from aep_moengage.document.destination import Audience
from aep_moengage.mapping.audiences import Activation, Statement, short_key

QUALIFIED = "2024-03-02T11:22:33Z"
DAY_MS = 86_400_000
words = st.text(st.characters(exclude_characters="\0"))


def ms(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


def entry(status: str | None = "realized", **fields: Any) -> dict[str, Any]:
    return {"lastQualificationTime": QUALIFIED, **({"status": status} if status else {}), **fields}


def stated(segment_membership: Any, **changes: Any) -> tuple[Statement, ...]:
    return decide(profile(segmentMembership=segment_membership), **changes).statements


def about_one(**fields: Any) -> tuple[tuple[bool, int] | None, list[str]]:
    """What a profile says of its one audience (in or out, since when), and the warnings."""
    decision = decide(profile(segmentMembership={"ups": {"a": fields}}))
    assert all(warning.field == "AEP Segment" for warning in decision.warnings)
    said = [(each.inside, each.since) for each in decision.statements]
    return (said[0] if said else None), codes(decision)


@pytest.mark.parametrize("status", ["realized", "existing", "Realized", " EXISTING\n", None])
def test_realized_existing_and_no_status_are_in(status: Any) -> None:
    assert about_one(status=status, lastQualificationTime=QUALIFIED) == ((True, ms(QUALIFIED)), [])


def test_a_missing_status_is_in() -> None:
    assert about_one(lastQualificationTime=QUALIFIED) == ((True, ms(QUALIFIED)), [])


@pytest.mark.parametrize("status", ["exited", "EXITED", " Exited ", "exited\t"])
def test_exited_is_out_whatever_its_case_and_blanks(status: str) -> None:
    assert about_one(status=status, lastQualificationTime=QUALIFIED) == ((False, ms(QUALIFIED)), [])


@pytest.mark.parametrize("status", ["exiting", "removed", "", " ", "left", "realized.", 0, True, [], {}, ["exited"]])
def test_any_other_status_says_nothing_and_warns(status: Any) -> None:
    assert about_one(status=status) == (None, ["audience_status_unknown"])


def test_an_unknown_status_spoils_no_other_audience() -> None:
    decision = decide(profile(segmentMembership={"ups": {"a": entry("exiting"), "b": entry(), "c": entry("exited")}}))
    assert {each.key[1]: each.inside for each in decision.statements} == {"b": True, "c": False}


def test_only_activated_audiences_count_and_namespaces_compare_without_case() -> None:
    found = stated(
        {"UPS": {"a": entry(), "b": entry()}, "externalAudiences": {"c": entry("exited"), "a": entry()}},
        audiences=[{"id": "a", "name": "Gold"}, {"id": "c", "name": "Silver", "namespace": "ExternalAudiences"}],
    )
    assert {each.key: each.inside for each in found} == {("ups", "a"): True, ("externalaudiences", "c"): False}


def test_all_means_every_namespace() -> None:
    found = stated({"ups": {"a": entry()}, "AAM": {"b": entry()}, "CustomerAudienceUpload": {"c": entry("exited")}})
    assert [each.key for each in found] == [("ups", "a"), ("aam", "b"), ("customeraudienceupload", "c")]


@pytest.mark.parametrize("thing", [None, [], "ups", {"ups": None}, {"ups": []}, {"ups": {"a": None, "b": "realized"}}])
def test_anything_that_is_not_a_membership_says_nothing(thing: Any) -> None:
    decision = decide(profile(segmentMembership=thing))
    assert (decision.statements, decision.warnings) == ((), ())


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Gold", "Gold"),
        (" Gold members ", "Gold members"),
        ("\u00a0Gold\n", "Gold"),
        ('Men\'s "Big & Tall" <20% off> 🎉', 'Men\'s "Big & Tall" <20% off> 🎉'),
        (None, None),
        ("", None),
        (" ", None),
        (7, None),
    ],
)
def test_a_payloads_name_is_trimmed_and_otherwise_kept(sent: Any, name: str | None) -> None:
    assert [each.name for each in stated({"ups": {"a": entry(name=sent)}})] == [name]


def test_a_name_beyond_the_limit_is_cut() -> None:
    decision = decide(profile(segmentMembership={"ups": {"a": entry(name="n" * 600), "b": entry(name="n" * 512)}}))
    assert [each.name for each in decision.statements] == ["n" * 512] * 2
    assert codes(decision) == ["audience_name_truncated"]


def test_warnings_are_about_the_audience_attribute_and_come_once() -> None:
    decision = decide(
        profile(segmentMembership={"ups": {"a": entry("exiting"), "b": entry("removed")}}),
        audience_attribute="AEPSegments",
    )
    assert [(each.code, each.field) for each in decision.warnings] == [("audience_status_unknown", "AEPSegments")]


@pytest.mark.parametrize(
    ("time", "since"),
    [
        ("2024-03-02T11:22:33Z", "2024-03-02T11:22:33Z"),
        ("2024-03-02T11:22:33.591Z", "2024-03-02T11:22:33.591Z"),
        ("2024-03-02T11:22:33+0530", "2024-03-02T05:52:33Z"),
        ("2024-03-02 11:22:33", "2024-03-02T11:22:33Z"),
        (1709378553000, "2024-03-02T11:22:33Z"),
        ("1709378553000", "2024-03-02T11:22:33Z"),
        ("1969-12-31T00:00:00Z", "1970-01-01T00:00:00.001Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z"),
    ],
)
def test_the_qualification_time_is_read_in_aeps_formats(time: Any, since: str) -> None:
    assert about_one(lastQualificationTime=time) == ((True, ms(since)), [])


def test_the_older_field_for_the_time_is_read_too() -> None:
    assert about_one(**{"xdm:timestamp": "2020-01-01T00:00:00Z"}) == ((True, ms("2020-01-01T00:00:00Z")), [])


@pytest.mark.parametrize("time", [None, "", 0])
@pytest.mark.parametrize("status", ["realized", "exited"])
def test_a_missing_time_is_the_time_of_receipt(time: Any, status: str) -> None:
    assert about_one(status=status) == ((status == "realized", RECEIVED_MS), [])
    assert about_one(status=status, lastQualificationTime=time) == ((status == "realized", RECEIVED_MS), [])


@pytest.mark.parametrize("time", [RECEIVED_MS + 1, "2026-01-01T00:00:00.001Z", "2999-01-01T00:00:00Z", "never", 7])
@pytest.mark.parametrize("status", ["realized", "exited"])
def test_a_time_in_the_future_or_no_time_is_the_time_of_receipt_and_warns(time: Any, status: str) -> None:
    said = about_one(status=status, lastQualificationTime=time)
    assert said == ((status == "realized", RECEIVED_MS), ["audience_time_unusable"])


def test_a_time_of_right_now_is_taken_as_it_is() -> None:
    assert about_one(lastQualificationTime=RECEIVED_MS) == ((True, RECEIVED_MS), [])


@pytest.mark.parametrize("late_ms", [0, 1, 30 * DAY_MS])
def test_a_membership_whose_validity_is_over_is_out_since_then(late_ms: int) -> None:
    until = RECEIVED_MS - late_ms
    said = about_one(status="realized", lastQualificationTime=until - DAY_MS, validUntil=until)
    assert said == ((False, until), ["audience_expired"])


def test_a_validity_that_ended_before_the_qualification_ends_with_it() -> None:
    said = about_one(status="realized", lastQualificationTime=RECEIVED_MS - 1, validUntil=RECEIVED_MS - DAY_MS)
    assert said == ((False, RECEIVED_MS - 1), ["audience_expired"])


@pytest.mark.parametrize("until", [RECEIVED_MS + 1, "2999-01-01T00:00:00Z", None, "never", []])
def test_a_validity_that_is_not_over_or_not_readable_changes_nothing(until: Any) -> None:
    assert about_one(status="existing", lastQualificationTime=QUALIFIED, validUntil=until) == (
        (True, ms(QUALIFIED)),
        [],
    )


def test_an_exit_needs_no_warning_about_its_validity() -> None:
    said = about_one(status="exited", lastQualificationTime=QUALIFIED, validUntil=QUALIFIED)
    assert said == ((False, ms(QUALIFIED)), [])


def test_a_payload_with_names() -> None:
    found = stated(payload("http_api_segment_names")["segmentMembership"])
    assert {each.key[1]: (each.inside, each.since, each.name) for each in found} == {
        "5b998cb9-9488-4ec3-8d95-fa8338ced490": (True, ms("2019-04-15T02:41:50Z"), "First name equals John"),
        "354e086f-2e11-49a2-9e39-e5d9a76be683": (True, ms("2020-04-15T02:41:50Z"), None),
    }


def test_an_activation_knows_its_audiences_by_namespace_and_id_and_trims_their_names() -> None:
    activation = Activation((Audience(id="a", name=" Gold "), Audience(id="b", namespace="AAM")))

    assert ("ups", "a") in activation
    assert ("aam", "b") in activation
    assert ("ups", "b") not in activation
    assert (activation.name(("ups", "a")), activation.name(("aam", "b")), activation.name(("ups", "c"))) == (
        "Gold",
        None,
        None,
    )
    assert activation.file_names == {short_key(("ups", "a")): "Gold", short_key(("aam", "b")): None}


def test_an_activation_of_everything_has_every_audience_and_names_none() -> None:
    activation = Activation("all")

    assert ("any", "thing") in activation
    assert (activation.everything, activation.file_names) == (True, {})


@given(st.tuples(words, words), st.tuples(words, words))
def test_a_short_key_is_six_bytes_that_tell_audiences_apart(one: tuple[str, str], another: tuple[str, str]) -> None:
    assert len(short_key(one)) == 6
    assert (short_key(one) == short_key(another)) is (one == another)


def test_a_lone_surrogate_in_an_audience_id_has_a_short_key() -> None:
    assert short_key(("ups", "\ud83d")) != short_key(("ups", "\ud83e"))
