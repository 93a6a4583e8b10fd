"""Patience: how long a sender is kept waiting, whatever a store does.

Time-outs alone do not bound an answer: several calls follow each other, a name may be looked up for long, and a store
may send a byte now and then. So a request is taken in beside us, and we stop waiting for it when the time is over.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime

from aep_moengage.budget import WORTH_A_CALL, Budget

AFTER_THE_BUDGET = 0.2  # seconds, for noting what MoEngage answered and for taking custody
# After a slow cold start nobody waits for the answer any more; what is taken into custody all the same is safe, and
# unchanged or superseded when AEP sends it again.
TOO_LATE_ANYWAY = 5.0  # seconds


class NotInTime(Exception):
    """A store is too slow: nobody knows yet whether custody was taken."""


class Patience:
    """Waits for work as long as its budget lasts and a little longer, unless too little was left from the start."""

    def __init__(self) -> None:
        self._lines = _lines()

    def wait[T](self, work: Callable[[], T], budget: Budget) -> T:
        """Returns what `work` returns, or raises what it raises.

        Raises:
            NotInTime: if it takes too long. It may go on, as after a crash nobody knows what was done.
        """
        left = budget.left()
        call = self._lines.submit(work)
        try:
            return call.result(left + AFTER_THE_BUDGET if left >= WORTH_A_CALL else TOO_LATE_ANYWAY)
        except OutOfTime:
            if call.done():  # its own
                raise
            self._lines = _lines()  # what is abandoned keeps its own until the store lets go
            raise NotInTime("a store did not answer in time") from None


def _lines() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="intake")
