"""Mapping: a destination, compiled; it decides what becomes of a profile and what MoEngage is told of its user."""

from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from aep_moengage.aep.identities import InvalidIdentity
from aep_moengage.aep.profiles import AUDIENCES, SDK_ATTRIBUTES, profile_values
from aep_moengage.document.consent import compile_consent
from aep_moengage.document.identities import compile_delivered, compile_identities
from aep_moengage.document.model import Destination
from aep_moengage.mapping.attributes import compile_all, compile_attributes
from aep_moengage.mapping.audiences import Membership, audience_attribute, compile_audiences, listed_names
from aep_moengage.moengage.records import (
    ATTRIBUTES,
    CUSTOMER_BODY_BYTES,
    customer_id_fault,
    customer_record,
    exceeds,
)
from aep_moengage.outcomes import MappingWarning, RejectReason, SkipReason, WarningCode

_NOWHERE = Membership()


class Action(StrEnum):
    """What to do with a profile."""

    DELIVER = "deliver"
    SKIP = "skip"
    REJECT = "reject"


class Decision(NamedTuple):
    """What becomes of a profile, and why.

    `customer` is the MoEngage record to deliver. `anonymous_id` is set where the profile has one beside the user id
    that is its `customer_id`. `membership` is that of the activated audiences, as this profile says. `listed` are the
    names that the record's audience attribute is set to; where the profile is in none, those that are taken out of it.
    A profile that is skipped for want of consent has its identities and membership, but no record.
    """

    action: Action
    reason: SkipReason | RejectReason | None = None
    customer_id: str | None = None
    anonymous_id: str | None = None
    customer: dict[str, Any] | None = None
    membership: Membership = _NOWHERE
    listed: tuple[str, ...] = ()
    warnings: tuple[MappingWarning, ...] = ()


class CompiledMapping:
    """A compiled destination. Compiling is what takes time: keep it for as long as the destination stays the same."""

    def __init__(self, destination: Destination) -> None:
        self.audience_attribute = destination.audience_attribute
        self._membership = compile_audiences(destination.audiences, destination.audience_attribute)
        if destination.attributes == "all":
            self._attributes = compile_all(destination.audience_attribute)
        else:
            self._attributes = compile_attributes(destination.attributes, destination.audience_attribute)
        self._identify = compile_identities(destination.identities)
        self._skips_anonymous = destination.anonymous_profiles == "skip"
        delivered = compile_delivered(destination.identities)
        self._consents = [compile_consent(rule.path, rule.values, delivered) for rule in destination.consent]
        self._update_existing_only = destination.update_existing_only

    def transform(self, raw: Any) -> Decision:
        """Decides about one profile, any JSON value. Never raises; the same profile gives the same decision."""
        if type(raw) is not dict:
            return Decision(Action.REJECT, RejectReason.NOT_A_PROFILE)
        values = profile_values(raw) if SDK_ATTRIBUTES in raw else raw
        try:
            user_id, anonymous_id = self._identify(values)
        except InvalidIdentity:
            return Decision(Action.REJECT, RejectReason.INVALID_CUSTOMER_ID)
        return self._decide(values, user_id, anonymous_id)

    def _decide(self, values: dict[str, Any], user_id: str | None, anonymous_id: str | None) -> Decision:
        customer_id = user_id or anonymous_id
        if customer_id is None:
            return Decision(Action.SKIP, SkipReason.NO_IDENTITY)
        if user_id is None and self._skips_anonymous:
            return Decision(Action.SKIP, SkipReason.ANONYMOUS, customer_id)
        if anonymous_id is not None and (anonymous_id == customer_id or customer_id_fault(anonymous_id)):
            anonymous_id = None
        if self._consents and not all(agrees(values) for agrees in self._consents):
            membership = self._membership(values.get(AUDIENCES), [])
            return Decision(Action.SKIP, SkipReason.CONSENT, customer_id, anonymous_id, None, membership)
        if fault := customer_id_fault(customer_id):
            return Decision(Action.REJECT, fault, customer_id)
        return self._deliver(values, customer_id, anonymous_id)

    def _deliver(self, values: dict[str, Any], customer_id: str, anonymous_id: str | None) -> Decision:
        warnings: list[MappingWarning] = []
        attributes = self._attributes(values, warnings)
        membership = self._membership(values.get(AUDIENCES), warnings)
        listed = listed_names(membership, self.audience_attribute, warnings)
        audiences = audience_attribute(membership, listed, self.audience_attribute)
        room = ATTRIBUTES - len(audiences)
        if len(attributes) > room:
            warnings.append(WarningCode.ATTRIBUTES_TRUNCATED.about(""))
            attributes = dict(islice(attributes.items(), room))
        attributes |= audiences
        record = customer_record(customer_id, attributes, update_existing_only=self._update_existing_only)
        told = membership, tuple(listed), tuple(dict.fromkeys(warnings))
        if exceeds(record, CUSTOMER_BODY_BYTES):
            return Decision(Action.REJECT, RejectReason.RECORD_TOO_LARGE, customer_id, anonymous_id, None, *told)
        return Decision(Action.DELIVER, None, customer_id, anonymous_id, record, *told)
