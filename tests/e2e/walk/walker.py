"""A walker: runs lines as somebody does who has a bare home directory, and remembers how long each took."""

import os
import pty
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

# how this machine reaches package indexes; nothing else of its environment is kept
_NETWORK = re.compile(r"(pip|uv)_|ssl_cert|.*_(proxy|ca_bundle|cainfo)$|(http|https|no|all)_proxy$", re.IGNORECASE)
_EXPORT = re.compile(r"export (?P<name>\w+)=(?P<value>.*)")
_LONGEST_SECONDS = 900
_WATCHED_SECONDS = 4  # of a line that goes on until Ctrl-C
_MOMENT_SECONDS = 0.3
_INTERRUPTED = 124  # the exit code of `timeout`


class WalkError(AssertionError):
    """A line did not do what the page says."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line that was walked: what was run in its place, the seconds, and what it printed."""

    line: str
    ran: str
    seconds: float
    output: str


@dataclass
class Walker:
    """Somebody with a bare home, in a directory. `tools` is where the commands are that the page asks for."""

    home: Path
    place: Path
    tools: Path
    settings: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What the shell has: the settings that were exported, and how to reach package indexes."""
        network = {name: value for name, value in os.environ.items() if _NETWORK.match(name)}
        path = f"{self.tools}:{self.home}/.local/bin:/usr/bin:/bin"
        return {**network, "HOME": str(self.home), "PATH": path, "TERM": "dumb", "COLUMNS": "80", **self.settings}

    def run(self, line: str, *, instead: str = "", answer: str = "", codes: tuple[int, ...] = (0,)) -> Step:
        """Runs a line and returns the step; `answer` is typed where the line asks.

        Raises:
            WalkError: if it exits with another code than these.
        """
        ran = instead or line
        if exported := _EXPORT.fullmatch(ran):
            self.settings[exported["name"]] = shlex.split(exported["value"])[0]
        started = time.monotonic()
        code, output = self._typed(ran, answer)
        step = Step(line, ran, time.monotonic() - started, output)
        self.steps.append(step)
        if code not in codes:
            raise WalkError(f"$ {ran}\nexited with {code}:\n{output[-3000:]}")
        return step

    def watch(self, line: str) -> Step:
        """Runs a line at a terminal, where it goes on until Ctrl-C."""
        interrupted = f"timeout --foreground --signal=INT {_WATCHED_SECONDS} {line}"
        instead = f"script --quiet --return --command {shlex.quote(interrupted)} /dev/null"
        return self.run(line, instead=instead, codes=(0, _INTERRUPTED))

    def _typed(self, line: str, answer: str) -> tuple[int, str]:
        """Runs a line in a shell; with an answer, its standard input is a terminal at which that is typed."""
        ours, theirs = pty.openpty() if answer else (None, None)
        deadline = time.monotonic() + _LONGEST_SECONDS
        with TemporaryFile("w+") as output:  # no pipe: what `make up` leaves running would keep it open
            process = subprocess.Popen(  # noqa: S603 # a line of our own pages
                ["/bin/bash", "-c", line],
                cwd=self.place,
                env=self.environment,
                stdin=theirs or subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # without a terminal of ours
            )
            try:
                while _runs(process):
                    if ours is not None:  # again and again: a prompt discards what was typed before it
                        os.write(ours, f"{answer}\n".encode())
                    assert time.monotonic() < deadline, f"$ {line}\ntakes longer than {_LONGEST_SECONDS} s"
            finally:
                process.kill()
                process.wait()
                for end in (ours, theirs):
                    if end is not None:
                        os.close(end)
            output.seek(0)
            return process.returncode, output.read()


def _runs(process: subprocess.Popen[bytes]) -> bool:
    """Waits a moment; returns whether a process still runs."""
    try:
        process.wait(_MOMENT_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def filled(line: str, values: Mapping[str, str]) -> str:
    """Returns a line with its placeholders replaced."""
    for placeholder, value in values.items():
        line = line.replace(placeholder, value)
    return line
