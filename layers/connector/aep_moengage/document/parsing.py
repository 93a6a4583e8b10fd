"""The destination document: parses its text into a checked destination, or reports all of its errors at once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError

from aep_moengage.document.consent import known_values
from aep_moengage.document.destination import Destination
from aep_moengage.document.event_rules import EventRule, NameSource
from aep_moengage.document.faults import DestinationFaults, Fault, Location, fault, faults_of
from aep_moengage.document.governance import Deny, Governance, Labels, Policy
from aep_moengage.document.model import Audience, Pacing
from aep_moengage.document.model import Destination as DestinationModel
from aep_moengage.document.parts import AttributeSource, ConsentRule, Identities, IdentitySource

# the place of a field, with * for a name that the operator chose -> the model that describes it
PARTS: Mapping[str, type[BaseModel]] = {
    "": DestinationModel,
    "audiences": Audience,
    "identities": Identities,
    "identities.*": IdentitySource,
    "attributes.*": AttributeSource,
    "consent": ConsentRule,
    "events": EventRule,
    "events.action": NameSource,
    "events.identities": Identities,
    "events.identities.*": IdentitySource,
    "events.attributes.*": AttributeSource,
    "events.consent": ConsentRule,
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
        DestinationFaults: with every error, each with its path, the value and what is allowed.
    """
    text = document if isinstance(document, str) else json.dumps(document, default=str)
    faults: list[Fault] = []
    model = None
    try:
        model = DestinationModel.model_validate_json(text)
    except ValidationError as error:
        faults += faults_of(error, PARTS)
    # rules across parts are checked on the text, so that an error in one part hides none of theirs
    faults += _across_parts(text)
    if model is None or faults:
        raise DestinationFaults(faults)
    return msgspec.convert(model.model_dump(mode="json", exclude_defaults=True), Destination)


def _across_parts(text: str) -> Iterator[Fault]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        yield from _repeated_audiences(document.get("audiences"))
        yield from _across_people(document, [])
        yield from _nobody_to_wait_for(document)
        events = document.get("events")
        for place, rule in enumerate(events if isinstance(events, list) else ()):
            if isinstance(rule, dict):
                yield from _across_people(rule, ["events", place])


def _across_people(part: dict[str, Any], where: Location) -> Iterator[Fault]:
    """The identities and the consent of a document, or of one of its events."""
    yield from _no_identity(part.get("identities"), [*where, "identities"])
    yield from _unknown_consent_values(part.get("consent"), [*where, "consent"])


def _repeated_audiences(audiences: Any) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for place, audience in enumerate(audiences if isinstance(audiences, list) else ()):
        identity = audience.get("id") if isinstance(audience, dict) else None
        if not isinstance(identity, str):
            continue
        key = (str(audience.get("namespace", "ups")).lower(), identity)
        if key in seen:
            message = "is listed twice in one namespace"
            yield fault("duplicate_audience", ["audiences", place, "id"], identity, message, "each audience once")
        seen.add(key)


def _no_identity(identities: Any, where: Location) -> Iterator[Fault]:
    if isinstance(identities, dict) and not (identities.get("user_id") or identities.get("anonymous_id")):
        allowed = str(DestinationModel.model_fields["identities"].description)
        yield fault("no_identity", where, identities, "names no identity", allowed)


def _nobody_to_wait_for(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Events wait for a user to be known, which takes profiles or events with both identities."""
    hold, identities = document.get("hold_anonymous"), document.get("identities")
    names_both = isinstance(identities, dict) and identities.get("user_id") and identities.get("anonymous_id")
    if hold is not None and isinstance(identities, dict) and not names_both:
        allowed = "identities with both a user_id and an anonymous_id; or no hold_anonymous"
        yield fault("nobody_to_wait_for", ["hold_anonymous"], hold, "waits for a user that cannot be known", allowed)


def _unknown_consent_values(rules: Any, where: Location) -> Iterator[Fault]:
    """Where XDM lists the values, any other one is a mistake that would skip every profile."""
    for place, rule in enumerate(rules if isinstance(rules, list) else ()):
        path, values = (rule.get("path"), rule.get("values")) if isinstance(rule, dict) else (None, None)
        known = known_values(path) if isinstance(path, str) else None
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            if known and value and isinstance(value, str | bool) and value not in known:
                location = [*where, place, "values", index]
                allowed = f"{', '.join(known)}, spelled so"
                yield fault("not_allowed", location, value, "is not one of the allowed values", allowed)
