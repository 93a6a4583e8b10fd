"""The progress of work on the dead-letter queue, as a bar on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress as Bars

from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_queue import Progress
from aep_moengage_cli.progress_bars import progress_bars
from aep_moengage_cli.queue_length import counted


class _Bar(Progress):
    """A progress bar, first of the received messages, then of the redriven or purged ones."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("receiving", total=None)
        self.worked_on = 0

    def seen(self, messages: int) -> None:
        """Advances the first bar."""
        self._bars.advance(self._task, messages)

    def begin(self, messages: int) -> None:
        """Starts the second bar."""
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task("working", total=messages)

    def done(self, messages: int) -> None:
        """Advances the second bar."""
        self.worked_on += messages
        self._bars.advance(self._task, messages)


@contextmanager
def dead_letter_progress() -> Iterator[Progress]:
    """Yields a progress that is shown while the work lasts.

    Raises:
        CommandError: if the queue does not answer; it says how many messages are done.
    """
    with progress_bars() as bars:
        bar = _Bar(bars)
        try:
            yield bar
        except QueueUnavailable as error:
            state = f"{counted(bar.worked_on)} done; the others are still in the queue. Run it again."
            raise CommandError(f"{error}.", state) from error
