"""The attributes of events for which the file lists none: those of Adobe's field groups."""

from collections.abc import Mapping

from aep_moengage.document.destination import AttributeSource

ITEM = "item"  # what an entry of the list is called that `for_each` names

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
