"""Jobs: work that takes longer than a page, with its progress."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

from aep_moengage_cli.profiles.dead_letter_queue import Progress

_KEPT = 20  # finished jobs


class Job(Progress):
    """Work in a thread: how many messages it has received, worked on, of how many; then its result or its error."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.received = 0
        self.worked_on = 0
        self.total: int | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.finished = threading.Event()

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
            self.finished.set()


class Jobs:
    """The jobs of a console."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def start(self, work: Callable[[Progress], Any], wait: float = 0) -> Job:
        """Starts work, and returns its job: at once, or after `wait` seconds at most if it may be that fast."""
        job = Job()
        self._jobs = dict([*self._jobs.items(), (job.id, job)][-_KEPT:])
        threading.Thread(target=job.run, args=(work,), name="console job", daemon=True).start()
        job.finished.wait(wait)
        return job

    def find(self, identity: str) -> Job | None:
        """Returns a job; None if it is not known, or no longer."""
        return self._jobs.get(identity)
