"""Output at a terminal, which a person reads rather than a program."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable

import pytest
from tests.functional.cli.conftest import DESTINATION, ID, KEY, Cloud, Connect, File

COMMAND = [sys.executable, "-c", "from aep_moengage_cli.app import app; app(prog_name='aep-moengage')"]

type AtTerminal = Callable[..., str]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's answer when the other end is closed
        return b""


@pytest.fixture
def at_terminal(cloud: Cloud) -> AtTerminal:
    """Runs `aep-moengage` with a terminal for its output; returns what is on it in the end."""

    def run(*arguments: object, stdin: str = "") -> str:
        ours, its = pty.openpty()
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
        environment.pop("NO_COLOR", None)
        command = [*COMMAND, *map(str, arguments)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=its, stderr=its, env=environment) as process:  # noqa: S603 # ourselves
            os.close(its)
            assert process.stdin
            process.stdin.write(stdin.encode())
            process.stdin.close()
            shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return shown.decode()

    return run


def typed_at(*arguments: object, once: Callable[[str], bool], types: str) -> tuple[int, str]:
    """Runs a command at a terminal and types when `once` accepts the screen; returns exit code and screen."""
    command = [*COMMAND, *map(str, arguments)]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)  # noqa: S606 # ourselves
    shown = b""
    while chunk := _read(terminal):
        shown += chunk
        if types and once(shown.decode(errors="ignore")):
            os.write(terminal, types.encode())
            types = ""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_connect_prints_url_and_token(at_terminal: AtTerminal, cloud: Cloud) -> None:
    shown = at_terminal("connect", DESTINATION, "--password-stdin", stdin=KEY)

    assert f"url         https://api.example.com/destinations/{ID}/profiles" in shown
    assert f"token       {ID}." in shown
    assert KEY not in shown
    assert "{" not in shown


def test_difference_has_colours(at_terminal: AtTerminal, connect: Connect, file: File) -> None:
    connect()
    shown = at_terminal("apply", file(name="Renamed"), "--yes")

    assert "\x1b[31m-name: Acme production\x1b[0m" in shown
    assert "\x1b[32m+name: Renamed\x1b[0m" in shown
    assert "version 2 is published" in shown


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_leaving_the_key_prompt_changes_nothing(cloud: Cloud, key: str) -> None:
    code, shown = typed_at("connect", DESTINATION, once=lambda shown: "DATA APP KEY: " in shown, types=key)

    assert code == 2
    assert "No DATA APP KEY was entered; nothing was changed." in shown
    assert cloud.publishing().active(ID) is None
