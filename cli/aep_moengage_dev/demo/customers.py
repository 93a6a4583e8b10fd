"""Acme's customers, the same in every run: as AEP sends them and as MoEngage must show them."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

_FIRST = "Ada Aiko Amir Amélie Bruno Chidi Chloé Dariusz Elif Fatima Hiroshi Ingrid Jonas Kavya Leila Mateo Nadia Omar"
_LAST = (
    "Almeida Bauer Chen Diallo Eriksson Farouk García Haddad Ito Jansen Kowalska Li Müller Nguyen Okafor Patel Silva"
)
_CITIES = ("Berlin", "Lagos", "Lyon", "Mumbai", "Osaka", "São Paulo", "Seattle", "Warszawa")
_TIERS = (None, "silver", "gold")
# the sample destination's audiences: AEP's id, and the name in MoEngage
AUDIENCES = {
    "7841ba61-23c1-4bb3-a495-00d3g5fe1e93": "Gold members",
    "59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae": "Newsletter readers",
    "947c1c46-008d-40b0-92ec-3af86eaf41c1": "Lapsed buyers",
    "5114d758-ce71-43ba-b53e-e2a91d67b67f": "Store visitors",
}
_OPENED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Customer:
    """A customer at one point in time; `points` grow with every change, so no two states look the same."""

    number: int
    first: str
    last: str
    city: str
    tier: str | None
    points: int
    last_order: datetime
    memberships: dict[str, bool] = field(default_factory=dict)  # AEP's audience id -> in (True) or out (False)
    changed: tuple[str, ...] = ()  # the audiences that changed last: AEP's message names only these

    @property
    def id(self) -> str:
        """The id in the CRM, which is MoEngage's customer_id."""
        return f"ACME-{self.number:05}"

    @property
    def email(self) -> str:
        """The email address, with capitals as a person might type it."""
        return f"{self.first}.{self.last}.{self.number}@Example.com"

    def profile(self, **identities: str | float) -> dict[str, Any]:
        """Returns the customer as AEP sends it, under the CRM's id unless other identities are given."""
        tenant: dict[str, Any] = {"loyaltyPoints": self.points, "lastOrderAt": self.last_order.isoformat()}
        return {
            "person": {"name": {"firstName": self.first, "lastName": self.last}},
            "personalEmail": {"address": self.email},
            "homeAddress": {"city": self.city},
            "_tenant": tenant | ({"loyaltyTier": self.tier} if self.tier else {}),
            "segmentMembership": {
                "ups": {
                    audience: {
                        "lastQualificationTime": self.last_order.isoformat(),
                        "status": "realized" if inside else "exited",
                    }
                    for audience, inside in self.memberships.items()
                    if audience in self.changed
                }
            },
            "identityMap": {name: [{"id": value}] for name, value in (identities or {"crmid": self.id}).items()},
        }

    def shown(self) -> dict[str, Any]:
        """Returns the attributes that MoEngage must show."""
        names = sorted(AUDIENCES[audience] for audience, inside in self.memberships.items() if inside)
        return {
            "First_Name": self.first,
            "Last_Name": self.last,
            "home_city": self.city,
            "email_hash": hashlib.sha256(self.email.lower().encode()).hexdigest(),
            "loyalty_points": self.points,
            "tier": self.tier or "none",
            "last_order": self.last_order.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "AEP Segment": names,
        }

    def after_an_order(self, chance: random.Random) -> "Customer":
        """Returns the customer after an order: more points, perhaps another tier, one audience entered or left."""
        audience = chance.choice(list(AUDIENCES))
        memberships = self.memberships | {audience: not self.memberships.get(audience, False)}
        memberships |= {} if any(memberships.values()) else {audience: True}
        return replace(
            self,
            points=self.points + chance.randint(1, 500),
            tier=chance.choice([self.tier, *_TIERS]),
            last_order=self.last_order + timedelta(hours=chance.randint(1, 200)),
            memberships=memberships,
            changed=(audience,),
        )


def seeded(seed: int) -> random.Random:
    """Returns a random generator that gives the same numbers in every run."""
    return random.Random(seed)  # noqa: S311 # not used for secrets


def customers(chance: random.Random) -> Iterator[Customer]:
    """Yields an endless stream of customers, each in at least one audience."""
    number = 0
    while True:
        number += 1
        chosen = chance.sample(list(AUDIENCES), k=chance.randint(1, 3))
        yield Customer(
            number=number,
            first=chance.choice(_FIRST.split()),
            last=chance.choice(_LAST.split()),
            city=chance.choice(_CITIES),
            tier=chance.choice(_TIERS),
            points=chance.randint(0, 5_000),
            last_order=_OPENED + timedelta(hours=chance.randint(0, 5_000)),
            memberships=dict.fromkeys(chosen, True),
            changed=tuple(chosen),
        )
