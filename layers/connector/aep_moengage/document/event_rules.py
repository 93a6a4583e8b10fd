"""Event rules: which events are sent to MoEngage, under which name, and what of them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, StrictBool, Tag

from aep_moengage.aep.events import EVENT_TIME
from aep_moengage.document.fields import EventName, Source, Text, shape
from aep_moengage.document.parts import (
    CONSENT,
    SOURCE,
    SWITCH,
    Attributes,
    AttributeSource,
    ConsentRules,
    Identities,
    Part,
)

ITEM = "item"  # what an entry of the list is called that `for_each` names
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


# XDM's field groups for commerce, web, application and marketing details
_ORDER: Mapping[str, str] = {
    "order_id": "commerce.order.purchaseID",
    "order_number": "commerce.order.purchaseOrderNumber",
    "value": "commerce.order.priceTotal",
    "currency": "commerce.order.currencyCode || productListItems[0].currencyCode",
    "tax": "commerce.order.taxAmount",
    "discount": "commerce.order.discountAmount",
    "cart_id": "commerce.cart.cartID",
}
_PRODUCTS: Mapping[str, str] = {
    "product_ids": "productListItems[].SKU",
    "product_names": "productListItems[].name",
    "product_count": "productListItems[0].quantity && sum(productListItems[].quantity)",
}
_PRODUCT: Mapping[str, str] = {
    "product_id": f"{ITEM}.SKU",
    "product_name": f"{ITEM}.name",
    "quantity": f"{ITEM}.quantity",
    "price": f"{ITEM}.priceTotal",
}
_VISIT: Mapping[str, str] = {
    "page_name": "web.webPageDetails.name",
    "page_url": "web.webPageDetails.URL",
    "site_section": "web.webPageDetails.siteSection",
    "referrer_url": "web.webReferrer.URL",
    "link_name": "web.webInteraction.name",
    "link_url": "web.webInteraction.URL",
    "link_type": "web.webInteraction.type",
    "search_phrase": "siteSearch.phrase",
    "app_id": "application.id",
    "app_name": "application.name",
    "tracking_code": "marketing.trackingCode",
}
_OF_EVENTS: Mapping[str, str] = {**_ORDER, **_PRODUCTS, **_VISIT}
_OF_ITEMS: Mapping[str, str] = {**_ORDER, **_PRODUCT, **_VISIT}


def default_attributes(*, of_items: bool) -> dict[str, AttributeSource]:
    """Returns the attributes of events for which the file lists none; `of_items`: those about one entry of a list."""
    sources = _OF_ITEMS if of_items else _OF_EVENTS
    return {name: AttributeSource(source=source) for name, source in sources.items()}
