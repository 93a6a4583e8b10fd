"""The schedule of an invocation of drain: which destination's messages come next, and how many of them at once.

The destination with the fewest messages comes first, so one that hangs with a large backlog does not take the time of
the others. A destination whose limit is used up waits, and the others go on meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

from aep_moengage.moengage.pacing import Quota
from aep_moengage.moengage.responses import Answer, Verdict

ROUND_PROFILES = 1000  # that are claimed, sent and settled together; about ten bulk requests
ROUND_SECONDS = 5.0  # that must be left to begin another round; its calls to MoEngage take no more than is left


_UNTRIED_SECONDS = 5.0, 900.0  # the least and most until a message for which no time was left may come back


class RoundPace(Protocol):
    """The pace of a destination, as far as it is known without asking."""

    def wait(self, quota: Quota) -> float:
        """Returns the seconds until records can be sent."""

    def left(self, quota: Quota) -> int:
        """Returns the records that can be sent now."""


@dataclass(slots=True)
class Readiness:
    """Whether a round of a destination can begin: it waits for its pace, and once for its circuit breaker.

    `open_answer` returns what requests are answered while MoEngage is not called. After that wait the first round has
    one message, which tries whether MoEngage is back; if it is not, the others are put back for their backoff.
    """

    pace: RoundPace
    quota: Quota
    open_answer: Callable[[], Answer | None]
    _waited: bool = False
    _tries: bool = False

    def wait(self) -> float:
        """Returns the seconds until a round can begin."""
        if wait := self.pace.wait(self.quota):
            return wait
        answer = None if self._waited else self.open_answer()
        if answer is None or answer.verdict is not Verdict.TRANSIENT:
            return 0.0
        self._waited = self._tries = True
        return answer.retry_after or 0.0

    def most(self) -> int:
        """Returns the most profiles of a round."""
        tries, self._tries = self._tries, False
        return 1 if tries else self.pace.left(self.quota)


class Turn[K](NamedTuple):
    """The batch that comes next, and the seconds until then."""

    batch: K
    wait: float


class Schedule[K, M]:
    """The messages of an invocation that are still to be delivered, in batches, such as one for each destination.

    `clock` is in seconds.
    """

    def __init__(
        self, batches: Mapping[K, Sequence[M]], profiles: Callable[[M], int], clock: Callable[[], float]
    ) -> None:
        self._left = {batch: list(batches[batch]) for batch in sorted(batches, key=lambda each: len(batches[each]))}
        self._ready = dict.fromkeys(self._left, 0.0)
        self._profiles = profiles
        self._clock = clock
        self._begun = False

    def run[R](
        self,
        begin: Callable[[K], tuple[Readiness | None, Callable[[list[M]], R]]],
        seconds_left: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> Iterator[R]:
        """Delivers round after round while time is left, and yields what each delivery returns.

        `begin` returns a destination's readiness, if it may have to wait, and what delivers its messages.
        """
        while turn := self.next(seconds_left()):
            if turn.wait:
                sleep(turn.wait)
            readiness, deliver = begin(turn.batch)
            if readiness is None:
                yield deliver(self.take(turn.batch))
            elif wait := readiness.wait():
                self.defer(turn.batch, wait)
            else:
                yield deliver(self.take(turn.batch, readiness.most()))

    def next(self, seconds: float) -> Turn[K] | None:
        """Returns whose turn it is; None if nothing is left, or too few seconds for another round."""
        if not self._left:
            return None
        now = self._clock()
        batch = min(self._left, key=lambda each: max(self._ready[each], now))
        wait = max(0.0, self._ready[batch] - now)
        return Turn(batch, wait) if seconds - wait >= ROUND_SECONDS or not (self._begun or wait) else None

    def defer(self, batch: K, seconds: float) -> None:
        """Lets a batch wait."""
        self._ready[batch] = self._clock() + seconds
        self._begun = True

    def take(self, batch: K, most: int = ROUND_PROFILES) -> list[M]:
        """Takes out a round: messages with at most so many profiles, or one message that has more."""
        messages, taken, profiles = self._left[batch], 0, 0
        while taken < len(messages):
            profiles += self._profiles(messages[taken])
            if taken and profiles > min(most, ROUND_PROFILES):
                break
            taken += 1
        self._left[batch] = messages[taken:]
        if not self._left[batch]:
            del self._left[batch]
        self._begun = True
        return messages[:taken]

    def left(self) -> dict[K, list[M]]:
        """Returns the messages that were not taken, by batch."""
        return self._left


def untried_seconds(profiles: Iterable[int], per_minute: int | None) -> Iterator[float]:
    """Yields for each message that was left, given by its profiles, when it may come back: in its turn at the limit."""
    least, most = _UNTRIED_SECONDS
    for sent_before in accumulate(profiles):
        yield min(max(least, 60 * sent_before / per_minute if per_minute else 0.0), most)
