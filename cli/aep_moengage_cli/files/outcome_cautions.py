"""Cautions about what the connector would do with the samples: skip, reject, change, or send otherwise than meant."""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

from aep_moengage.aep.identities import InvalidIdentity
from aep_moengage.aep.texts import Transform
from aep_moengage.aep.timestamps import is_date, parse_time
from aep_moengage.document.destination import Destination, ValueType
from aep_moengage.document.identities import compile_identities
from aep_moengage.mapping.mapping import Action, CompiledMapping, Decision
from aep_moengage_cli.files.caution import Caution, CautionCode, counted
from aep_moengage_cli.files.document_sources import identity_sources, mapped_attributes
from aep_moengage_cli.files.survey import Survey

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")  # a time as MoEngage reads it
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_LIKE_A_TIME = re.compile(
    rf"(?:\d{{4}}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{{4}}|/Date\(|"
    rf"(?:[A-Z][a-z]{{2,8}},? )?(?:{_MONTH} \d\d?,? \d{{4}}|\d\d? {_MONTH} \d{{4}})).{{0,40}}"
)
_CASES = {Transform.LOWERCASE, Transform.UPPERCASE, Transform.SHA256}


def outcome_cautions(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """Yields cautions about profiles that would not be sent, or not as they may have been meant."""
    mapping, received_ms = CompiledMapping(destination), round(time.time() * 1000)
    decisions = [mapping.transform(profile, received_ms) for profile in sample.profiles]
    yield from _not_sent(decisions)
    yield from _anonymous(destination, sample)
    yield from _ids_by_case(destination, sample)
    yield from _changed(decisions)
    yield from _times_as_text(destination, decisions)


def _not_sent(decisions: list[Decision]) -> Iterator[Caution]:
    unsent = Counter((each.action, each.reason) for each in decisions if each.action is not Action.DELIVER)
    for (action, reason), count in unsent.items():
        become = "skipped" if action is Action.SKIP else "rejected"
        message = f"{count} of {counted(len(decisions))} would be {become}: {reason}"
        yield Caution(CautionCode.PROFILES_NOT_SENT, "", message)


def _anonymous(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """A document without `user_id` has its own caution."""
    if not destination.identities.user_id or destination.anonymous_profiles == "skip":
        return
    identify = compile_identities(destination.identities)
    count = 0
    for record in sample.records:
        try:
            user_id, anonymous_id = identify(record)
        except InvalidIdentity:
            continue
        count += user_id is None and anonymous_id is not None
    if count:
        message = (
            f"{count} of {counted(len(sample.profiles))} have no user_id and become anonymous users in MoEngage; "
            "`anonymous_profiles: skip` leaves them out"
        )
        yield Caution(CautionCode.PROFILES_ANONYMOUS, "anonymous_profiles", message)


def _ids_by_case(destination: Destination, sample: Survey) -> Iterator[Caution]:
    for where, source in identity_sources(destination):
        if source.namespace is None or _CASES.intersection(source.transform):
            continue
        spellings: dict[str, set[str]] = defaultdict(set)
        for found in sample.ids(source.namespace):
            spellings[found.lower()].add(found)
        if several := sum(len(each) > 1 for each in spellings.values()):
            message = (
                f"{several} of the samples' ids occur in spellings that differ only by case, and become several users; "
                "add `transform: lowercase`"
            )
            yield Caution(CautionCode.IDS_DIFFER_BY_CASE, where, message)


def _changed(decisions: list[Decision]) -> Iterator[Caution]:
    changed = Counter((each.field, each.message) for decision in decisions for each in decision.warnings)
    for (name, message), count in changed.items():
        path = f"attributes.{name}" if name else "attributes"
        yield Caution(CautionCode.ATTRIBUTE_CHANGED, path, f"{message} (in {count} of {counted(len(decisions))})")


def _times_as_text(destination: Destination, decisions: list[Decision]) -> Iterator[Caution]:
    declared = {name for name, options in mapped_attributes(destination).items() if options.type is ValueType.STRING}
    readable: dict[str, list[bool]] = defaultdict(list)
    for decision in decisions:
        for name, value in json.loads(decision.attributes or b"{}").items():
            if isinstance(value, str) and name not in declared and _stays_text(value):
                readable[name].append(parse_time(value) is not None)
    for name, times in readable.items():
        fix = "declare `type: datetime`" if all(times) else "write it as ISO 8601 in AEP, and declare `type: datetime`"
        message = f"looks like a time in {len(times)} of {counted(len(decisions))}, but is sent as text; {fix}"
        yield Caution(CautionCode.TIME_SENT_AS_TEXT, f"attributes.{name}", message)


def _stays_text(value: str) -> bool:
    is_time = _STAMP.fullmatch(value) and parse_time(value) is not None
    return bool(_LIKE_A_TIME.fullmatch(value)) and not is_time and not is_date(value)
