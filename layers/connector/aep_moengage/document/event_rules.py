"""Event rules: which events are sent to MoEngage, under which name, and what of them."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, StrictBool, Tag

from aep_moengage.aep.events import EVENT_TIME
from aep_moengage.document.fields import EventName, Source, Text, shape
from aep_moengage.document.parts import (
    CONSENT,
    SOURCE,
    SWITCH,
    Attributes,
    ConsentRules,
    Identities,
    Part,
)

_TYPE = "an eventType such as commerce.purchases"
_ACTION = "MoEngage's name of the event, or {source: XDM path} where the event itself has it"
_ATTRIBUTES = "all, or names, each with an XDM path or {source: XDM path, …}; by default those of Adobe's field groups"
_FOR_EACH = "a JMESPath expression of a list, such as productListItems; each entry is `item` for the attributes"
_ONLY = "a JMESPath expression; events for which it is empty, false or absent are not sent"
_CONSENT = f"{CONSENT}; by default as for profiles"
_CAMPAIGNS = f"{SWITCH}; by default the destination's"
_ONCE_BY = "a JMESPath expression of what is different for each event, such as commerce.order.purchaseID"


class NameSource(Part):
    """Where an event has the name that MoEngage knows it by."""

    source: Annotated[Source, Field(description=SOURCE)]


def _tag(value: Any) -> str:
    return "~options" if isinstance(value, NameSource) else shape(value)


type EventAction = Annotated[
    Annotated[NameSource, Tag("~options")] | Annotated[EventName, Tag("~text")], Discriminator(_tag)
]


class EventRule(Part):
    """Events of a type, or all that `only` selects, and the MoEngage event that each becomes.

    An event becomes one MoEngage event for each rule that it matches.
    """

    type: Annotated[Text | None, Field(description=_TYPE)] = None
    only: Annotated[Source | None, Field(description=_ONLY)] = None
    action: Annotated[EventAction | None, Field(description=_ACTION)] = None
    for_each: Annotated[Source | None, Field(description=_FOR_EACH)] = None
    attributes: Annotated[Attributes | None, Field(description=_ATTRIBUTES)] = None
    identities: Annotated[Identities | None, Field(description="as for profiles; by default the same")] = None
    time: Annotated[Source, Field(description=SOURCE)] = EVENT_TIME
    once_by: Annotated[Source | None, Field(description=_ONCE_BY)] = None
    consent: Annotated[ConsentRules | None, Field(description=_CONSENT)] = None
    triggers_campaigns: Annotated[StrictBool | None, Field(description=_CAMPAIGNS)] = None
