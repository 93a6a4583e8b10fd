"""Profiles as AEP sends them."""

from typing import Any


def profile(user: str | None = None, *, ecid: str | None = None, **values: Any) -> dict[str, Any]:
    """Returns a profile with these identities, or none, and these top-level values."""
    identities = {"crmid": user, "ECID": ecid}
    return {"identityMap": {name: [{"id": value}] for name, value in identities.items() if value}, **values}
