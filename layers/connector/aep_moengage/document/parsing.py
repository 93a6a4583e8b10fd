"""The destination document: text in, a checked destination out; or every fault of it at once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from aep_moengage.document.exports import exports
from aep_moengage.document.faults import DestinationFaults, Fault, fault, faults_of
from aep_moengage.document.governance import Deny, Governance, Labels, Policy, violations
from aep_moengage.document.model import (
    AttributeSource,
    Audience,
    ConsentRule,
    Destination,
    Identities,
    IdentitySource,
    Pacing,
)

# where a field was written (* for a name of the operator's choice) -> the model that describes it
PARTS: Mapping[str, type[BaseModel]] = {
    "": Destination,
    "audiences": Audience,
    "identities": Identities,
    "identities.*": IdentitySource,
    "attributes.*": AttributeSource,
    "consent": ConsentRule,
    "pacing": Pacing,
    "governance": Governance,
    "governance.labels": Labels,
    "governance.policies": Policy,
    "governance.policies.deny": Deny,
}


def parse_destination(document: Mapping[str, Any] | str) -> Destination:
    """Returns the destination that a document describes.

    `document` is the file's content as a mapping, or as JSON text.

    Raises:
        DestinationFaults: with every fault, each with its path, the value and what is allowed.
    """
    text = document if isinstance(document, str) else json.dumps(document, default=str)
    faults: list[Fault] = []
    destination = None
    try:
        destination = Destination.model_validate_json(text)
    except ValidationError as error:
        faults += faults_of(error, PARTS)
    # what holds between parts is checked on the text, so that a fault in one part hides none between them
    faults += _between_parts(text)
    if destination:
        faults += _governance_violations(destination)
    if destination is None or faults:
        raise DestinationFaults(faults)
    return destination


def _between_parts(text: str) -> Iterator[Fault]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        yield from _repeated_audiences(document.get("audiences"))
        yield from _no_identity(document.get("identities"))


def _repeated_audiences(audiences: Any) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for place, audience in enumerate(audiences if isinstance(audiences, list) else ()):
        identity = audience.get("id") if isinstance(audience, dict) else None
        if not isinstance(identity, str):
            continue
        key = (str(audience.get("namespace", "ups")).lower(), identity)
        if key in seen:
            message = "is there twice, in the same namespace"
            yield fault("duplicate_audience", ["audiences", place, "id"], identity, message, "each audience once")
        seen.add(key)


def _governance_violations(destination: Destination) -> Iterator[Fault]:
    governance = destination.governance
    if not governance.policies:
        return
    for violated in violations(governance, list(exports(destination))):
        policy = governance.policies[violated.policy]
        bearers = "; ".join(f"{label} of {', '.join(names)}" for label, names in violated.carriers.items())
        message = f"this policy denies {', '.join(violated.actions)} with {bearers}"
        allowed = "a mapping and activation without these; or other labels, or a policy that is not ENABLED"
        yield fault("governance_violation", ["governance", "policies", violated.policy], policy.name, message, allowed)


def _no_identity(identities: Any) -> Iterator[Fault]:
    if isinstance(identities, dict) and not (identities.get("user_id") or identities.get("anonymous_id")):
        allowed = str(Destination.model_fields["identities"].description)
        yield fault("no_identity", ["identities"], identities, "names no identity", allowed)
