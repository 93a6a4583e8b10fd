"""Work that is begun before its result is asked for, such as what a page will load while it loads its files."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_FRESH_SECONDS = 5.0  # in which a result that nobody has asked for is still news


class Ahead[T]:
    """Work that may be done ahead, once for each time that its result is taken."""

    def __init__(self, work: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._work = work
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "console ahead")
        self._begun: tuple[float, Future[T]] | None = None

    def begin(self) -> None:
        """Begins the work, unless it was begun and its result is not taken yet."""
        if self._fresh() is None:
            self._begun = self._clock(), self._thread.submit(self._work)

    def take(self) -> T:
        """Returns the result of what was begun lately, else does the work now; raises what the work raises."""
        begun, self._begun = self._fresh(), None
        return begun.result() if begun else self._work()

    def _fresh(self) -> Future[T] | None:
        if self._begun and self._clock() - self._begun[0] < _FRESH_SECONDS:
            return self._begun[1]
        return None
