"""Who keeps a directory's local stack: one process at most, told by a lock that cannot go stale."""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aep_moengage_dev.local.problems import LocalStackError

_STOP_SECONDS = 30.0
_TAKEN = "A local stack is being started or is running already: `make down` stops it."


class Keeper:
    """The keeper of `work`; entering takes the lock for this process, whose end frees it.

    `taken` is what whoever comes second is told.
    """

    def __init__(self, work: Path, taken: str = _TAKEN) -> None:
        self._file = work / "keeper.pid"
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

    def keep(self, check_alive: Callable[[], None], every: float = 2.0) -> None:
        """Waits, until `check_alive` raises or this process is told to stop."""
        while True:
            check_alive()
            time.sleep(every)

    def stop(self) -> bool:
        """Stops whoever keeps the directory; tells whether anybody did.

        Raises:
            LocalStackError: if they do not stop.
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
