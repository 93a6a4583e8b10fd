"""Event files: byte order marks, lines of profiles, several documents in one file."""

import json
from pathlib import Path

import pytest

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import read_bodies, read_profiles
from aep_moengage_dev.project import PROJECT

FIELD = PROJECT / "tests" / "field"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def profiles(file: Path) -> list[object]:
    return [profile for _, profile in read_profiles([str(file)])]


@pytest.mark.parametrize("name", ["http_api_default.json", "apigateway-profile.json", "sqs-retry.json"])
def test_byte_order_mark_is_skipped(tmp_path: Path, name: str) -> None:
    event = PROJECT / "events" / name
    marked = tmp_path / name
    marked.write_bytes(BYTE_ORDER_MARK + event.read_bytes())
    assert profiles(marked) == profiles(event)


@pytest.mark.parametrize("name", ["profiles.jsonl", "profiles.ndjson", "PROFILES.NDJSON"])
def test_file_with_a_profile_a_line_is_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(BYTE_ORDER_MARK + b'{"a": 1}\r\n\r\n{"a": 2}\n')
    assert profiles(file) == [{"a": 1}, {"a": 2}]


def test_lines_are_batched(tmp_path: Path) -> None:
    file = tmp_path / "profiles.ndjson"
    file.write_text('{"a": 1}\n{"a": 2}\n{"a": 3}\n')
    assert [json.loads(body) for body in read_bodies(str(file), 2)] == [[{"a": 1}, {"a": 2}], [{"a": 3}]]


def test_several_documents_in_a_json_file_are_named() -> None:
    with pytest.raises(CommandError, match=r"several JSON documents: put them in one array, or name the file \.jsonl"):
        profiles(FIELD / "61-ndjson-in-json-file.json")


@pytest.mark.parametrize("text", ['{"a": 1} x', '{"a": 1', "[1] 2"])
def test_other_syntax_errors_have_their_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "body.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="line 1 column"):
        profiles(file)


def test_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "profiles.ndjson"
    file.write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(CommandError, match="line 2 is not JSON"):
        profiles(file)
