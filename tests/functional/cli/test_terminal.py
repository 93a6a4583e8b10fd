"""Output at a terminal, which a person reads rather than a program."""

import pytest
from tests.functional.cli.conftest import DESTINATION, ID, KEY, Cloud, Connect, File
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
