"""The lock of a directory: one process holds it, others find and stop it, its end releases the lock."""

import os
import sys
from pathlib import Path

import pytest

from aep_moengage_dev.local.children import Child
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.process_lock import ProcessLock

HOLDS = """
import pathlib, signal, sys
from aep_moengage_dev.local.process_lock import ProcessLock
with ProcessLock(pathlib.Path(sys.argv[1])):
    print("{}", flush=True)
    signal.pause()
"""


def _holder(work: Path) -> Child:
    command = [sys.executable, "-c", HOLDS, str(work)]
    return Child("The holder", command, log=work / "holder.log", env=os.environ, cwd=work, grace_seconds=0.05)


def test_nothing_is_stopped_in_a_new_directory(tmp_path: Path) -> None:
    assert ProcessLock(tmp_path).stop_holder() is False


def test_second_process_is_refused(tmp_path: Path) -> None:
    with _holder(tmp_path) as holder:
        holder.greeting(30)
        with pytest.raises(LocalStackError, match="make down"), ProcessLock(tmp_path):
            pytest.fail("two processes hold the lock")


def test_another_process_stops_the_holder(tmp_path: Path) -> None:
    with _holder(tmp_path) as holder:
        holder.greeting(30)
        assert ProcessLock(tmp_path).stop_holder() is True
        assert ProcessLock(tmp_path).stop_holder() is False


def test_stale_file_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / "process.pid").write_text("1")
    assert ProcessLock(tmp_path).stop_holder() is False
    with ProcessLock(tmp_path):
        assert (tmp_path / "process.pid").read_text() == str(os.getpid())
