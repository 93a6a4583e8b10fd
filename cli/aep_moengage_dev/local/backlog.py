"""The backlog: the messages of the retry queue, and a wait until there are none."""

import time
from collections.abc import Callable
from typing import Any

from aep_moengage_cli.queue_length import queue_length
from aep_moengage_dev.local.problems import LocalStackError


class Backlog:
    """The messages of a queue: visible, in flight, or delayed. `sqs` is a client."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def size(self) -> int:
        """Returns the number of messages."""
        return queue_length(self._sqs, self._queue_url)

    def wait_until_empty(
        self, seconds: float, *, every: float = 0.2, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Returns once there are no messages; reports their number to `progress`.

        Raises:
            LocalStackError: if there still are some after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while size := self.size():
            progress(size)
            if time.monotonic() > deadline:
                raise LocalStackError(f"After {seconds:.0f} s, {size} messages are still in {self._queue_url}.")
            time.sleep(every)
        progress(0)
