"""The deadline of a request: ingest answers its sender in time, whatever a store does.

Time-outs alone do not bound an answer: calls follow each other, DNS may be slow, and a store may send a byte now and
then. So the work runs in a thread, and ingest abandons it when the time is over. A delivery is abandoned a little
earlier than the whole request: what is left is the time to take custody.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime

from aep_moengage.budget import WORTH_A_CALL, Budget

DELIVERY_GRACE_SECONDS = 0.1  # after the budget, to write MoEngage's answer to the ledger
GRACE_SECONDS = 0.2  # after the budget, to take custody as well
# After a slow cold start the sender has stopped waiting; profiles that still reach custody are safe, and unchanged or
# superseded when AEP sends them again.
LATE_START_SECONDS = 5.0


class DeadlineExceeded(Exception):
    """The work took too long, and nobody knows what it has done or may still do."""


class Deadline:
    """Runs work for as long as its budget lasts and a little longer."""

    def __init__(self) -> None:
        self._threads = _threads()

    def run_within[T](self, budget: Budget, work: Callable[[], T], grace: float | None = None) -> T:
        """Returns what `work` returns, or raises what it raises. `grace` is in seconds after the budget.

        Raises:
            DeadlineExceeded: if the work takes too long. It may go on and still take effect.
        """
        left = budget.left()
        grace = GRACE_SECONDS if grace is None else grace
        call = self._threads.submit(work)
        try:
            return call.result(left + grace if left >= WORTH_A_CALL else LATE_START_SECONDS)
        except OutOfTime:
            if call.done():  # the work's own time-out
                raise
            self._threads = _threads()  # abandoned work keeps its threads until the store lets go
            raise DeadlineExceeded("a store did not answer in time") from None


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="ingest")
