"""What the unit tests of the transform start from."""

import json
from functools import partial
from typing import Any

from tests.profiles import profile as profile_of

from aep_moengage.delivery.preview import records_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.document.destination import Destination, Identities
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping, Decision
from aep_moengage_dev.project import PROJECT

PAYLOADS = PROJECT / "tests" / "payloads"
RECEIVED_MS = 1_767_225_600_000  # 2026-01-01
profile = partial(profile_of, "user-1")


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


def identities(**given: Any) -> Identities:
    """A destination's identities, with short forms as a document has them."""
    return destination(identities=given).identities


def decide(profile: Any, **changes: Any) -> Decision:
    return CompiledMapping(destination(**changes)).transform(profile, RECEIVED_MS)


def sent(profile: Any, **changes: Any) -> list[dict[str, Any]]:
    """The records that MoEngage is sent of a profile, the first of its user."""
    to = ActiveDestination(destination(**changes), 1, "https://moengage.invalid", "key", ())
    update = update_of(profile, received_ms=RECEIVED_MS, index=0, request="r1")
    decision = to.mapping.transform(profile, RECEIVED_MS)
    return [json.loads(due.record.body) for due in records_of(to, update, decision)]


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def attributes_of(decision: Decision) -> dict[str, Any]:
    assert decision.attributes is not None
    attributes: dict[str, Any] = json.loads(decision.attributes)
    return attributes


def record_of(decision: Decision) -> dict[str, Any]:
    """The customer record of a decision, without audiences."""
    return {"type": "customer", "customer_id": decision.customer_id, "attributes": attributes_of(decision)}


def codes(decision: Decision) -> list[str]:
    return [warning.code for warning in decision.warnings]
