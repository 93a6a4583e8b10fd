"""Audiences: which of the activated ones a profile is in, and what MoEngage is told of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from aep_moengage.aep.timestamps import parse_time
from aep_moengage.document.model import Audience
from aep_moengage.moengage.limits import ARRAY_ELEMENTS
from aep_moengage.moengage.records import REMOVE_FROM_ARRAY, STRING_LENGTH, event_record, stamp
from aep_moengage.outcomes import MappingWarning, WarningCode

ENTERED, EXITED = "AEP Segment Entered", "AEP Segment Exited"
EVENT_ATTRIBUTE = "audience"

_EXITED_STATUS = "exited"  # XDM also has realized, which is the default, and existing: both are in
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AudienceStatus(NamedTuple):
    """How a profile stands to one audience: `qualified` is when that changed last, as AEP wrote it."""

    id: str
    name: str
    qualified: Any

    @property
    def since(self) -> datetime | None:
        """Since when; None where AEP does not say."""
        return parse_time(self.qualified)


class Membership(NamedTuple):
    """The activated audiences that a profile is in, and those that it left. Others are not mentioned."""

    inside: tuple[AudienceStatus, ...] = ()
    outside: tuple[AudienceStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """The MoEngage event record of a change (None: there is none), and the names that MoEngage knows afterwards."""

    record: dict[str, Any] | None
    after: frozenset[str]


type ReadMembership = Callable[[Any, list[MappingWarning]], Membership]


def compile_audiences(audiences: Sequence[Audience] | Literal["all"], attribute: str) -> ReadMembership:
    """Returns a function from a profile's `segmentMembership` to its membership of the activated audiences.

    Warnings are about `attribute`.
    """
    names: dict[str, dict[str, str | None]] = {}
    for audience in () if audiences == "all" else audiences:
        names.setdefault(audience.namespace.lower(), {})[audience.id] = audience.name

    def read(segment_membership: Any, warnings: list[MappingWarning]) -> Membership:
        if type(segment_membership) is not dict:
            return Membership()
        inside: list[AudienceStatus] = []
        outside: list[AudienceStatus] = []
        for namespace, entries in segment_membership.items():
            # what the destination file names of this namespace; with `all` every audience is activated and none named
            activated = None if audiences == "all" else names.get(namespace.lower(), {})
            for audience_id, entry in entries.items() if type(entries) is dict else ():
                if type(entry) is dict and (activated is None or audience_id in activated):
                    name = activated and activated[audience_id]
                    name = name or _payload_name(audience_id, entry, attribute, warnings)
                    qualified = entry.get("lastQualificationTime") or entry.get("xdm:timestamp")
                    side = outside if entry.get("status") == _EXITED_STATUS else inside
                    side.append(AudienceStatus(audience_id, name, qualified))
        return Membership(tuple(inside), tuple(outside))

    return read


def _payload_name(audience_id: str, entry: dict[str, Any], attribute: str, warnings: list[MappingWarning]) -> str:
    name = entry.get("name")
    name = name if type(name) is str and name.strip() else audience_id
    if len(name) > STRING_LENGTH:
        warnings.append(WarningCode.AUDIENCE_NAME_TRUNCATED.about(attribute))
    return name[:STRING_LENGTH]


def audience_attribute(membership: Membership, listed: Sequence[str], attribute: str) -> dict[str, Any]:
    """Returns what sets the audience attribute: its value; or the names to take out, where none is left; or nothing.

    MoEngage does not take both for one attribute. `listed` are the membership's `listed_names`.
    """
    if membership.inside:
        return {attribute: listed}
    return taken_out(listed, attribute) if listed else {}


def taken_out(names: Sequence[str], attribute: str) -> dict[str, Any]:
    """Returns what takes names out of the audience attribute."""
    return {REMOVE_FROM_ARRAY: {attribute: names}}


def listed_after(before: frozenset[str], membership: Membership, listed: Iterable[str]) -> frozenset[str]:
    """Returns the names that the audience attribute holds once MoEngage took what `audience_attribute` says."""
    return frozenset(listed) if membership.inside else before.difference(listed)


def listed_names(membership: Membership, attribute: str, warnings: list[MappingWarning]) -> list[str]:
    """Returns the names that a profile is in, else those that it left, sorted; of more than fit the latest to change.

    Warnings are about `attribute`.
    """
    standings = membership.inside or membership.outside
    names = {standing.name for standing in standings}
    if len(names) <= ARRAY_ELEMENTS:
        return sorted(names)
    warnings.append(WarningCode.AUDIENCES_TRUNCATED.about(attribute))
    latest = _latest(standings)
    recent = sorted(sorted(names), key=lambda name: latest[name] or _LONG_AGO, reverse=True)
    return sorted(recent[:ARRAY_ELEMENTS])


def _latest(standings: Iterable[AudienceStatus]) -> dict[str, datetime | None]:
    """When each name changed last."""
    latest: dict[str, datetime | None] = {}
    for standing in standings:
        since, known = standing.since, latest.get(standing.name)
        latest[standing.name] = since if known is None or (since and since > known) else known
    return latest


def membership_events(
    customer_id: str, before: frozenset[str] | None, membership: Membership, received: datetime
) -> MembershipChange:
    """Returns the events that a membership makes of what MoEngage was told `before` (None: nothing yet).

    An event's time is that of the change, or `received`, and never later than that: MoEngage takes no future events.
    """
    known = before or frozenset()
    inside, outside = _latest(membership.inside), _latest(membership.outside)
    if inside:
        entered, exited, after = inside.keys() - known, known - inside.keys(), frozenset(inside)
    else:
        entered, exited, after = set(), known & outside.keys(), known - outside.keys()
    actions = [_action(ENTERED, name, inside.get(name), received) for name in sorted(entered)]
    actions += [_action(EXITED, name, outside.get(name), received) for name in sorted(exited)]
    return MembershipChange(event_record(customer_id, actions) if actions else None, after)


def _action(action: str, name: str, since: datetime | None, received: datetime) -> dict[str, Any]:
    time = min(since, received) if since else received
    return {"action": action, "attributes": {EVENT_ATTRIBUTE: name}, "current_time": stamp(time)}
