"""A stand-in for AEP: posts profiles to the connector and remembers what it has sent."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aep_moengage.delivery.updates import Kind
from aep_moengage_cli.profiles.sending import Tally, send, url_for
from aep_moengage_dev.demo.accounting import SentProfile
from aep_moengage_dev.local.problems import LocalStackError


@dataclass(frozen=True, slots=True)
class Posted:
    """Answered requests: how many, their profiles' outcomes (`skipped: no_identity`, where there is a reason), and how
    many seconds the slowest answer took.
    """

    outcomes: Counter[str]
    requests: int
    slowest: float

    def __str__(self) -> str:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        requests = f"{self.requests} requests: " if self.requests > 1 else ""
        return f"{requests}{outcomes} [dim](slowest {self.slowest:.2f} s)[/]"


def together(posts: Sequence[Posted]) -> Posted:
    """Returns the sum of several posts."""
    outcomes = sum((each.outcomes for each in posts), Counter[str]())
    return Posted(outcomes, sum(each.requests for each in posts), max(each.slowest for each in posts))


class Aep:
    """Posts to one destination's `endpoint`."""

    def __init__(self, endpoint: str, token: str) -> None:
        self._endpoint = endpoint
        self._token = token
        self._tally = Tally()
        self.sent: list[SentProfile] = []  # oldest first

    @property
    def received(self) -> int:
        """How many profiles and events the connector has accepted."""
        return self._tally.received

    def post(self, body: str, sent: Iterable[SentProfile]) -> Posted:
        """Posts a body of profiles; `sent` are the updates in it.

        Raises:
            LocalStackError: if the request is refused.
        """
        self.sent += sent  # before the answer, which may get lost
        return self._post(body, Kind.PROFILES)

    def post_events(self, body: str) -> Posted:
        """Posts a body of events, as Event Forwarding does.

        Raises:
            LocalStackError: if the request is refused.
        """
        return self._post(body, Kind.EVENTS)

    def _post(self, body: str, kind: Kind) -> Posted:
        before, started = Counter(self._tally.outcomes), time.monotonic()
        for tally in send(url_for(self._endpoint, kind), self._token, [("the demo", body)], self._tally):
            if tally.refused:
                refusal = tally.refused[-1]
                raise LocalStackError(f"A request was refused: {refusal.status or ''} {refusal.detail}")
        outcomes: Counter[str] = Counter()
        for (outcome, reason), count in (self._tally.outcomes - before).items():
            outcomes[f"{outcome}: {reason}" if reason else outcome] += count
        return Posted(outcomes, 1, time.monotonic() - started)
