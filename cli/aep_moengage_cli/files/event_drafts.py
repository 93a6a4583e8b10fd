"""The events of a draft: an entry for each type that sample events have. It holds no other value of an event."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aep_moengage.aep.events import EVENT_TYPE, event_values
from aep_moengage.moengage.event_records import legal_event_name
from aep_moengage_cli.files.caution import counted
from aep_moengage_cli.files.survey import writable

_LONGEST_TYPE = 512  # characters, the limit of a destination file


def draft_events(events: Sequence[Any], line: Callable[[str, str], str]) -> Iterator[str]:
    """Yields the lines for sample events; none without samples. `line` writes an event type with a comment."""
    if not events:
        return
    types = Counter(_types(events))
    yield "# MoEngage events <- ExperienceEvents that are posted to …/events, by type; or `all`. See docs/events.md."
    yield (
        "events:" if types else "events: []  # no sample has an eventType: select events with `only`, and name `action`"
    )
    for name, count in types.items():
        yield line(name, f"in {count} of {counted(len(events), 'event')}; sent as {legal_event_name(name)}")


def _types(events: Sequence[Any]) -> Iterator[str]:
    for event in events:
        found = event_values(event).get(EVENT_TYPE) if isinstance(event, dict) else None
        if isinstance(found, str) and legal_event_name(found) and len(found) <= _LONGEST_TYPE and writable(found):
            yield found
