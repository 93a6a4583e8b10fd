"""What to do next, from how the flow fares: a table of conditions, each with the command that mends it."""

from collections.abc import Callable, Iterator

from aep_moengage.outcomes import RetryReason
from aep_moengage_cli.monitoring.flow import DestinationFlow, Flow
from aep_moengage_cli.profiles.letter_report import ADVICE

_TOP = 3  # reasons of dead letters that are advised on


def _received(destination: DestinationFlow) -> int:
    return destination.profiles["received"]


def _postponed(reason: RetryReason) -> Callable[[DestinationFlow], bool]:
    return lambda destination: not destination.active.paused and destination.postponed[reason.value] > 0


type _Steps = tuple[tuple[Callable[[DestinationFlow], bool], str], ...]

# In the order of urgency; {id} is the destination's.
_WHILE_SOME_WAIT: _Steps = (  # once nothing waits, what the last hour had is over
    (
        _postponed(RetryReason.SETUP),
        "MoEngage refuses the credentials of {id}: `aep-moengage rotate-key {id}` with a valid DATA APP KEY.",
    ),
    (
        _postponed(RetryReason.THROTTLED),
        "MoEngage's rate limit slows {id}: lower `pacing` in its document, or ask MoEngage for a higher limit.",
    ),
    (
        _postponed(RetryReason.TRANSIENT),
        "Profiles of {id} had to wait: MoEngage was slow or down; nothing to do while the backlog shrinks.",
    ),
)
_OF_DESTINATIONS: _Steps = (
    (
        lambda destination: destination.active.paused,
        "{id} is paused: `aep-moengage resume {id}` lets what waits go.",
    ),
    (
        lambda destination: not _received(destination),
        "Nothing came for {id} in the last hour: if some should have, look at its dataflow in AEP; "
        "`aep-moengage send FILE --destination {id}` posts a sample.",
    ),
)
_OF_THE_STACK: tuple[tuple[Callable[[Flow], bool], str], ...] = (
    (
        lambda flow: not flow.destinations,
        "There is no destination yet: `aep-moengage init`, then `aep-moengage connect`.",
    ),
    (
        lambda flow: flow.dead > 0,
        "There are dead letters: `aep-moengage failures list` tells why, `failures redrive` sends them again.",
    ),
    (
        lambda flow: flow.lacking is not None,
        "Why letters died is shown to who has the permission {lacking}.",
    ),
)


def next_steps(flow: Flow) -> Iterator[str]:
    """Yields what to do, the most urgent first; nothing where all is well."""
    for alarm in flow.ringing:
        yield f"{alarm.name}: {alarm.description}"
    for applies, step in _OF_THE_STACK:
        if applies(flow):
            yield step.format(lacking=flow.lacking)
    ranked = sorted((flow.reasons or {}).items(), key=lambda each: -each[1])
    for reason, _ in ranked[:_TOP]:
        yield f"{reason}: {ADVICE[reason]}"
    for applies_to, step in (*(_WHILE_SOME_WAIT if flow.backlog else ()), *_OF_DESTINATIONS):
        for destination in flow.destinations:
            if applies_to(destination):
                yield step.format(id=destination.active.destination)
