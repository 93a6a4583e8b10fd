"""Events, mapped: a destination's rules, compiled; they decide what MoEngage receives of an event."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from aep_moengage.aep.events import EVENT_ID, EVENT_TYPE, event_values
from aep_moengage.aep.identities import InvalidIdentity
from aep_moengage.aep.sources import Source, compile_source
from aep_moengage.document.consent import compile_consent
from aep_moengage.document.destination import Destination, EventRule, NameSource
from aep_moengage.document.event_defaults import ITEM
from aep_moengage.document.identities import compile_delivered, compile_identities
from aep_moengage.mapping.event_attributes import compile_event_attributes
from aep_moengage.mapping.event_times import compile_time, from_epoch_ms, platform_of, utc_offset
from aep_moengage.mapping.mapping import Action
from aep_moengage.moengage.event_records import EVENT_ATTRIBUTES, legal_event_name
from aep_moengage.moengage.records import customer_id_fault, stamp
from aep_moengage.outcomes import MappingWarning, RejectReason, SkipReason, WarningCode

MOST_ITEMS = 250  # of one event's list
BY_DIGEST = "digest:"  # how the identity of an event begins that nothing else distinguishes

type Warnings = list[MappingWarning]


class Occurrence(NamedTuple):
    """What an event is for one user: MoEngage's actions, when the first of them happened, and what identifies it.

    Two occurrences of a user with the same `identity` are one, which is sent once. `anonymous_id` is set where the
    event has one beside the user id that is its `customer_id`. `held`: the `customer_id` is anonymous, and the event
    waits for the user that it turns out to be.
    """

    customer_id: str
    identity: str
    moment: datetime
    actions: tuple[dict[str, Any], ...]
    anonymous_id: str | None = None
    held: bool = False


class EventDecision(NamedTuple):
    """What to do with an event, and why. An event that is delivered or held has at least one occurrence."""

    action: Action
    reason: SkipReason | RejectReason | None = None
    occurrences: tuple[Occurrence, ...] = ()
    warnings: tuple[MappingWarning, ...] = ()


class _Matched(NamedTuple):
    """What one rule makes of an event: an occurrence, or the reason why there is none."""

    occurrence: Occurrence | None
    reason: SkipReason | RejectReason | None = None


class CompiledEvents:
    """The compiled event rules of a destination. Keep them for as long as the destination stays the same."""

    def __init__(self, destination: Destination) -> None:
        rules = [EventRule()] if destination.events == "all" else destination.events
        self._rules = [_CompiledRule(rule, destination) for rule in rules]

    def selects(self, raw: Any) -> bool:
        """Whether a rule is about an event."""
        return type(raw) is dict and any(rule.selects(event_values(raw)) for rule in self._rules)

    def transform(self, raw: Any, received_ms: int) -> EventDecision:
        """Decides about one event, any JSON value, received at a time in epoch ms.

        Never raises; the same event gives the same decision.
        """
        if type(raw) is not dict:
            return EventDecision(Action.REJECT, RejectReason.NOT_AN_EVENT)
        values, received = event_values(raw), from_epoch_ms(received_ms)
        warnings: Warnings = []
        matched = [rule.read(raw, values, received, warnings) for rule in self._rules if rule.selects(values)]
        kept = tuple(dict.fromkeys(warnings))
        if occurrences := joined([each.occurrence for each in matched if each.occurrence]):
            held = any(each.held for each in occurrences)
            return EventDecision(Action.HOLD if held else Action.DELIVER, None, occurrences, kept)
        reasons = [each.reason for each in matched]
        reason = next((each for each in reasons if isinstance(each, RejectReason)), next(iter(reasons), None))
        action = Action.REJECT if isinstance(reason, RejectReason) else Action.SKIP
        return EventDecision(action, reason or SkipReason.EVENT_NOT_MAPPED, (), kept)


class _CompiledRule:
    def __init__(self, rule: EventRule, destination: Destination) -> None:
        identities = rule.identities or destination.identities
        consent = destination.consent if rule.consent is None else rule.consent
        triggers = destination.triggers_campaigns if rule.triggers_campaigns is None else rule.triggers_campaigns
        self._type = rule.type
        self._only = compile_source(rule.only) if rule.only else None
        self._name = _compile_name(rule)
        self._items = compile_source(rule.for_each) if rule.for_each else None
        self._attributes = compile_event_attributes(rule.attributes, of_items=rule.for_each is not None)
        self._identify = compile_identities(identities)
        self._holds = destination.hold_anonymous is not None
        self._skips_anonymous = destination.anonymous_profiles == "skip" and not self._holds
        self._consents = [compile_consent(each.path, each.values, compile_delivered(identities)) for each in consent]
        self._time = compile_time(rule.time)
        self._once_by = compile_source(rule.once_by) if rule.once_by else None
        self._flags = {"real_time_action": "true"} if triggers else {}

    def selects(self, values: dict[str, Any]) -> bool:
        if self._type is not None and values.get(EVENT_TYPE) != self._type:
            return False
        return self._only is None or _holds(self._only(values))

    def read(self, raw: Any, values: dict[str, Any], received: datetime, warnings: Warnings) -> _Matched:
        name = self._name(values)
        if name is None:
            return _Matched(None, SkipReason.EVENT_NOT_MAPPED)
        try:
            user_id, anonymous_id = self._identify(values)
        except InvalidIdentity:
            return _Matched(None, RejectReason.INVALID_CUSTOMER_ID)
        customer_id = user_id or anonymous_id
        if customer_id is None:
            return _Matched(None, SkipReason.NO_IDENTITY)
        if reason := self._reason(values, user_id, customer_id):
            return _Matched(None, reason)
        moment = self._time(values, received, warnings)
        actions = self._actions(name, values, moment, warnings)
        if not actions:
            return _Matched(None, SkipReason.EVENT_NOT_MAPPED)
        identity, beside = self._identity(raw, values), anonymous_id if user_id else None
        held = self._holds and user_id is None
        return _Matched(Occurrence(customer_id, identity, moment, actions, beside, held))

    def _reason(
        self, values: dict[str, Any], user_id: str | None, customer_id: str
    ) -> SkipReason | RejectReason | None:
        if not all(agrees(values) for agrees in self._consents):
            return SkipReason.CONSENT
        if user_id is None and self._skips_anonymous:
            return SkipReason.ANONYMOUS
        return customer_id_fault(customer_id)

    def _actions(
        self, name: str, values: dict[str, Any], moment: datetime, warnings: Warnings
    ) -> tuple[dict[str, Any], ...]:
        """The MoEngage events: one, or one for each entry of the rule's list."""
        common: dict[str, Any] = platform_of(values) | {"current_time": stamp(moment)} | self._flags
        if (offset := utc_offset(values, moment)) is not None:
            common["user_timezone_offset"] = offset
        about = [values] if self._items is None else _each(self._items(values), values, warnings)
        return tuple({"action": name, "attributes": self._read(each, warnings)} | common for each in about)

    def _read(self, values: dict[str, Any], warnings: Warnings) -> dict[str, Any]:
        attributes = self._attributes(values, warnings)
        if len(attributes) > EVENT_ATTRIBUTES:
            warnings.append(WarningCode.EVENT_ATTRIBUTES_TRUNCATED.about(""))
            attributes = dict(list(attributes.items())[:EVENT_ATTRIBUTES])
        return attributes

    def _identity(self, raw: Any, values: dict[str, Any]) -> str:
        """What distinguishes the event from others: what the file names, else its id, else all of it."""
        for kind, value in (("once_by", self._once_by and self._once_by(values)), ("id", values.get(EVENT_ID))):
            if _holds(value):
                return f"{kind}:{_canonical(value)}"
        return f"{BY_DIGEST}{hashlib.sha256(_canonical(raw).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _compile_name(rule: EventRule) -> Callable[[dict[str, Any]], str | None]:
    action = rule.action
    if isinstance(action, str):
        return lambda _: action
    source: Source = compile_source(action.source if isinstance(action, NameSource) else EVENT_TYPE)

    def read(values: dict[str, Any]) -> str | None:
        found = source(values)
        return legal_event_name(found) if isinstance(found, str) else None

    return read


def joined(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """Joins what several rules make of an event for the same user."""
    by_user: dict[tuple[str, str], Occurrence] = {}
    for each in occurrences:
        key = each.customer_id, each.identity
        first = by_user.get(key)
        if first is not None:
            each = each._replace(moment=min(first.moment, each.moment), actions=(*first.actions, *each.actions))  # noqa: PLW2901 # the joined one takes its place
        by_user[key] = each
    return tuple(by_user.values())


def _each(items: Any, values: dict[str, Any], warnings: Warnings) -> list[dict[str, Any]]:
    if not isinstance(items, list):
        return []
    if len(items) > MOST_ITEMS:
        warnings.append(WarningCode.EVENT_ITEMS_TRUNCATED.about(""))
    return [values | {ITEM: item} for item in items[:MOST_ITEMS]]


def _holds(value: Any) -> bool:
    """Whether JMESPath takes a value for true: neither null, false nor empty."""
    return value is not None and value is not False and value not in ("", [], {})


def _canonical(value: Any) -> str:
    """The same text for the same JSON value, in whatever order its members are written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
