"""Edits of a file's text mean what was asked for, and leave every other line as it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage_cli.files.document_edits import remove_attribute, set_attribute, set_field, set_list
from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.files.places import place_of, places
from aep_moengage_cli.files.yaml12 import construct, parse

NAMES = st.text("ab: #-'\"{}é1", min_size=1, max_size=4)
ATTRIBUTES = st.dictionaries(NAMES, st.sampled_from(["a.b", "1", "no", {"source": "a", "type": "date"}]), max_size=4)
TEXT = """\
# first
id: acme
attributes:
    # before a
    a: x.a   # beside a

    b:
      source: x.b
      type: number
    # before c
    c: {source: x.c}
consent: []  # last
"""


def content(text: str) -> Any:
    return construct(parse(text))


@given(ATTRIBUTES, NAMES, st.sampled_from(["x.y", {"source": "x", "default": 1}]))
def test_attribute_is_set_whatever_its_name(attributes: dict[str, Any], name: str, value: Any) -> None:
    text = to_yaml({"id": "acme", "attributes": attributes, "consent": []})
    assert content(set_attribute(text, name, value))["attributes"] == attributes | {name: value}


@given(ATTRIBUTES, st.data())
def test_attribute_is_renamed_and_removed(attributes: dict[str, Any], data: st.DataObject) -> None:
    text = to_yaml({"id": "acme", "attributes": attributes})
    old = data.draw(st.sampled_from([*attributes, "missing"]))
    new = data.draw(NAMES)
    others = {name: part for name, part in attributes.items() if name != old}
    assert content(remove_attribute(text, old)) == {"id": "acme", "attributes": others}
    renamed = content(set_attribute(text, new, "x", before=old))["attributes"]
    assert renamed == {name: part for name, part in others.items() if name != new} | {new: "x"}


@pytest.mark.parametrize(
    ("edited", "gone", "new"),
    [
        (set_attribute(TEXT, "a", "y.a"), ["    a: x.a   # beside a"], ["    a: y.a   # beside a"]),
        (set_attribute(TEXT, "a", "z: #"), ["    a: x.a   # beside a"], ["    a: 'z: #'   # beside a"]),
        (set_attribute(TEXT, "b", "y.b"), ["    b:", "      source: x.b", "      type: number"], ["    b: y.b"]),
        (set_attribute(TEXT, "d", "y.d"), [], ["    d: y.d"]),
        (remove_attribute(TEXT, "c"), ["    c: {source: x.c}"], []),
        (set_field(TEXT, "audiences", "all"), [], ["audiences: all"]),
        (set_field(TEXT, "id", "other"), ["id: acme"], ["id: other"]),
    ],
    ids=["set", "set with a sign of a comment", "set a block", "add", "remove", "add a field", "set a field"],
)
def test_other_lines_stay(edited: str, gone: list[str], new: list[str]) -> None:
    before, after = TEXT.splitlines(), edited.splitlines()
    assert [line for line in before if line not in after] == gone
    assert [line for line in after if line not in before] == new


LIST = """\
audiences:  # who is sent
    # the first
    - {id: a, name: A}   # beside a
    # before b
    - id: b
      name: B  # of b

    - {id: c}
    # after c
id: acme
"""
A, B, C, D = {"id": "a", "name": "A"}, {"id": "b", "name": "B"}, {"id": "c"}, {"id": "d"}


@pytest.mark.parametrize(
    ("after", "gone", "new"),
    [
        ([A, B, C, D], [], ["    - {id: d}"]),
        ([D, A, B, C], [], ["    - {id: d}"]),
        ([A, C], ["    - id: b", "      name: B  # of b"], []),
        ([B, C], ["    - {id: a, name: A}   # beside a"], []),
        (
            [A | {"name": "New"}, B, C],
            ["    - {id: a, name: A}   # beside a"],
            ["    - {id: a, name: New}   # beside a"],
        ),
        ([A, B | {"name": "New"}, C], ["    - id: b", "      name: B  # of b"], ["    - {id: b, name: New}"]),
    ],
    ids=["add", "add before", "remove a block", "remove", "rename", "rename a block"],
)
def test_other_items_of_a_list_keep_their_lines(after: list[Any], gone: list[str], new: list[str]) -> None:
    edited = set_list(LIST, "audiences", after)
    assert content(edited) == {"audiences": after, "id": "acme"}
    assert [line for line in LIST.splitlines() if line not in edited.splitlines()] == gone
    assert [line for line in edited.splitlines() if line not in LIST.splitlines()] == new


ITEMS = st.lists(st.sampled_from([A, B, C, D, {"id": "#", "name": "x: #"}, {"id": "", "name": "y" * 120}]), max_size=4)


@given(ITEMS, ITEMS, st.sampled_from(["", "\n", "# end", "id: acme\n"]), st.booleans())
def test_list_is_set_whatever_it_was(before: list[Any], after: list[Any], end: str, commented: bool) -> None:
    text = to_yaml({"audiences": before}).replace("\n", " # c\n" if commented else "\n") + end
    assert content(set_list(text, "audiences", after))["audiences"] == after


@pytest.mark.parametrize(
    "text", ["id: acme\n", "audiences: all\n", "audiences: [{id: a}]\n", "audiences:\n-\n  id: a\n"]
)
def test_list_without_lines_of_its_own_is_written_anew(text: str) -> None:
    assert content(set_list(text, "audiences", [A, D]))["audiences"] == [A, D]
    assert content(set_list(text, "audiences", []))["audiences"] == []


@pytest.mark.parametrize("text", ["# kept\nid: acme  # kept\n", "# kept\nid: acme  # kept\nattributes: {}\n"])
def test_first_attribute_and_the_last_leave_the_comments(text: str) -> None:
    added = set_attribute(text, "a", "x.a")
    assert added == "# kept\nid: acme  # kept\nattributes:\n  a: x.a\n"
    assert remove_attribute(added, "a") == "# kept\nid: acme  # kept\nattributes: {}\n"


@pytest.mark.parametrize("text", ['{"id": "acme", "attributes": {"a": "x"}, "audiences": [{"id": "a"}]}', "{}"])
def test_json_is_rewritten(text: str) -> None:
    assert content(set_attribute(text, "b", "y"))["attributes"]["b"] == "y"
    assert content(set_list(text, "audiences", [A]))["audiences"] == [A]
    assert content(set_field(text, "audiences", "all"))["audiences"] == "all"


def test_first_attribute_is_added() -> None:
    assert content(set_attribute("id: acme\n", "a", "x.a")) == {"id": "acme", "attributes": {"a": "x.a"}}
    assert content(set_attribute("attributes: {}\n", "a", "x.a")) == {"attributes": {"a": "x.a"}}


def test_place_of_a_missing_field_is_that_of_the_part_around_it() -> None:
    found = places(TEXT)
    assert place_of("attributes.b.type", found)[:2] == (8, 6)
    assert place_of("attributes.b.unit", found)[:2] == (6, 4)
    assert place_of("identities", found)[:2] == (0, 0)
