"""Output at a terminal, which a person reads rather than a program."""

import json
import re

import pytest
from tests.functional.cli.conftest import DESTINATION, ID, KEY, Cloud, Connect, File, Run
from tests.functional.terminal import at_terminal


def test_connect_prints_url_and_token(cloud: Cloud) -> None:
    _, shown = at_terminal("connect", DESTINATION, "--password-stdin", stdin=KEY)

    assert f"url         https://api.example.com/destinations/{ID}/profiles" in shown
    assert f"token       {ID}." in shown
    assert KEY not in shown
    assert "{" not in shown


def test_difference_has_colours(connect: Connect, file: File) -> None:
    connect()
    _, shown = at_terminal("apply", file(name="Renamed"), "--yes")

    assert "\x1b[31m-name: Acme production\x1b[0m" in shown
    assert "\x1b[32m+name: Renamed\x1b[0m" in shown
    assert "version 2 is published" in shown


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_leaving_the_key_prompt_changes_nothing(cloud: Cloud, key: str) -> None:
    code, shown = at_terminal("connect", DESTINATION, types=key, once=lambda shown: "DATA APP KEY: " in shown)

    assert code == 2
    assert "No DATA APP KEY was entered; nothing was changed." in shown
    assert cloud.publishing().active(ID) is None


def test_preview_is_a_table_at_a_terminal_and_json_elsewhere(run: Run, file: File) -> None:
    destination = file(attributes={"first_name": "person.name.firstName"})
    profile = '{"identityMap": {"crmid": [{"id": "u-1"}]}, "person": {"name": {"firstName": "सुनील"}}}'
    _, shown = at_terminal("preview", "--destination", destination, "-", stdin=profile)

    assert "profile 0: deliver, user u-1" in shown
    assert re.search(r"│ first_name +│ person\.name\.firstName +│ सुनील", shown)
    assert "{" not in shown
    for options in ([], ["--json"]):
        json.loads(run("preview", "--destination", destination, "-", *options, stdin=profile).stdout)
