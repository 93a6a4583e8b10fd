"""XDM profiles, always the same, and a destination that maps twenty attributes of them.

Beside the usual shape there are others: deep, with 200 audiences, with long arrays.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

PROFILES = 1000
TOKEN, MOENGAGE_KEY, TRACE_KEY, LEDGER_KEY = "bench.token", "key", "trace", "ledger"
TOKEN_DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
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


def document(attributes: dict[str, Any] | None = None, audiences: int = 3) -> dict[str, Any]:
    """Returns the document of the destination that the profiles are transformed for."""
    return {
        "id": "bench",
        "name": "Benchmark",
        "region": "03",
        "username": "ACME1234",
        "audiences": [{"id": f"seg{number}", "name": f"Audience {number}"} for number in range(1, audiences + 1)],
        "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
        "attributes": attributes or ATTRIBUTES,
    }


def usual(number: int) -> dict[str, Any]:
    """Returns a profile with twenty attributes, two identities and three audiences."""
    return {
        "identityMap": {"crmid": [{"id": f"user-{number}", "primary": True}], "ECID": [{"id": f"anon-{number}"}]},
        "segmentMembership": _memberships({"seg1": "realized", "seg2": "realized", "seg3": "exited"}),
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


def deep(number: int) -> dict[str, Any]:
    """Returns a profile with an attribute below 40 levels."""
    leaf: Any = number
    for level in range(40):
        leaf = {f"level{level}": leaf, "beside": "text"}
    return usual(number) | {"_deep": leaf}


def many_audiences(number: int) -> dict[str, Any]:
    """Returns a profile in 200 audiences."""
    statuses = {f"seg{each}": "exited" if each % 4 == 0 else "realized" for each in range(1, 201)}
    return usual(number) | {"segmentMembership": _memberships(statuses)}


def long_arrays(number: int) -> dict[str, Any]:
    """Returns a profile with two arrays of 500 elements, of which MoEngage takes 50."""
    return usual(number) | {
        "_arrays": {"texts": [f"item {each}" for each in range(500)], "numbers": [each + number for each in range(500)]}
    }


def _memberships(statuses: dict[str, str]) -> dict[str, Any]:
    times = {name: {"status": status, "lastQualificationTime": _QUALIFIED} for name, status in statuses.items()}
    return {"ups": times}


_DEEPEST = "_deep." + ".".join(f"level{level}" for level in reversed(range(40)))
# name -> a profile by its number, and the document of its destination
SHAPES: dict[str, tuple[Callable[[int], dict[str, Any]], dict[str, Any]]] = {
    "usual": (usual, document()),
    "deep": (deep, document(ATTRIBUTES | {"deepest": _DEEPEST})),
    "audiences": (many_audiences, document(audiences=200)),
    "arrays": (long_arrays, document(ATTRIBUTES | {"texts": "_arrays.texts", "numbers": "_arrays.numbers"})),
}


def as_posted(profile: Any) -> bytes:
    """Returns a value as AEP posts it."""
    return json.dumps(profile, separators=(",", ":")).encode()
