"""What an operator sees at a terminal, where a result is read by a person rather than by a program."""

import pytest
from tests.functional.cli.conftest import DESTINATION, ID, KEY, Cloud, Connect, File
from tests.functional.terminal import at_terminal


def test_connect_writes_what_is_pasted_into_aep(cloud: Cloud) -> None:
    _, shown = at_terminal("connect", DESTINATION, "--password-stdin", stdin=KEY)

    assert f"url         https://api.example.com/destinations/{ID}/profiles" in shown
    assert f"token       {ID}." in shown
    assert KEY not in shown
    assert "{" not in shown


def test_a_difference_has_colours(connect: Connect, file: File) -> None:
    connect()
    _, shown = at_terminal("apply", file(name="Renamed"), "--yes")

    assert "\x1b[31m-name: Acme production\x1b[0m" in shown
    assert "\x1b[32m+name: Renamed\x1b[0m" in shown
    assert "version 2 is published" in shown


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_who_leaves_the_prompt_for_the_key_has_changed_nothing(cloud: Cloud, key: str) -> None:
    code, shown = at_terminal("connect", DESTINATION, types=key, once=lambda shown: "DATA APP KEY: " in shown)

    assert code == 2
    assert "Nothing was done: no DATA APP KEY was given." in shown
    assert cloud.publishing().active(ID) is None
