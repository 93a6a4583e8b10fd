"""Cautions about sample events: what the connector would do with them, and what the file's rules miss or don't find."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from aep_moengage.aep.events import EVENT_TIME, EVENT_TYPE, event_values
from aep_moengage.aep.sources import compile_source
from aep_moengage.document.destination import Destination, EventRule
from aep_moengage.document.event_defaults import ITEM
from aep_moengage.mapping.events import BY_DIGEST, CompiledEvents, EventDecision
from aep_moengage.mapping.mapping import Action
from aep_moengage.outcomes import SkipReason
from aep_moengage_cli.files.caution import Caution, CautionCode, counted, listed
from aep_moengage_cli.files.missing_cautions import near_names

_EVENT = "event"
_UNSENT = {Action.SKIP: "skipped", Action.REJECT: "rejected"}


def event_cautions(destination: Destination, events: Sequence[Any]) -> Iterator[Caution]:
    """Yields cautions about sample events, in whatever shape; none without samples."""
    if not events:
        return
    mapping, received_ms = CompiledEvents(destination), round(time.time() * 1000)
    decisions = [mapping.transform(event, received_ms) for event in events]
    values = [event_values(event) for event in events if isinstance(event, dict)]
    yield from _not_sent(decisions)
    yield from _never_known(destination, decisions)
    yield from _types_not_mapped(values, decisions)
    if destination.events != "all":
        for place, rule in enumerate(destination.events):
            yield from _never_found(rule, f"events[{place}]", values)
    yield from _changed(decisions)
    yield from _repeatable(values, decisions)


def _not_sent(decisions: Sequence[EventDecision]) -> Iterator[Caution]:
    unsent = Counter((each.action, each.reason) for each in decisions if each.action in _UNSENT)
    for (action, reason), count in unsent.items():
        message = f"{count} of {counted(len(decisions), _EVENT)} would be {_UNSENT[action]}: {reason}"
        yield Caution(CautionCode.EVENTS_NOT_SENT, "events", message)


def _never_known(destination: Destination, decisions: Sequence[EventDecision]) -> Iterator[Caution]:
    """Events wait for their user, and no sample says who an anonymous user is: so profiles would have to."""
    waiting = sum(each.action is Action.HOLD for each in decisions)
    if waiting and not any(each.anonymous_id for decision in decisions for each in decision.occurrences):
        message = (
            f"{waiting} of {counted(len(decisions), _EVENT)} would wait for {destination.hold_anonymous}, and none has "
            "a user id beside an anonymous one: they are sent only if profiles of this destination have both"
        )
        yield Caution(CautionCode.NOBODY_BECOMES_KNOWN, "hold_anonymous", message)


def _types_not_mapped(values: Sequence[dict[str, Any]], decisions: Sequence[EventDecision]) -> Iterator[Caution]:
    unmapped = [
        str(each[EVENT_TYPE])
        for each, decision in zip(values, decisions, strict=False)
        if decision.reason is SkipReason.EVENT_NOT_MAPPED and EVENT_TYPE in each
    ]
    if names := list(dict.fromkeys(unmapped)):
        message = f"{len(names)} of the samples' event types {'is' if len(names) == 1 else 'are'} not mapped"
        yield Caution(CautionCode.EVENT_TYPES_NOT_MAPPED, "events", f"{message}: {listed(names)}")


def _never_found(rule: EventRule, where: str, values: Sequence[dict[str, Any]]) -> Iterator[Caution]:
    of_type = [each for each in values if rule.type in {None, each.get(EVENT_TYPE)}]
    if not of_type:
        types = [str(each[EVENT_TYPE]) for each in values if EVENT_TYPE in each]
        message = f"{rule.type} is the type of none of {counted(len(values), _EVENT)}"
        yield Caution(CautionCode.EVENT_TYPE_NEVER_FOUND, f"{where}.type", message, near_names(str(rule.type), types))
        return
    selects = compile_source(rule.only) if rule.only else None
    of_type = [each for each in of_type if selects is None or selects(each)]
    if not of_type:
        message = f"{rule.only} holds for none of {counted(len(values), _EVENT)}"
        yield Caution(CautionCode.SOURCE_NEVER_FOUND, f"{where}.only", message)
        return
    for name, expression in _expressions(rule):
        read = compile_source(expression)
        if all(read(each) is None for each in _with_items(rule, of_type)):
            message = f"{expression} is in none of {counted(len(of_type), _EVENT)} of this rule"
            yield Caution(CautionCode.SOURCE_NEVER_FOUND, f"{where}.{name}", message)


def _expressions(rule: EventRule) -> Iterator[tuple[str, str]]:
    named = {"for_each": rule.for_each, "once_by": rule.once_by}
    if rule.time != EVENT_TIME:
        named["time"] = rule.time
    if isinstance(rule.attributes, dict):
        named |= {f"attributes.{name}": options.source for name, options in rule.attributes.items()}
    yield from ((name, expression) for name, expression in named.items() if expression is not None)


def _with_items(rule: EventRule, values: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    read = compile_source(rule.for_each) if rule.for_each else None
    for each in values:
        items = read(each) if read else None
        yield from ([each | {ITEM: item} for item in items] if isinstance(items, list) and items else [each])


def _changed(decisions: Sequence[EventDecision]) -> Iterator[Caution]:
    changed = Counter((each.field, each.message) for decision in decisions for each in decision.warnings)
    for (name, message), count in changed.items():
        about = f"{name}: {message}" if name else message
        text = f"{about} (in {count} of {counted(len(decisions), _EVENT)})"
        yield Caution(CautionCode.ATTRIBUTE_CHANGED, "events", text)


def _repeatable(values: Sequence[dict[str, Any]], decisions: Sequence[EventDecision]) -> Iterator[Caution]:
    unnamed = sum(
        any(occurrence.identity.startswith(BY_DIGEST) for occurrence in decision.occurrences)
        and each.get(EVENT_TIME) is None
        for each, decision in zip(values, decisions, strict=False)
    )
    if unnamed:
        message = (
            f"{unnamed} of {counted(len(decisions), _EVENT)} have neither an id nor a time: equal ones count as one "
            "event within the window. Let the sender add an `_id`, or name what differs with `once_by`"
        )
        yield Caution(CautionCode.EVENTS_ALIKE, "events", message)
