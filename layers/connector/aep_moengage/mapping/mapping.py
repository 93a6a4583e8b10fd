"""Mapping: a destination, compiled; it decides whether a profile is sent, and what MoEngage receives."""

from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from aep_moengage.aep.identities import InvalidIdentity
from aep_moengage.aep.profiles import AUDIENCES, SDK_ATTRIBUTES, profile_values
from aep_moengage.document.consent import compile_consent
from aep_moengage.document.destination import Destination
from aep_moengage.document.identities import compile_delivered, compile_identities
from aep_moengage.mapping.attributes import compile_all, compile_attributes
from aep_moengage.mapping.audiences import Activation, Statement, compile_audiences
from aep_moengage.moengage.records import (
    ATTRIBUTES,
    CUSTOMER_BODY_BYTES,
    CUSTOMER_ID_LENGTH,
    customer_id_fault,
    encode,
)
from aep_moengage.moengage.user_records import customer_record
from aep_moengage.outcomes import MappingWarning, RejectReason, SkipReason, WarningCode

_SURELY_FITS = CUSTOMER_BODY_BYTES - 6 * CUSTOMER_ID_LENGTH - 100  # bytes of attributes, beside the longest id
TIME_ZONE = "timeZone"  # XDM's preference details: a name of the tz database


class Action(StrEnum):
    """What to do with a profile or an event. Only events are held."""

    DELIVER = "deliver"
    HOLD = "hold"
    SKIP = "skip"
    REJECT = "reject"


class Decision(NamedTuple):
    """What to do with a profile, and why.

    `attributes` are those to deliver, as an encoded JSON object. `anonymous_id` is set where the profile has one beside
    the user id that is its `customer_id`. `statements` say in which activated audiences the profile is, or no longer
    is. `time_zone` is the user's, where the profile says it. A profile that is skipped because it has no consent has
    its identities and statements, but no attributes.
    """

    action: Action
    reason: SkipReason | RejectReason | None = None
    customer_id: str | None = None
    anonymous_id: str | None = None
    attributes: bytes | None = None
    statements: tuple[Statement, ...] = ()
    time_zone: str | None = None
    warnings: tuple[MappingWarning, ...] = ()


class CompiledMapping:
    """A compiled destination. Compiling is what takes time: keep it for as long as the destination stays the same."""

    def __init__(self, destination: Destination) -> None:
        self.audience_attribute = destination.audience_attribute
        self.activation = Activation(destination.audiences)
        self._statements = compile_audiences(self.activation, destination.audience_attribute)
        self._room = ATTRIBUTES - 1  # the audience attribute is one
        if destination.attributes == "all":
            self._attributes = compile_all(destination.audience_attribute)
        else:
            self._attributes = compile_attributes(destination.attributes, destination.audience_attribute)
        self._identify = compile_identities(destination.identities)
        self._skips_anonymous = destination.anonymous_profiles == "skip"
        delivered = compile_delivered(destination.identities)
        self._consents = [compile_consent(rule.path, rule.values, delivered) for rule in destination.consent]

    def transform(self, raw: Any, received_ms: int) -> Decision:
        """Decides about one profile, any JSON value, received at a time in epoch ms.

        Never raises; the same profile gives the same decision.
        """
        if type(raw) is not dict:
            return Decision(Action.REJECT, RejectReason.NOT_A_PROFILE)
        values = profile_values(raw) if SDK_ATTRIBUTES in raw else raw
        try:
            user_id, anonymous_id = self._identify(values)
        except InvalidIdentity:
            return Decision(Action.REJECT, RejectReason.INVALID_CUSTOMER_ID)
        return self._decide(values, received_ms, user_id, anonymous_id)

    def _decide(
        self, values: dict[str, Any], received_ms: int, user_id: str | None, anonymous_id: str | None
    ) -> Decision:
        customer_id = user_id or anonymous_id
        if customer_id is None:
            return Decision(Action.SKIP, SkipReason.NO_IDENTITY)
        if anonymous_id is not None and (anonymous_id == customer_id or customer_id_fault(anonymous_id)):
            anonymous_id = None
        if self._consents and not all(agrees(values) for agrees in self._consents):
            statements = self._statements(values.get(AUDIENCES), received_ms, [])
            return Decision(Action.SKIP, SkipReason.CONSENT, customer_id, anonymous_id, None, statements)
        if user_id is None and self._skips_anonymous:
            return Decision(Action.SKIP, SkipReason.ANONYMOUS, customer_id)
        if fault := customer_id_fault(customer_id):
            return Decision(Action.REJECT, fault, customer_id)
        return self._deliver(values, received_ms, customer_id, anonymous_id)

    def _deliver(
        self, values: dict[str, Any], received_ms: int, customer_id: str, anonymous_id: str | None
    ) -> Decision:
        warnings: list[MappingWarning] = []
        attributes = self._attributes(values, warnings)
        statements = self._statements(values.get(AUDIENCES), received_ms, warnings)
        if len(attributes) > self._room:
            warnings.append(WarningCode.ATTRIBUTES_TRUNCATED.about(""))
            attributes = dict(islice(attributes.items(), self._room))
        encoded, zone = encode(attributes), values.get(TIME_ZONE)
        kept = tuple(dict.fromkeys(warnings)) if warnings else ()
        if len(encoded) > _SURELY_FITS and len(customer_record(customer_id, encoded, {})) > CUSTOMER_BODY_BYTES:
            reason = RejectReason.RECORD_TOO_LARGE
            return Decision(Action.REJECT, reason, customer_id, anonymous_id, None, statements, None, kept)
        time_zone = zone if type(zone) is str else None
        return Decision(Action.DELIVER, None, customer_id, anonymous_id, encoded, statements, time_zone, kept)
