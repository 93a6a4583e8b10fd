"""`console`: its address, what it looks at, and why it doesn't start."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aep_moengage_cli.app import app
from aep_moengage_cli.console import server
from aep_moengage_cli.console.subject import Subject
from aep_moengage_dev.project import PROJECT

FILE = PROJECT / "events" / "destination.yaml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["console", "--no-open", *map(str, arguments)])


def test_address_and_subject_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[Subject, int]] = []

    def serve(subject: Subject, port: int, ready: Callable[[str], None]) -> None:
        served.append((subject, port))
        ready("http://127.0.0.1:1/?token=x")

    monkeypatch.setattr(server, "serve", serve)
    result = run("--offline", FILE, "--port", 8080)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"The console of {FILE} is at http://127.0.0.1:1/?token=x" in result.stderr
    assert [(subject.file, port) for subject, port in served] == [(FILE, 8080)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--offline", "missing.yaml"), "missing.yaml: No such file"),
        (("--offline", FILE, "--local"), "Use either --offline or --local."),
        (("--local",), "No local stack is running"),
    ],
)
def test_what_cannot_be_shown_is_an_error(
    arguments: tuple[object, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("--offline", FILE, "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "choose another with --port" in result.stderr


def test_console_says_which_packages_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aep_moengage_cli.commands.console.find_spec", lambda name: None if name == "uvicorn" else name)
    result = run("--offline", FILE)
    assert result.exit_code == 2
    assert "needs uvicorn: install the package with its extra, aep-moengage[console]." in result.stderr
