"""Envelopes: bodies that other interfaces send. They wrap profiles, or hold events; here they are named, not unwrapped.

Shapes: Amazon Data Firehose HTTP endpoint delivery and Kinesis events (AWS documentation); AEP streaming ingestion,
Edge Network, and the entities of the Real-Time Customer Profile API (Adobe's API references).
"""

from typing import Any

_POST_EVENTS = "; events go to /destinations/{id}/events"
_OF_A_PROFILE = ("identityMap", "segmentMembership", "attributes")


def envelope_name(element: Any) -> str | None:
    """Returns what an element is if it is a known envelope, and no profile; else None."""
    if not isinstance(element, dict):
        return None
    if _is_event(element):
        return f"an XDM event{_POST_EVENTS}"
    if any(name in element for name in _OF_A_PROFILE):
        return None
    return _wrapping(element)


def _is_event(element: dict[str, Any]) -> bool:
    """Whether it has an event's type and time. A profile with such fields of its own has audiences or attributes."""
    if "eventType" not in element or "timestamp" not in element:
        return False
    return "segmentMembership" not in element and "attributes" not in element


def _wrapping(element: dict[str, Any]) -> str | None:
    name = None
    match element:
        case {"records": [{"data": str()}, *_]}:
            name = "a Firehose delivery (records[].data)"
        case {"Records": [{"kinesis": dict()}, *_]}:
            name = "a Kinesis event (Records[].kinesis.data)"
        case {"header": dict(), "body": {"xdmEntity": _}} | {"messages": [{"body": {"xdmEntity": _}}, *_]}:
            name = f"a streaming ingestion message (body.xdmEntity){_POST_EVENTS}"
        case {"xdm": dict()} | {"event": {"xdm": dict()}} | {"events": [dict(), *_]}:
            name = f"an Edge Network event (xdm){_POST_EVENTS}"
        case {"entityId": str(), "entity": dict()}:
            name = "an answer of the profile API (entity)"
        case _ if element and all(map(_has_entity, element.values())):
            name = "an answer of the profile API (entity)"
    return name


def _has_entity(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("entity"), dict)
