"""Purchases of Acme's customers: ExperienceEvents as Event Forwarding posts them, and what MoEngage has of them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aep_moengage_dev.demo.customers import Customer

ACTION = "Purchase"  # as the sample destination calls it


@dataclass(slots=True)
class Purchases:
    """The purchases that were sent, by order: their customers' ids."""

    sent: dict[str, str] = field(default_factory=dict)

    def body(self, customers: Iterable[Customer]) -> str:
        """Returns a body with one purchase of each customer."""
        return json.dumps([self._event(customer) for customer in customers])

    def _event(self, customer: Customer) -> dict[str, Any]:
        order = f"order-{len(self.sent) + 1:04}"
        self.sent[order] = customer.id
        return {
            "_id": f"event-of-{order}",
            "timestamp": datetime.now(UTC).isoformat(),
            "eventType": "commerce.purchases",
            "identityMap": {"crmid": [{"id": customer.id, "primary": True}]},
            "commerce": {"order": {"purchaseID": order, "priceTotal": 159.0, "currencyCode": "USD"}},
            "productListItems": [{"SKU": "1002352692", "name": "Bath light", "quantity": 1, "priceTotal": 159.0}],
        }

    def judge(self, events: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[int, int]:
        """Returns how many purchases MoEngage lacks, and how many times it has one once too often."""
        came = Counter(
            (str(event["attributes"]["order_id"]), customer_id)
            for customer_id, some in events.items()
            for event in some
            if event["action"] == ACTION
        )
        sent = Counter(self.sent.items())
        return (sent - came).total(), (came - sent).total()
