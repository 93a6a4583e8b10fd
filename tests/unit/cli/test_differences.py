"""The differences of two documents, by field and as a diff."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage_cli.destinations.differences import ChangeKind, Difference, as_lines, differences, summary
from aep_moengage_cli.files.document_yaml import to_yaml

DOCUMENT: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "audiences": [{"id": "seg1", "name": "Gold"}, {"id": "seg2"}],
    "attributes": {"city": "homeAddress.city", "tier": {"source": "tier", "default": "none"}},
    "consent": ["a", "b"],
}


def changed(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT) | fields


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (changed(), []),
        (dict(reversed(list(DOCUMENT.items()))), []),
        (changed(audiences=DOCUMENT["audiences"][::-1]), []),
        (changed(name="Acme 2"), ['name: "Acme" -> "Acme 2"']),
        (changed(audience_events=True), ["audience_events added"]),
        ({name: value for name, value in DOCUMENT.items() if name != "consent"}, ["consent removed"]),
        (changed(consent=["b", "a"]), ['consent: ["a", "b"] -> ["b", "a"]']),
        (
            changed(audiences=[{"id": "seg1", "name": "Golden"}, {"id": "seg2"}]),
            ['audiences[Golden].name: "Gold" -> "Golden"'],
        ),
        (changed(audiences=[{"id": "seg2"}, {"id": "x"}]), ["audiences[Gold] removed", "audiences[x] added"]),
        (changed(attributes={"tier": DOCUMENT["attributes"]["tier"]}), ["attributes.city removed"]),
    ],
)
def test_differences_by_field(after: dict[str, Any], expected: list[str]) -> None:
    assert [str(difference) for difference in differences(DOCUMENT, after)] == expected


def test_same_id_in_another_namespace_is_another_audience() -> None:
    before = changed(audiences=[{"id": "x"}])
    assert differences(before, changed(audiences=[{"id": "x", "namespace": "ups"}])) == [
        Difference("audiences[x].namespace", ChangeKind.ADDED, after="ups")
    ]
    assert [each.kind for each in differences(before, changed(audiences=[{"id": "x", "namespace": "AEP"}]))] == [
        ChangeKind.REMOVED,
        ChangeKind.ADDED,
    ]


def test_true_differs_from_one_and_null_from_absent() -> None:
    assert differences({"a": True}, {"a": 1}) == [Difference("a", ChangeKind.CHANGED, True, 1)]
    assert differences({}, {"a": None}) == [Difference("a", ChangeKind.ADDED)]
    assert differences({"a": None}, {}) == [Difference("a", ChangeKind.REMOVED)]


def test_list_with_a_repeated_id_is_compared_as_a_whole() -> None:
    twice = {"audiences": [{"id": "x"}, {"id": "x"}]}
    assert [each.path for each in differences(twice, {"audiences": [{"id": "x"}]})] == ["audiences"]


def test_summary_is_one_line_and_counts_the_rest() -> None:
    assert summary([]) == "nothing"
    many = changed(attributes={f"a{number}": "x" for number in range(9)})
    assert summary(differences(DOCUMENT, many)) == (
        "attributes.city removed; attributes.tier removed; attributes.a0 added; attributes.a1 added; "
        "attributes.a2 added; attributes.a3 added; and 5 more"
    )
    assert len(summary(differences(DOCUMENT, changed(name="n" * 500)))) < 100


def test_diff_ignores_the_order_of_fields() -> None:
    after = dict(reversed(list(changed(name="Acme 2", audiences=[{"id": "seg2"}, {"id": "x"}]).items())))
    lines = as_lines(DOCUMENT, after, ("version 3", "new"))

    assert lines[:2] == ["--- version 3", "+++ new"]
    marked = [line for line in lines[2:] if line[0] in "+-"]
    assert marked == ["-name: Acme", "+name: Acme 2", "-  - {id: seg1, name: Gold}", "+  - {id: x}"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab: -'", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "b"]), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["id", "audiences", "attributes"]), VALUES)


@given(DOCUMENTS, DOCUMENTS)
def test_diff_and_differences_agree_whether_anything_changed(before: Any, after: Any) -> None:
    assert bool(as_lines(before, after)) == bool(differences(before, after))


@given(DOCUMENTS)
def test_document_does_not_differ_from_itself(document: Any) -> None:
    assert differences(document, json.loads(json.dumps(document))) == []


@given(DOCUMENTS, DOCUMENTS)
def test_differences_are_symmetric(before: Any, after: Any) -> None:
    there = {(each.kind, json.dumps(each.before), json.dumps(each.after)) for each in differences(before, after)}
    back = {(each.kind, json.dumps(each.after), json.dumps(each.before)) for each in differences(after, before)}
    turned = {
        ChangeKind.ADDED: ChangeKind.REMOVED,
        ChangeKind.REMOVED: ChangeKind.ADDED,
        ChangeKind.CHANGED: ChangeKind.CHANGED,
    }
    assert there == {(turned[kind], one, other) for kind, one, other in back}


def test_a_summary_that_is_cut_short_has_what_decides_to_whom_data_is_sent() -> None:
    attributes = {f"a{number}": "x" for number in range(9)}
    found = differences({"attributes": {}}, {"attributes": attributes, "consent": ["consents.marketing.email"]})

    assert summary(found).startswith("consent added; attributes.a0 added; ")


@given(DOCUMENTS)
def test_diff_has_the_lines_of_the_document_as_yaml(document: Any) -> None:
    added = [line[1:] for line in as_lines({}, document)[3:] if not line.startswith("-")]
    assert added == (to_yaml(document).splitlines() if document else [])
