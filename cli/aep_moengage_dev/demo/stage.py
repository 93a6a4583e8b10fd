"""The stage: what the audience sees, on a terminal with moving bars, in a pipe as plain lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

_EVERY = 5.0  # seconds between two lines of the same work, where no bar can move

type Show = Callable[[float, str], None]


class Stage:
    """Acts with headings, what is said in them, and work that takes a while."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._started

    def act(self, title: str) -> None:
        """Begins an act."""
        self._console.print(f"\n[bold cyan]{title}[/] [dim]({self.seconds:.0f} s)[/]")

    def say(self, text: str) -> None:
        """Tells something; `text` may hold rich's markup."""
        self._console.print(f"  {text}", soft_wrap=True)

    @contextmanager
    def work(self, name: str, total: float) -> Iterator[Show]:
        """Shows work while it goes on: the yielded function is told how much of `total` is done, and what to say."""
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
