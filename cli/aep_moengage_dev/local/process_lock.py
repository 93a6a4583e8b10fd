"""A lock on a directory, held by one process at a time; the end of the process releases it, whatever ends it."""

import fcntl
import os
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aep_moengage_dev.local.problems import LocalStackError

_STOP_SECONDS = 30.0
_TAKEN = "A local stack is running or starting already: `make down` stops it."


class ProcessLock:
    """The lock of the directory `work`; entering takes it for this process.

    `taken` is the message of the error if another process holds it.
    """

    def __init__(self, work: Path, taken: str = _TAKEN) -> None:
        self._file = work / "process.pid"
        self._taken = taken
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(lock):
            os.close(lock)
            raise LocalStackError(self._taken)
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def stop_holder(self) -> bool:
        """Stops the process that holds the lock; returns whether there was one.

        Raises:
            LocalStackError: if the process does not stop.
        """
        pid = self._holder()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._holder() is not None:
            if time.monotonic() > deadline:
                raise LocalStackError(f"The local stack (process {pid}) does not stop: end it with `kill -9 {pid}`.")
            time.sleep(0.1)
        return True

    def _holder(self) -> int | None:
        try:
            lock = os.open(self._file, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            return None if _locked(lock) else int(os.read(lock, 20))
        finally:
            os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
