"""What the unit tests of the transform start from."""

import json
from pathlib import Path
from typing import Any

from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping, Decision

PAYLOADS = Path(__file__).parents[1] / "payloads"


# a destination that delivers by crmid, else ECID, and activates every audience
DOCUMENT: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "region": "03",
    "username": "ABCD1234",
    "audiences": "all",
    "identities": {"user_id": "crmid", "anonymous_id": "ECID"},
}


def destination(**changes: Any) -> Destination:
    return parse_destination(DOCUMENT | changes)


def decide(profile: Any, **changes: Any) -> Decision:
    return CompiledMapping(destination(**changes)).transform(profile)


def profile(**fields: Any) -> dict[str, Any]:
    return {"identityMap": {"crmid": [{"id": "user-1"}]}, **fields}


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def attributes_of(decision: Decision) -> dict[str, Any]:
    assert decision.customer is not None
    attributes: dict[str, Any] = decision.customer["attributes"]
    return attributes


def codes(decision: Decision) -> list[str]:
    return [warning.code for warning in decision.warnings]
