"""Jobs: work that takes longer than a page, with its progress."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_queue import Progress

_KEPT = 20
_SOON = 0.3  # seconds; work that is done by then needs no progress


class Job(Progress):
    """Work in a thread: how many messages it has received, worked on, of how many; then its result or its error.

    `kind` says which page shows the result, `command` which command does the same.
    """

    def __init__(self, kind: str, command: str) -> None:
        self.id = secrets.token_hex(8)
        self.kind = kind
        self.command = command
        self.received = 0
        self.worked_on = 0
        self.total: int | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self._finished = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether there is a result or an error."""
        return self._finished.is_set()

    def seen(self, messages: int) -> None:
        """Counts received messages."""
        self.received += messages

    def begin(self, messages: int) -> None:
        """Sets the number of messages to work on."""
        self.total = messages

    def done(self, messages: int) -> None:
        """Counts messages that were worked on."""
        self.worked_on += messages

    def run(self, work: Callable[[Progress], Any]) -> None:
        """Does the work."""
        try:
            self.result = work(self)
        except Exception as error:  # the page that asks for the result shows it
            self.error = error
        finally:
            self._finished.set()

    def wait(self, seconds: float) -> None:
        """Waits until it is finished, but not for longer."""
        self._finished.wait(seconds)


class Jobs:
    """The jobs of a console."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def start(self, kind: str, command: str, work: Callable[[Progress], Any]) -> Job:
        """Starts work, and returns its job: finished, if it is that fast."""
        job = Job(kind, command)
        self._jobs = dict([*self._jobs.items(), (job.id, job)][-_KEPT:])
        threading.Thread(target=job.run, args=(work,), name="console job", daemon=True).start()
        job.wait(_SOON)
        return job

    def find(self, identity: str) -> Job:
        """Returns a job; raises `CommandError` if it is not known any more."""
        if job := self._jobs.get(identity):
            return job
        raise CommandError("This work is not known any more: start it again.")
