"""What to do next: a table of causes, each with the command that fixes it and the alarms that it explains.

A cause is advised on once, whatever alarms it raises and however many destinations it has.
"""

from collections.abc import Callable, Iterator

from aep_moengage.outcomes import RetryReason
from aep_moengage_cli.monitoring.flow import Alarm, DestinationFlow, Flow
from aep_moengage_cli.profiles.dead_letter_report import ADVICE

_TOP = 3  # dead-letter reasons with advice


def _received(destination: DestinationFlow) -> int:
    return destination.profiles["received"]


def _postponed(reason: RetryReason) -> Callable[[DestinationFlow], bool]:
    return lambda destination: not destination.active.paused and destination.postponed[reason.value] > 0


type _Steps = tuple[tuple[Callable[[DestinationFlow], bool], str, frozenset[str]], ...]

_LATE = frozenset({"FlowRunDelayAlarm", "DrainBehindAlarm", "FlowRunSuccessAlarm"})  # profiles wait, for whatever cause
_DEAD = frozenset({"DeadLettersAlarm", "FlowRunFailureAlarm"})

# In the order of urgency; {ids} are the destinations, {id} is how a command names one of them.
_WITH_A_BACKLOG: _Steps = (  # without one, the problems of the last hour are over
    (
        _postponed(RetryReason.SETUP),
        "MoEngage refuses the credentials of {ids}: find out why with `aep-moengage check FILE --online`. If the DATA "
        "APP KEY is wrong, replace it with `aep-moengage rotate-key {id}`.",
        _LATE | {"SetupAlarm"},
    ),
    (
        _postponed(RetryReason.THROTTLED),
        "MoEngage's rate limit slows {ids} down, and drain follows it: wait, or ask MoEngage for a higher limit. "
        "`pacing` in the document leaves a part of the limit to other senders.",
        _LATE | {"ThrottledAlarm"},
    ),
    (
        _postponed(RetryReason.QUEUED),
        "Profiles for {ids} come faster than MoEngage takes them one by one, and are sent in bulk: nothing to do while "
        "the backlog shrinks.",
        _LATE,
    ),
    (
        _postponed(RetryReason.TRANSIENT),
        "MoEngage is slow or down for {ids}, and profiles are retried: nothing to do while the backlog shrinks.",
        _LATE,
    ),
    (
        _postponed(RetryReason.HELD),
        "Events for {ids} are part of the backlog until their users are known, or `hold_anonymous` is over: nothing to "
        "do.",
        frozenset(),
    ),
)
_OF_DESTINATIONS: _Steps = (
    (
        lambda destination: destination.active.paused,
        "Paused: {ids}. `aep-moengage resume {id}` sends the queued updates.",
        frozenset(),
    ),
    (
        lambda destination: not _received(destination),
        "Nothing was received in the last hour for {ids}. If it should have been, check the dataflow in AEP; "
        "`aep-moengage send FILE --destination {id}` posts a sample.",
        frozenset({"NoDataAlarm"}),
    ),
)
_NO_DESTINATION = (
    "There is no destination yet: draft one with `aep-moengage init`, and create it with `aep-moengage connect FILE`."
)
_DEAD_LETTERS = (
    "There are dead letters: `aep-moengage failures list` shows the reasons, `aep-moengage failures redrive` sends "
    "them again."
)
_LACKING = "Their reasons are shown only if you also have the permission {}."


def next_steps(flow: Flow) -> Iterator[str]:
    """Yields what to do, the most urgent first; nothing if the flow is healthy.

    Alarms that a cause below explains are named beside it. The others come first, each with its description.
    """
    causes = [*_of_the_stack(flow), *_of_destinations(flow)]
    explained = frozenset[str]().union(*(names for _, names in causes))
    for alarm in flow.in_alarm:
        if alarm.name not in explained:
            yield f"{alarm.name}: {alarm.description}"
    named: set[str] = set()
    for text, names in causes:
        alarms = [alarm for alarm in flow.in_alarm if alarm.name in names - named]
        named |= names
        yield f"{text} ({'; '.join(map(_named, alarms))})" if alarms else text


def _named(alarm: Alarm) -> str:
    _, runbook, link = alarm.description.partition("Runbook: ")
    return f"{alarm.name}, {runbook}{link}" if link else alarm.name


def _of_the_stack(flow: Flow) -> Iterator[tuple[str, frozenset[str]]]:
    if not flow.destinations:
        yield _NO_DESTINATION, frozenset()
    if not flow.dead:
        return
    if not flow.reasons:
        yield " ".join([_DEAD_LETTERS, *([_LACKING.format(flow.lacking)] if flow.lacking else [])]), _DEAD
        return
    reasons: dict[str, list[str]] = {}
    for reason, _ in sorted(flow.reasons.items(), key=lambda each: -each[1])[:_TOP]:
        reasons.setdefault(ADVICE[reason], []).append(reason)
    for advice, named in reasons.items():
        yield f"Dead letters, {' and '.join(named)}: {advice}", _DEAD


def _of_destinations(flow: Flow) -> Iterator[tuple[str, frozenset[str]]]:
    for applies_to, step, alarms in (*(_WITH_A_BACKLOG if flow.backlog else ()), *_OF_DESTINATIONS):
        ids = [each.active.destination for each in flow.destinations if applies_to(each)]
        if ids:
            yield step.format(ids=", ".join(ids), id=ids[0] if len(ids) == 1 else "ID"), alarms
