"""Findings from evidence that no simulator gives."""

from typing import Any

import pytest

from aep_moengage_cli.probing.calls import Reply
from aep_moengage_cli.probing.findings import QUESTIONS, Finding, findings
from aep_moengage_cli.probing.trial import Evidence

OK = Reply(200, {}, {"status": "success"})


def found(evidence: Evidence) -> dict[str, Finding]:
    return {each.name: each for each in findings(evidence)}


def evidence(*, headers: dict[str, str] | None = None, **changes: Any) -> Evidence:
    replies = {"create": Reply(200, headers or {}, {}), "bulk": OK, "get_user": OK}
    return Evidence(replies, **changes)


def test_both_elements_of_a_bulk_lost_without_an_error() -> None:
    finding = found(evidence(attributes={"probe_marker": 2}))["bulk"]
    assert (finding.answer, finding.holds) == ("lost", False)


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, "missing"),
        ({"X-RateLimit-Reset": "30"}, "seconds"),
        ({"x-ratelimit-reset": "1699574400"}, "epoch"),
        ({"x-ratelimit-reset": "soon"}, "unreadable"),
    ],
)
def test_unit_of_the_reset_header(headers: dict[str, str], answer: str) -> None:
    finding = found(evidence(headers=headers))["reset_unit"]
    assert finding.answer == answer
    assert bool(finding.advice) is (not finding.holds)


def test_nothing_seen_is_not_claimed() -> None:
    given = found(Evidence({"create": OK}))
    unseen = given.keys() - {"reset_unit"}
    assert {given[name].answer for name in unseen} == {"unknown"}
    assert {given[name].holds for name in unseen} == {None}


def test_what_does_not_hold_has_advice() -> None:
    for question in QUESTIONS:
        for answer, meaning in question.answers.items():
            assert bool(meaning.advice) is (meaning.holds is False), (question.name, answer)
