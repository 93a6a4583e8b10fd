"""An operator's change of a document: checked, then shown."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from aep_moengage_cli.destinations.editing import edited, propose, show_difference
from aep_moengage_cli.destinations.versions import Version, read_version, version_item
from aep_moengage_cli.errors import CommandError

DOCUMENT = {
    "id": "acme",
    "name": "Acme",
    "region": "03",
    "username": "ABCD1234",
    "audiences": "all",
    "identities": {"user_id": "crmid"},
}
BEFORE = Version("acme", 3, json.dumps(DOCUMENT))


def test_change_has_its_differences() -> None:
    change = propose(BEFORE, json.dumps(DOCUMENT | {"region": "DC-04"}))

    assert change.destination.region == "04"
    assert [str(each) for each in change.differences] == ['region: "03" -> "DC-04"']
    assert change.lines[:2] == ["--- version 3", "+++ new"]


def test_every_error_is_reported_at_once() -> None:
    with pytest.raises(CommandError) as error:
        propose(BEFORE, json.dumps(DOCUMENT | {"region": "09", "colour": "red"}))

    first, *errors = str(error.value).splitlines()
    assert first == "Nothing was published: the document of acme would have errors."
    assert [line.split(":")[0] for line in errors] == ["region", "colour"]


def test_edit_leaves_the_earlier_version_unchanged() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["name"] = "Renamed"

    change = edited(BEFORE, edit)
    assert json.loads(change.document)["name"] == "Renamed"
    assert json.loads(change.before.document)["name"] == "Acme"


def test_reordered_document_is_no_change() -> None:
    change = propose(BEFORE, json.dumps(dict(reversed(DOCUMENT.items())), indent=2))
    assert (change.differences, change.lines) == ([], [])


def shown(*, terminal: bool) -> str:
    file = io.StringIO()
    lines = ["--- version 3", "+++ new", "@@ -1 +1 @@", " name: [bold]", "-old: [1]", "+new: [2]"]
    show_difference(lines, Console(file=file, force_terminal=terminal, color_system="standard" if terminal else None))
    return file.getvalue()


def test_difference_has_colours_on_a_terminal_only() -> None:
    assert shown(terminal=False).splitlines()[3:] == [" name: [bold]", "-old: [1]", "+new: [2]"]
    coloured = shown(terminal=True)
    assert "\x1b[31m-old: [1]\x1b[0m" in coloured
    assert "\x1b[32m+new: [2]\x1b[0m" in coloured


@pytest.mark.parametrize(
    "version",
    [
        BEFORE,
        Version("acme", 12, "{}", who="arn:aws:iam::1:user/a", when="2026-11-24T12:00:00+00:00", why="w", what="x"),
        Version("acme", 1, "{}", paused=True),
        Version("acme", 2, "{}", deleted=True),
    ],
)
def test_version_reads_back_from_its_item(version: Version) -> None:
    assert read_version(version_item(version, version.key)) == version
