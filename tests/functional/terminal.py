"""`aep-moengage` at a terminal of its own."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

_ENDS_WITHIN = 60.0  # seconds
# The child takes the terminal, so that Ctrl-C reaches it, and the default handler of SIGINT: whoever runs the tests may
# ignore the signal (nohup, a shell's background job), and children inherit that.
_COMMAND = """
import fcntl, signal, sys, termios
fcntl.ioctl(sys.stdout, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from aep_moengage_cli.app import app
app(prog_name="aep-moengage")
"""


class Shown(NamedTuple):
    """The exit code of a command, and everything that it showed."""

    exit_code: int
    text: str


def at_terminal(
    *arguments: object, stdin: str | None = None, types: str = "", once: Callable[[str], bool] = lambda _: True
) -> Shown:
    """Runs a command at a terminal, from which it also reads unless `stdin` is given.

    `types` is typed as soon as `once` is true of what is shown. Fails if the command does not end within a minute.
    """
    ours, its = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(  # noqa: S603 # ourselves
        [sys.executable, "-c", _COMMAND, *map(str, arguments)],
        stdin=its if stdin is None else subprocess.PIPE,
        stdout=its,
        stderr=its,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(its)
        try:
            if process.stdin:
                process.stdin.write((stdin or "").encode())
                process.stdin.close()
            shown = ""
            for chunk in _chunks(ours):
                shown += chunk
                if types and once(shown):
                    os.write(ours, types.encode())
                    types = ""
            return Shown(process.wait(_ENDS_WITHIN), shown)
        finally:
            process.kill()
            os.close(ours)


def _chunks(terminal: int) -> Iterator[str]:
    """Yields what is shown until the command ends."""
    deadline = time.monotonic() + _ENDS_WITHIN
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux's answer when the other end is closed
            return
        if not chunk:
            return
        yield chunk.decode(errors="ignore")
    raise AssertionError(f"the command has not ended within {_ENDS_WITHIN:.0f} s")
