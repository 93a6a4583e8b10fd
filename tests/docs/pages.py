"""Pages whose console blocks are run, so that what they show is what came out.

A block fenced as `console` holds commands, each after `$ `, and what they print. All blocks of a page run in one
shell, in their order. A comment `<!-- $ command -->` on a line of its own runs there too and shows nothing; a command
ending in `# exits N` has to exit with that code, any other with 0. What differs from run to run is shown as a
placeholder.

    python -m tests.docs.pages README.md docs/operate.md     rewrites the pages, against a local stack of its own
"""

import base64
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

_HIDDEN = re.compile(r"<!-- \$ (?P<command>.+) -->")
_EXITS = re.compile(r"# exits (\d+)$")
_OPEN, _CLOSE, _PROMPT, _CONTINUED = "```console", "```", "$ ", "\\"
_DONE = "\x1e"  # what no command prints
_LONGEST_SECONDS = 120.0  # for a command

# what differs from run to run -> how it is shown; of a time everything but its form
PLACEHOLDERS: tuple[tuple[str, str], ...] = (
    (r"(acme[a-z-]*)\.[A-Za-z0-9_-]{43}\b", r"\1.Zk3…"),
    (
        r"http://127\.0\.0\.1:\d+/_aws/execute-api/\w+/\$default",  # of the local stack
        "https://a1b2c3.execute-api.us-east-1.amazonaws.com",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "2026-11-24T09:30:00"),
    (r"(T09:30:00)\.\d+", r"\1.000"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-24 09:30:00"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d\b(?!:)", "2026-11-24 09:30"),
    (r"\b\d+ s ago", "9 s ago"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}(?=-|\b)", "7d3c0f4e-52c1"),
    (r"(7d3c0f4e-52c1)-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", r"\1-4a3e-9a57-0d5b9b1d6a20"),
    (r"(7d3c0f4e-52c1)-[0-9a-f]{4}-[0-9a-f-]+…", r"\1-4a3e-…"),
    (r"│ [A-Za-z0-9_-]{8}( +│)$", r"│ kXwpDESb\1"),  # MoEngage's id of a request
)


class PageError(Exception):
    """A command of a page did not exit as the page says."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as it is written (continued lines and all) and as it is run; `shown` unless in a comment."""

    text: str
    shown: bool = True

    @property
    def exits(self) -> int:
        """The exit code that the page expects."""
        expected = _EXITS.search(self.text)
        return int(expected[1]) if expected else 0


class Shell:
    """A bash that keeps its state from one command to the next; commands read an empty input."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],  # noqa: S607 # the shell that the reader has
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=dict(environment),
            text=True,
        )

    def run(self, command: Command) -> str:
        """Returns what a command prints, both streams together.

        Raises:
            PageError: if it does not exit as expected, or not within its time.
        """
        encoded = base64.b64encode(command.text.encode()).decode()
        writer, reader = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        writer.write(f'eval "$(echo {encoded} | base64 -d)" </dev/null\nprintf "{_DONE}%s\\n" $?\n')
        writer.flush()
        output = ""
        limit = threading.Timer(_LONGEST_SECONDS, self._process.kill)
        limit.start()
        try:
            while _DONE not in output:
                line = reader.readline()
                if not line:
                    raise PageError(f"the shell ended, or took over {_LONGEST_SECONDS:.0f} s, at: {command.text}")
                output += line
        finally:
            limit.cancel()
        printed, _, code = output.partition(_DONE)
        if int(code) != command.exits:
            raise PageError(f"{command.text}\nexited with {code.strip()}, not {command.exits}:\n{printed}")
        return printed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        cast(IO[str], self._process.stdin).close()
        self._process.wait()
        cast(IO[str], self._process.stdout).close()


def rendered(page: str, shell: Shell) -> str:
    """Returns a page with its commands' output as it is now."""
    return "\n".join(_rendered(page.split("\n"), shell))


def _rendered(lines: list[str], shell: Shell) -> Iterator[str]:
    rest = iter(lines)
    for line in rest:
        yield line
        if hidden := _HIDDEN.fullmatch(line):
            shell.run(Command(hidden["command"], shown=False))
        if line == _OPEN:
            for command in _commands(rest):
                yield _PROMPT + command.text
                yield from placed(shell.run(command)).splitlines()
            yield _CLOSE


def _commands(rest: Iterator[str]) -> Iterator[Command]:
    """The commands of the block that has begun; what the page shows of their output is passed over."""
    for line in rest:
        if line == _CLOSE:
            return
        if line.startswith(_PROMPT):
            text = line.removeprefix(_PROMPT)
            while text.endswith(_CONTINUED):
                text += "\n" + next(rest)
            yield Command(text)


def placed(output: str) -> str:
    """Returns output with placeholders for what differs from run to run, and without spaces at the ends of lines."""
    for pattern, placeholder in PLACEHOLDERS:
        output = re.sub(pattern, placeholder, output, flags=re.MULTILINE)
    return re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE)


def form(page: str) -> str:
    """Returns a page without the widths of its tables' columns, which follow from what differs."""
    return re.sub(r"[ ━─]+", " ", page)
