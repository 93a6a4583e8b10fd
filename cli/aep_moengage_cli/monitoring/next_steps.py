"""What to do next: a table of conditions of the flow, each with the command that fixes it."""

from collections.abc import Callable, Iterator

from aep_moengage.outcomes import RetryReason
from aep_moengage_cli.monitoring.flow import DestinationFlow, Flow
from aep_moengage_cli.profiles.dead_letter_report import ADVICE

_TOP = 3  # dead-letter reasons with advice


def _received(destination: DestinationFlow) -> int:
    return destination.profiles["received"]


def _postponed(reason: RetryReason) -> Callable[[DestinationFlow], bool]:
    return lambda destination: not destination.active.paused and destination.postponed[reason.value] > 0


type _Steps = tuple[tuple[Callable[[DestinationFlow], bool], str], ...]

# In the order of urgency; {id} is the destination's.
_WITH_A_BACKLOG: _Steps = (  # without one, the problems of the last hour are over
    (
        _postponed(RetryReason.SETUP),
        "MoEngage refuses the credentials of {id}: find out why with `aep-moengage check FILE --online`. If the DATA "
        "APP KEY is wrong, replace it with `aep-moengage rotate-key {id}`.",
    ),
    (
        _postponed(RetryReason.THROTTLED),
        "MoEngage's rate limit slows {id} down, and drain follows it: wait, or ask MoEngage for a higher limit. "
        "`pacing` in its document leaves a part of the limit to other senders.",
    ),
    (
        _postponed(RetryReason.QUEUED),
        "Profiles for {id} come faster than MoEngage takes them one by one, and are sent in bulk: nothing to do while "
        "the backlog shrinks.",
    ),
    (
        _postponed(RetryReason.TRANSIENT),
        "MoEngage is slow or down for {id}, and profiles are retried: nothing to do while the backlog shrinks.",
    ),
    (
        _postponed(RetryReason.HELD),
        "Events for {id} are part of the backlog until their users are known, or `hold_anonymous` is over: nothing to "
        "do.",
    ),
)
_OF_DESTINATIONS: _Steps = (
    (
        lambda destination: destination.active.paused,
        "{id} is paused: `aep-moengage resume {id}` sends the queued updates.",
    ),
    (
        lambda destination: not _received(destination),
        "{id} received nothing in the last hour. If it should have, check its dataflow in AEP; "
        "`aep-moengage send FILE --destination {id}` posts a sample.",
    ),
)
_OF_THE_STACK: tuple[tuple[Callable[[Flow], bool], str], ...] = (
    (
        lambda flow: not flow.destinations,
        "There is no destination yet: draft one with `aep-moengage init`, then run `aep-moengage connect FILE`.",
    ),
    (
        lambda flow: flow.dead > 0,
        "There are dead letters: `aep-moengage failures list` shows the reasons, `aep-moengage failures redrive` "
        "sends them again.",
    ),
    (
        lambda flow: flow.lacking is not None,
        "Dead-letter reasons are shown only if you also have the permission {lacking}.",
    ),
)


def next_steps(flow: Flow) -> Iterator[str]:
    """Yields what to do, the most urgent first; nothing if the flow is healthy."""
    for alarm in flow.in_alarm:
        yield f"{alarm.name}: {alarm.description}"
    for applies, step in _OF_THE_STACK:
        if applies(flow):
            yield step.format(lacking=flow.lacking)
    ranked = sorted((flow.reasons or {}).items(), key=lambda each: -each[1])
    for reason, _ in ranked[:_TOP]:
        yield f"{reason}: {ADVICE[reason]}"
    for applies_to, step in (*(_WITH_A_BACKLOG if flow.backlog else ()), *_OF_DESTINATIONS):
        for destination in flow.destinations:
            if applies_to(destination):
                yield step.format(id=destination.active.destination)
