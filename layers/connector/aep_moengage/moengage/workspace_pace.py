"""The pace of a destination, as one running function follows it.

It knows the workspace's counters from its last call to their table, so most questions need none.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from aep_moengage.log import logger
from aep_moengage.moengage.pacing import (
    NOTHING_LEARNED,
    WINDOW_SECONDS,
    Configured,
    Grant,
    Learned,
    Limit,
    PaceState,
    PaceTable,
    PaceUnavailable,
    Quota,
    limit_in_force,
    next_room,
    room,
    turn,
    window_at,
    workspace_limit,
)
from aep_moengage.moengage.responses import Answer, Verdict

_TRIES = 4  # to count, while others count at the same time
_WORTH_SENDING = 10  # parts of a window's room; fewer records are not worth a request that would have more
_CREDIT = 200  # parts of a minute's limit, of which a function may send one before it counts
_HELD_SECONDS = 5.0  # after a 429 that does not say how long to wait
_ONE_CUT_SECONDS = 60.0  # further 429s within this time belong to the same cut


@dataclass(slots=True)
class KnownPace:
    """What a function knows of a workspace by itself.

    `remaining`: by quota, the records that MoEngage's last answer left, and until when.
    """

    state: PaceState | None = None
    owed: Counter[str] = field(default_factory=Counter)
    remaining: dict[Quota, tuple[int, float]] = field(default_factory=dict)

    def learned(self, quota: Quota) -> Learned:
        return self.state.learned.get(quota, NOTHING_LEARNED) if self.state else NOTHING_LEARNED

    def left_by_moengage(self, quota: Quota, now: float) -> tuple[int, float] | None:
        left, until = self.remaining.get(quota, (0, 0.0))
        return (left, until - now) if until > now else None

    def take_of_moengages(self, quota: Quota, records: int) -> None:
        if quota in self.remaining:
            left, until = self.remaining[quota]
            self.remaining[quota] = max(0, left - records), until


class WorkspacePace:
    """The pace of a destination. Without the table nothing waits, and MoEngage's own limit remains."""

    def __init__(
        self,
        key: str,
        table: PaceTable,
        known: KnownPace,
        configured: Configured,
        clock: Callable[[], float],
        *,
        on_credit: bool,
    ) -> None:
        self._key = key
        self._table = table
        self._known = known
        self._configured = configured
        self._clock = clock
        self._on_credit = on_credit

    def limit(self, quota: Quota) -> Limit:
        """Returns the limit that is in force, as far as this function knows."""
        return limit_in_force(quota, self._configured.limit(quota), self._known.learned(quota), self._clock())

    def left(self, quota: Quota) -> int:
        """Returns the records that can be sent in this window, as far as this function knows; calls nobody."""
        now = self._clock()
        return self._left(quota, now, window_at(now))

    def wait(self, quota: Quota) -> float:
        """Returns the seconds until records can be sent, as far as this function knows; calls nobody.

        The last few records of a window are not worth a round of their own.
        """
        now = self._clock()
        window = window_at(now)
        worth_it = min(self._rooms(quota, window).values()) // _WORTH_SENDING
        return 0.0 if self._left(quota, now, window) > worth_it else self._wait(quota, now)

    def take(self, quota: Quota, records: int, least: int = 1) -> Grant:
        """Asks to send so many records; grants all of them, some but at least `least`, or none.

        `least` records that are more than a window holds are granted in a window of which nothing is used.
        """
        now = self._clock()
        held = self._held(quota, now)
        if held > 0:
            return Grant(0, held)
        if offered := self._known.left_by_moengage(quota, now):
            records = min(records, offered[0])
            if records < least:
                return Grant(0, offered[1])
        if self._on_credit and self._owe(quota, records, now):
            self._known.take_of_moengages(quota, records)
            return Grant(records)
        try:
            return self._count(quota, records, least)
        except PaceUnavailable as error:
            logger().warning("sent without rate limit", extra={"problem": str(error)})
            return Grant(records)

    def learn(self, quota: Quota, answer: Answer) -> None:
        """Takes note of the limit that an answer states, and of a 429."""
        now, learned = self._clock(), self._known.learned(quota)
        if answer.remaining is not None and answer.resets_in:
            self._known.remaining[quota] = max(0, answer.remaining), now + answer.resets_in
        taught = learned if answer.limit is None else replace(learned, limit=answer.limit)
        if answer.verdict is Verdict.THROTTLED and now - learned.refused_at >= _ONE_CUT_SECONDS:
            taught = taught.after_429(self._shared(quota).per_minute, now, answer.retry_after or _HELD_SECONDS)
        if taught == learned:
            return
        state = self._known.state or PaceState(0)
        self._known.state = replace(state, learned={**state.learned, quota: taught})
        # ingest does not store what every answer states: that would be a write for each environment
        if not self._on_credit or taught.refused_at == now:
            self._teach(quota, taught, now)

    def _shared(self, quota: Quota) -> Limit:
        return workspace_limit(quota, self._configured.limit(quota), self._known.learned(quota), self._clock())

    def _teach(self, quota: Quota, taught: Learned, now: float) -> None:
        since = now - _ONE_CUT_SECONDS if taught.refused_at == now else taught.refused_at + 0.001
        try:
            self._table.teach(self._key, quota, taught, since)
        except PaceUnavailable as error:
            logger().warning("the limit that MoEngage states was not stored", extra={"problem": str(error)})

    def _counters(self, quota: Quota) -> dict[str, int]:
        """Returns the counters of a quota, each with its limit: the workspace's, and the destination's own."""
        configured = self._configured.limit(quota)
        counters = {quota.value: self._shared(quota).per_minute}
        if configured is not None:
            kind = "users" if quota.counts_users else "events"
            counters[f"{kind}@{self._configured.destination}"] = configured
        return counters

    def _rooms(self, quota: Quota, window: int) -> dict[str, int]:
        return {counter: room(limit, window) for counter, limit in self._counters(quota).items()}

    def _left(self, quota: Quota, now: float, window: int) -> int:
        """Returns the records for which the window has room, as far as this function knows."""
        if self._held(quota, now) > 0:
            return 0
        state, rooms = self._known.state, self._rooms(quota, window)
        return state.left(rooms) if state and state.window == window else min(rooms.values())

    def _held(self, quota: Quota, now: float) -> float:
        return self._known.learned(quota).held_until - now

    def _wait(self, quota: Quota, now: float) -> float:
        limit = min(self._counters(quota).values())
        later = next_room(limit, window_at(now))
        return max(later * WINDOW_SECONDS + turn(self._configured.destination, later) - now, self._held(quota, now))

    def _owe(self, quota: Quota, records: int, now: float) -> bool:
        """Sends on credit, if there is any; returns whether."""
        counters, window, state = self._counters(quota), window_at(now), self._known.state
        if (
            state
            and state.window == window
            and self._left(quota, now, window) * 2 < min(self._rooms(quota, window).values())
        ):
            return False
        if any(self._known.owed[counter] + records > limit // _CREDIT for counter, limit in counters.items()):
            return False
        self._known.owed.update(dict.fromkeys(counters, records))
        return True

    def _count(self, quota: Quota, records: int, least: int) -> Grant:
        """Counts records in the current window, as many as it has room for."""
        for _ in range(_TRIES):
            now = self._clock()
            current = self._known.state.window if self._known.state else 0
            window = max(window_at(now), current)  # another function's clock may be ahead
            granted = self._fitting(quota, records, least, now, window)
            if not granted:
                break
            spent = {counter: granted + self._known.owed[counter] for counter in self._counters(quota)}
            if self._counted(quota, window, spent):
                for counter in spent:
                    self._known.owed.pop(counter, None)
                self._known.take_of_moengages(quota, granted)
                return Grant(granted)
        return Grant(0, self._wait(quota, self._clock()))

    def _fitting(self, quota: Quota, records: int, least: int, now: float, window: int) -> int:
        """Returns how many records to ask for; 0 if the window is known to have no room."""
        rooms, state = self._rooms(quota, window), self._known.state
        owed = max(self._known.owed[counter] for counter in rooms)
        left = self._left(quota, now, window)
        if left - owed >= max(least, min(records, min(rooms.values()) // _WORTH_SENDING)):
            return min(records, left - owed)
        unused = not state or state.window != window or not any(state.spent.get(counter) for counter in rooms)
        too_large = least + owed > min(rooms.values()) > 0  # for any window, and it cannot be divided
        return least if unused and too_large and self._held(quota, now) <= 0 else 0

    def _counted(self, quota: Quota, window: int, spent: Mapping[str, int]) -> bool:
        rooms = {counter: max(most, spent[counter]) for counter, most in self._rooms(quota, window).items()}
        done, state = self._table.add(self._key, window, spent, rooms)
        if not done and (state is None or state.window < window):
            before = state or PaceState(0)
            done, state = self._table.begin(self._key, before.window, before.begin(window, spent))
        self._known.state = state
        return done
