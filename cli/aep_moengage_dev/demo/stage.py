"""The demo's output: progress bars on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

_INDENT = "  "
_EVERY = 5.0  # seconds between two progress lines in a pipe

type Show = Callable[[float, str], None]


class Stage:
    """Prints the acts of the demo: headings, lines, and the progress of longer work."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._started

    def act(self, title: str) -> None:
        """Prints the heading of an act."""
        self._console.print(f"\n[bold cyan]{title}[/] [dim]({self.seconds:.0f} s)[/]")

    def say(self, text: str) -> None:
        """Prints a line; `text` may contain rich's markup."""
        for line in Text.from_markup(text).wrap(self._console, self._console.width - len(_INDENT)):
            line.rstrip()
            self._console.print(_INDENT, line, sep="")

    @contextmanager
    def work(self, name: str, total: float) -> Iterator[Show]:
        """Yields a function that shows progress: call it with how much of `total` is done, and a text."""
        if self._console.is_terminal:
            columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}")
            with Progress(*columns, console=self._console, transient=True) as progress:
                task = progress.add_task(name, total=total, text="")
                yield lambda done, text: progress.update(task, completed=done, text=text)
        else:
            yield self._lines(name)

    def _lines(self, name: str) -> Show:
        last, said = time.monotonic(), ""

        def line(_: float, text: str) -> None:
            nonlocal last, said
            if text != said and time.monotonic() - last >= _EVERY:
                last, said = time.monotonic(), text
                self.say(f"{name}: {text}")

        return line
