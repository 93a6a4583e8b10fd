"""Child processes report that they are ready, and end with their parent."""

import os
import sys
from pathlib import Path

import pytest

from aep_moengage_dev.local.children import Child, run
from aep_moengage_dev.local.problems import LocalStackError

GREETS = 'import sys; print(\'{"url": "there"}\', flush=True); sys.stdin.read()'
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); signal.pause()"


def _child(tmp_path: Path, code: str, grace_seconds: float = 5.0) -> Child:
    command = [sys.executable, "-c", code]
    return Child(
        "The child", command, log=tmp_path / "child.log", env=os.environ, cwd=tmp_path, grace_seconds=grace_seconds
    )


def test_child_greets_and_ends_with_its_input(tmp_path: Path) -> None:
    with _child(tmp_path, GREETS) as child:
        assert child.greeting(30) == {"url": "there"}
        child.check_alive()
    with pytest.raises(LocalStackError, match=r"has ended \(0\)"):
        child.check_alive()


def test_failing_child_shows_the_end_of_its_log(tmp_path: Path) -> None:
    child = _child(tmp_path, "raise SystemExit('the port is taken')")
    with pytest.raises(LocalStackError, match="the port is taken"):
        child.greeting(30)


def test_unresponsive_child_is_killed(tmp_path: Path) -> None:
    child = _child(tmp_path, STUBBORN, grace_seconds=0.05)
    child.greeting(30)
    child.stop()
    with pytest.raises(LocalStackError, match=r"has ended \(-9\)"):
        child.check_alive()


def test_failing_command_shows_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such template'); raise SystemExit(3)"]
    with pytest.raises(LocalStackError, match=r"`sam build` failed(.|\n)*no such template"):
        run(command, log=tmp_path / "build.log", env=os.environ, cwd=tmp_path, failed="`sam build` failed.")
