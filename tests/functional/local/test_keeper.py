"""Who keeps a local stack: one process, found and stopped by others, forgotten when it is gone."""

import os
import sys
from pathlib import Path

import pytest

from aep_moengage_dev.local.children import Child
from aep_moengage_dev.local.keeper import Keeper
from aep_moengage_dev.local.problems import LocalStackError

HOLDS = """
import pathlib, signal, sys
from aep_moengage_dev.local.keeper import Keeper
with Keeper(pathlib.Path(sys.argv[1])):
    print("{}", flush=True)
    signal.pause()
"""


def _holder(work: Path) -> Child:
    command = [sys.executable, "-c", HOLDS, str(work)]
    return Child("The holder", command, log=work / "holder.log", env=os.environ, cwd=work, patience=0.05)


def test_nothing_is_stopped_in_a_new_directory(tmp_path: Path) -> None:
    assert Keeper(tmp_path).stop() is False


def test_second_process_is_refused(tmp_path: Path) -> None:
    with _holder(tmp_path) as holder:
        holder.greeting(30)
        with pytest.raises(LocalStackError, match="make down"), Keeper(tmp_path):
            pytest.fail("two keepers")


def test_another_process_stops_the_holder(tmp_path: Path) -> None:
    with _holder(tmp_path) as holder:
        holder.greeting(30)
        assert Keeper(tmp_path).stop() is True
        assert Keeper(tmp_path).stop() is False


def test_stale_file_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / "keeper.pid").write_text("1")
    assert Keeper(tmp_path).stop() is False
    with Keeper(tmp_path):
        assert (tmp_path / "keeper.pid").read_text() == str(os.getpid())
