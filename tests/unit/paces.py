"""A pace for tests: it grants what it is told to."""

from collections.abc import Iterable

from aep_moengage.moengage.pacing import Grant, Quota
from aep_moengage.moengage.responses import Answer


class FixedPace:
    """Grants these one after the other, then everything; keeps what it was asked and what it could learn."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self._grants = iter(grants)
        self.asked: list[tuple[Quota, int, int]] = []
        self.learned: list[tuple[Quota, Answer]] = []

    def take(self, quota: Quota, records: int, least: int = 1) -> Grant:
        """See Pace."""
        self.asked.append((quota, records, least))
        return next(self._grants, Grant(records))

    def learn(self, quota: Quota, answer: Answer) -> None:
        """See Pace."""
        self.learned.append((quota, answer))
