"""A thousand purchases, always the same, and a destination that maps ten attributes of them."""

import json
from typing import Any

from aep_moengage.document.destination import Destination
from aep_moengage.document.parsing import parse_destination

EVENTS = 1000
ATTRIBUTES: dict[str, str] = {
    "order_id": "commerce.order.purchaseID",
    "order_number": "commerce.order.purchaseOrderNumber",
    "value": "commerce.order.priceTotal",
    "currency": "commerce.order.currencyCode",
    "tax": "commerce.order.taxAmount",
    "page_name": "web.webPageDetails.name",
    "page_url": "web.webPageDetails.URL",
    "referrer": "web.webReferrer.URL",
    "voucher": "_tenant.voucher",
    "store": "_tenant.store",
}


def event_destination() -> Destination:
    """Returns the destination that the events are transformed for."""
    rule = {"type": "commerce.purchases", "action": "Purchase", "attributes": ATTRIBUTES}
    identities = {"user_id": "crmid", "anonymous_id": "ECID"}
    base = {"id": "bench", "name": "Benchmark", "region": "03", "username": "ACME1234", "audiences": "all"}
    return parse_destination(base | {"identities": identities, "events": [rule]})


def event_bodies() -> list[bytes]:
    """Returns the events as they would be posted, one to a body."""
    return [json.dumps(_event(number), separators=(",", ":")).encode() for number in range(EVENTS)]


def bare_event(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the record of an event, with nothing checked."""
    order, web, tenant = event["commerce"]["order"], event["web"], event["_tenant"]
    attributes = {
        "order_id": order["purchaseID"],
        "order_number": order["purchaseOrderNumber"],
        "value": order["priceTotal"],
        "currency": order["currencyCode"],
        "tax": order["taxAmount"],
        "page_name": web["webPageDetails"]["name"],
        "page_url": web["webPageDetails"]["URL"],
        "referrer": web["webReferrer"]["URL"],
        "voucher": tenant["voucher"],
        "store": tenant["store"],
    }
    action = {"action": "Purchase", "attributes": attributes, "current_time": event["timestamp"]}
    customer_id = event["identityMap"]["crmid"][0]["id"]
    return {"type": "event", "customer_id": customer_id, "actions": [action | {"real_time_action": "true"}]}


def _event(number: int) -> dict[str, Any]:
    return {
        "_id": f"event-{number}",
        "timestamp": "2025-12-31T10:00:00.120Z",
        "eventType": "commerce.purchases",
        "identityMap": {"crmid": [{"id": f"user-{number}", "primary": True}], "ECID": [{"id": f"anon-{number}"}]},
        "commerce": {
            "purchases": {"value": 1},
            "order": {
                "purchaseID": f"order-{number}",
                "purchaseOrderNumber": str(number),
                "priceTotal": 159.5 + number,
                "currencyCode": "EUR",
                "taxAmount": 25.4,
            },
        },
        "web": {
            "webPageDetails": {"name": "Checkout", "URL": "https://shop.example.com/checkout"},
            "webReferrer": {"URL": "https://shop.example.com/cart"},
        },
        "environment": {"type": "browser"},
        "_tenant": {"voucher": "WELCOME10", "store": "BLR-04"},
    }
