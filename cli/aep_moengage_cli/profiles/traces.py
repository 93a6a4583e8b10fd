"""Traces: the history of profiles, assembled from the logs of both functions."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aep_moengage.delivery.updates import Kind
from aep_moengage.telemetry.tracing import MESSAGE

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_BEFORE_MS, _AFTER_MS = 60_000, 300_000  # around a request: clocks differ, and logs are late
_MOST_REQUESTS = 20  # looked up separately, each with its own search

type Progressed = Callable[[int], None]  # is called with the number of lines that were read


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a profile in one function. `at` and `received` are epoch milliseconds; `users` are pseudonyms."""

    at: int
    function: str
    request: str
    received: int
    index: int
    outcome: str
    reason: str | None
    why: str | None
    attempts: int
    moengage_request: str | None
    users: tuple[str, ...]
    kind: Kind = Kind.PROFILES


@dataclass(frozen=True, slots=True)
class Journey:
    """The history of one profile or event of one request, step by step."""

    request: str
    index: int
    steps: tuple[Step, ...]

    @property
    def received(self) -> int:
        """When AEP's request arrived, in epoch milliseconds."""
        return self.steps[0].received

    @property
    def kind(self) -> Kind:
        """Whether it is the history of a profile or of an event."""
        return self.steps[0].kind

    @property
    def outcome(self) -> str:
        """The latest known outcome."""
        return self.steps[-1].outcome


class Traces:
    """Searches the log groups of the functions, given by function, for a destination, back to `since` (epoch ms)."""

    def __init__(
        self,
        logs: "CloudWatchLogsClient",
        groups: Mapping[str, str],
        destination: str,
        *,
        since: int,
        progressed: Progressed = lambda _: None,
    ) -> None:
        self._logs = logs
        self._groups = groups
        self._destination = destination
        self._since = since
        self._progressed = progressed

    def of_request(self, request: str) -> list[Journey]:
        """Returns the history of each profile of a request, in their order."""
        return _journeys(step for step in self._search(request) if step.request == request)

    def of_user(self, pseudonym: str) -> list[Journey]:
        """Returns the histories of all profiles of a user, in the order of arrival.

        A step before the profile's user was determined, as when a whole request was queued, has no pseudonym: it is
        searched for by its request.
        """
        steps = [step for step in self._search(pseudonym) if pseudonym in step.users]
        places = {(step.request, step.index) for step in steps}
        begun = {(step.request, step.index) for step in steps if step.function == "ingest"}
        unseen = {step.request: step for step in steps if (step.request, step.index) not in begun}
        for step in sorted(unseen.values(), key=lambda step: -step.received)[:_MOST_REQUESTS]:
            around = self._search(step.request, step.received - _BEFORE_MS, step.at + _AFTER_MS)
            steps += [each for each in around if (each.request, each.index) in places and not each.users]
        return _journeys(steps)

    def _search(self, text: str, since: int | None = None, until: int | None = None) -> Iterator[Step]:
        pages = self._logs.get_paginator("filter_log_events")
        times = {"startTime": max(since or 0, self._since)} | ({"endTime": until} if until else {})
        for function, group in self._groups.items():
            for page in pages.paginate(logGroupName=group, filterPattern=f'"{text}"', **times):  # type: ignore[arg-type] # TypedDict
                self._progressed(len(page["events"]))
                for event in page["events"]:
                    yield from self._steps(function, event)

    def _steps(self, function: str, event: Any) -> Iterator[Step]:
        try:
            line = json.loads(event["message"])
            groups = line["traced"] if (line["message"], line["destination"]) == (MESSAGE, self._destination) else ()
        except (ValueError, TypeError, KeyError):  # another line with the same text
            return
        for group in groups:
            for index, users in group["profiles"].items():
                yield _step(function, event["timestamp"], group, int(index), tuple(users))


def _step(function: str, at: int, group: Mapping[str, Any], index: int, users: tuple[str, ...]) -> Step:
    return Step(
        at=at,
        function=function,
        request=group["request"],
        received=group["received"],
        index=index,
        outcome=group["outcome"],
        reason=group.get("reason"),
        why=group.get("why"),
        attempts=group.get("attempts", 0),
        moengage_request=group.get("moengage_request"),
        users=users,
        kind=Kind(group.get("kind", Kind.PROFILES)),
    )


def _journeys(steps: Iterable[Step]) -> list[Journey]:
    histories: dict[tuple[str, int], set[Step]] = defaultdict(set)
    for step in steps:
        histories[step.request, step.index].add(step)
    journeys = [
        Journey(*place, tuple(sorted(history, key=lambda step: (step.at, step.attempts))))
        for place, history in histories.items()
    ]
    return sorted(journeys, key=lambda journey: (journey.received, journey.request, journey.index))
