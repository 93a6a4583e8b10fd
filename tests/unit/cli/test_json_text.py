"""JSON of commands: characters as they are, wherever they can be written."""

import json

import pytest

from aep_moengage_cli.terminal import json_text

NAMES = {"first_name": "Sørensen", "last_name": "सुनील"}


def test_characters_are_as_they_are() -> None:
    assert '"Sørensen"' in json_text(NAMES)
    assert '"सुनील"' in json_text(NAMES)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp1252"])
def test_json_is_valid_where_characters_are_missing(encoding: str) -> None:
    text = json_text(NAMES, encoding)
    assert json.loads(text.encode(encoding).decode(encoding)) == NAMES


def test_half_a_character_is_escaped() -> None:
    assert json_text("\ud83d") == r'"\ud83d"'
