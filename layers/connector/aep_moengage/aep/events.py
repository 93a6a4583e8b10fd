"""Events: XDM ExperienceEvents in the shapes in which Adobe's products and a customer's own streams send them.

Shapes: Event Forwarding posts the bare event, or the root of its event (`{"event": {"xdm": …}}`); the Edge Network
sends `{"xdm": …, "data": …}`; streaming ingestion wraps an event in a message. Any other JSON object is an event as it
is: the destination file says how to read it. An event stays the JSON that it was; it is unwrapped when it is read.
"""

from typing import Any

from aep_moengage.aep.bodies import Shape, read_elements

EVENT_TYPE, EVENT_ID, EVENT_TIME, DATA = "eventType", "_id", "timestamp", "data"
_EVENTS = Shape(("events", "messages"), 'an event, an array of events, or {"events": [...]} is expected')


def read_events(body: str | bytes) -> list[Any]:
    """Returns the events of a body, each in the shape in which it came, with whatever is in their place that is none.

    Raises:
        MalformedBody: for a body that is not JSON, has another shape, or has elements and no object among them.
    """
    return read_elements(body, _EVENTS)


def event_values(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the values that sources read: the fields of the event itself, without what it was wrapped in.

    What the Edge Network has in `data`, beside the XDM object, is found under `data`.
    """
    match event:
        case {"body": {"xdmEntity": dict() as entity}}:
            return entity
        case {"event": {"xdm": dict() as xdm, **beside}} | {"xdm": dict() as xdm, **beside}:
            return xdm | {DATA: beside[DATA]} if DATA in beside and DATA not in xdm else xdm
    return event


def is_experience_event(element: Any) -> bool:
    """Whether an element is an ExperienceEvent in one of the known shapes: it says of which type it is, and has no
    audiences."""
    if not isinstance(element, dict):
        return False
    values = event_values(element)
    return EVENT_TYPE in values and not {"segmentMembership", "attributes"} & values.keys()
