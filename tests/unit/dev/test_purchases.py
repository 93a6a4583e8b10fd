"""The demo's purchases, and what is wrong with what MoEngage has of them."""

import json
from itertools import islice
from typing import Any

from aep_moengage_dev.demo.customers import customers, seeded
from aep_moengage_dev.demo.purchases import ACTION, Purchases


def test_a_purchase_is_lost_doubled_or_neither() -> None:
    purchases = Purchases()
    body = json.loads(purchases.body(islice(customers(seeded(1)), 3)))
    events: dict[str, list[dict[str, Any]]] = {}
    for sent in body:
        action = {"action": ACTION, "attributes": {"order_id": sent["commerce"]["order"]["purchaseID"]}}
        events[sent["identityMap"]["crmid"][0]["id"]] = [action, {"action": "AEP Segment Entered", "attributes": {}}]

    assert purchases.judge(events) == (0, 0)
    first, second, third = events
    events[first] *= 2
    assert purchases.judge(events) == (0, 1)
    events[second], events[third] = events[third], events[second]
    assert purchases.judge(events) == (2, 3), "another customer's purchase"
