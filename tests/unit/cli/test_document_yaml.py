"""A document as YAML reads back unchanged, and looks as an operator would write it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage_cli.files.document_yaml import to_yaml
from aep_moengage_cli.files.documents import read_destination, read_value
from aep_moengage_dev.project import PROJECT

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_json_value_reads_back(value: Any) -> None:
    assert json.dumps(read_value(to_yaml(value)), sort_keys=True) == json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("name", ["destination.yaml", "destination-full.yaml"])
def test_destination_reads_back(name: str, tmp_path: Path) -> None:
    destination, document = read_destination(PROJECT / "events" / name)
    file = tmp_path / "shown.yaml"
    file.write_text(to_yaml(json.loads(document)))

    again, reread = read_destination(file)
    assert again == destination
    assert json.loads(reread) == json.loads(document)


def test_short_values_are_on_one_line() -> None:
    document = {
        "region": "03",
        "audiences": [{"id": "seg1", "name": "Gold"}, {"id": "seg2", "name": "n" * 120}],
        "identities": {"user_id": "crmid", "anonymous_id": ["ECID", {"attribute": "_id"}]},
        "since": "2026-11-24",
        "consent": [],
    }
    assert to_yaml(document) == (
        "region: '03'\n"
        "audiences:\n"
        "  - {id: seg1, name: Gold}\n"
        "  - id: seg2\n"
        f"    name: {'n' * 120}\n"
        "identities:\n"
        "  user_id: crmid\n"
        "  anonymous_id: [ECID, {attribute: _id}]\n"
        "since: '2026-11-24'\n"
        "consent: []\n"
    )


def test_repeated_value_is_written_twice() -> None:
    part = {"source": "a", "transform": ["x" * 60, "y" * 60]}
    assert "&" not in to_yaml({"attributes": {"one": part, "two": part}})
