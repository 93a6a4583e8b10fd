"""Child processes that end when this process does: each stops when its standard input ends."""

import json
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from aep_moengage_dev.local.problems import LocalStackError, tail

_PATIENCE = 5.0  # seconds that a child is given to stop by itself, and again after it was told to


class Child:
    """A server that prints one line of JSON when it is up, logs to a file, and stops when its input ends."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        patience: float = _PATIENCE,
    ) -> None:
        self._patience = patience
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as errors:
            self._process = subprocess.Popen(  # noqa: S603 # our own servers
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,  # an interrupt at the terminal is ours to handle, in order
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def greeting(self, seconds: float) -> dict[str, Any]:
        """Returns what the child says once it is up.

        Raises:
            LocalStackError: if it ends instead, or says nothing in time; with the end of its log.
        """
        output = cast(IO[bytes], self._process.stdout)
        readable, _, _ = select.select([output], [], [], seconds)
        line = output.readline() if readable else b""
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            self.stop()
            raise LocalStackError(f"{self.name} did not start within {seconds:.0f} s. {tail(self.log)}") from None
        return said

    def tell(self, line: str) -> None:
        """Gives the child a line of input."""
        pipe = cast(IO[bytes], self._process.stdin)
        pipe.write(f"{line}\n".encode())
        pipe.flush()

    def check_alive(self) -> None:
        """Raises `LocalStackError` if the child has ended."""
        if self._process.poll() is not None:
            raise LocalStackError(f"{self.name} has ended ({self._process.returncode}). {tail(self.log)}")

    def stop(self) -> None:
        """Ends the child: by its input, else by asking, else by force."""
        for end in (cast(IO[bytes], self._process.stdin).close, self._process.terminate, self._process.kill):
            end()
            if self._ended(self._patience):
                break
        cast(IO[bytes], self._process.stdout).close()

    def _ended(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def run(command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path, failed: str) -> float:
    """Runs a command to its end with its output in a file; returns the seconds it took.

    Raises:
        LocalStackError: `failed`, with the end of its output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603 # commands of this project
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(env),
            cwd=cwd,
            check=False,
        )
    if done.returncode:
        raise LocalStackError(f"{failed} {tail(log)}")
    return time.monotonic() - started
