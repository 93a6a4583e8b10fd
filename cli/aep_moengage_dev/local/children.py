"""Child processes that end with this process: each ends with its standard input."""

import json
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from aep_moengage_dev.local.problems import LocalStackError, tail

_GRACE_SECONDS = 5.0  # for a child to end with its input, and again after SIGTERM


class Child:
    """A server that prints one line of JSON when it is ready, logs to a file, and ends with its input."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        grace_seconds: float = _GRACE_SECONDS,
    ) -> None:
        self._grace_seconds = grace_seconds
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
                start_new_session=True,  # Ctrl-C reaches only this process, which stops its children in order
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def greeting(self, seconds: float) -> dict[str, Any]:
        """Returns the JSON that the child prints when it is ready.

        Raises:
            LocalStackError: if it ends or prints nothing in time; with the end of its log.
        """
        output = cast(IO[bytes], self._process.stdout)
        readable, _, _ = select.select([output], [], [], seconds)
        line = output.readline() if readable else b""
        try:
            greeting: dict[str, Any] = json.loads(line)
        except ValueError:
            self.stop()
            raise LocalStackError(f"{self.name} did not start within {seconds:.0f} s. {tail(self.log)}") from None
        return greeting

    def write_line(self, line: str) -> None:
        """Sends the child a line of input."""
        pipe = cast(IO[bytes], self._process.stdin)
        pipe.write(f"{line}\n".encode())
        pipe.flush()

    def check_alive(self) -> None:
        """Raises `LocalStackError` if the child has ended."""
        if self._process.poll() is not None:
            raise LocalStackError(f"{self.name} has ended ({self._process.returncode}). {tail(self.log)}")

    def stop(self) -> None:
        """Ends the child: by the end of its input, else by SIGTERM, else by SIGKILL."""
        for end in (cast(IO[bytes], self._process.stdin).close, self._process.terminate, self._process.kill):
            end()
            if self._ended(self._grace_seconds):
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
    """Runs a command with its output in a file; returns the seconds that it took.

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
