"""A thousand XDM profiles, always the same, and a destination that maps twenty attributes of them."""

import json
from typing import Any

from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination

PROFILES = 1000
_QUALIFIED = "2024-03-02T11:22:33Z"
ATTRIBUTES: dict[str, Any] = {
    "first_name": "person.name.firstName",
    "last_name": "person.name.lastName",
    "email": "personalEmail.address",
    "mobile": "mobilePhone.number",
    "gender": "person.gender",
    "birthday": "person.birthDate",
    "city": "homeAddress.city",
    "country": "homeAddress.countryCode",
    "postal_code": "homeAddress.postalCode",
    "language": "preferredLanguage",
    "email_consent": "consents.marketing.email.val",
    "customer_age": "_tenant.age",
    "loyalty_tier": "_tenant.loyaltyTier",
    "loyalty_points": "_tenant.loyaltyPoints",
    "lifetime_value": "_tenant.lifetimeValue",
    "orders_count": "_tenant.ordersCount",
    "last_order": "_tenant.lastOrderAt",
    "customer_since": "_tenant.createdAt",
    "preferred_store": "_tenant.preferredStore",
    "interests": "_tenant.segments",
}


def destination() -> Destination:
    """Returns the destination that the profiles are transformed for."""
    return parse_destination(
        {
            "id": "bench",
            "name": "Benchmark",
            "region": "03",
            "username": "ACME1234",
            "audiences": [{"id": f"seg{number}", "name": f"Audience {number}"} for number in (1, 2, 3)],
            "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
            "attributes": ATTRIBUTES,
        }
    )


def bodies() -> list[bytes]:
    """Returns the profiles as AEP would post them, one to a body."""
    return [json.dumps(_profile(number), separators=(",", ":")).encode() for number in range(PROFILES)]


def _profile(number: int) -> dict[str, Any]:
    statuses = {"seg1": "realized", "seg2": "realized", "seg3": "exited"}
    return {
        "identityMap": {"crmid": [{"id": f"user-{number}", "primary": True}], "ECID": [{"id": f"anon-{number}"}]},
        "segmentMembership": {
            "ups": {name: {"status": status, "lastQualificationTime": _QUALIFIED} for name, status in statuses.items()}
        },
        "person": {
            "name": {"firstName": "Ada", "lastName": f"Lovelace {number}"},
            "gender": "female",
            "birthDate": "1990-05-17",
        },
        "personalEmail": {"address": f"ada.{number}@example.com"},
        "mobilePhone": {"number": f"+919876510{number:03}"},
        "homeAddress": {"city": "Bengaluru", "countryCode": "IN", "postalCode": "560001"},
        "preferredLanguage": "en-IN",
        "consents": {"marketing": {"email": {"val": "y"}}},
        "_tenant": {
            "age": 34,
            "loyaltyTier": "gold",
            "loyaltyPoints": 12_450 + number % 100,
            "lifetimeValue": 98231.55,
            "ordersCount": 37,
            "lastOrderAt": "2024-03-02T11:22:33.123Z",
            "createdAt": "2019-11-02T08:00:00Z",
            "preferredStore": "BLR-04",
            "segments": ["high_value", "newsletter", "churn_risk"],
        },
    }
