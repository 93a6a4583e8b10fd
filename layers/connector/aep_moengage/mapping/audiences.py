"""Audiences: what a message says of the activated ones.

A message is no full list: of an audience that it does not name it says nothing (Adobe's profile export behavior).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from aep_moengage.aep.timestamps import parse_time
from aep_moengage.document.destination import Audience
from aep_moengage.moengage.records import STRING_LENGTH
from aep_moengage.moengage.truncation import truncate
from aep_moengage.outcomes import MappingWarning, WarningCode

# XDM's statuses; any other says nothing. Without a status the profile is in, as in Adobe's shortest samples.
_INSIDE = {"realized": True, "existing": True, "exited": False}
_TIMES = {str, int, float}  # what `parse_time` reads
_EARLIEST = 1  # epoch ms; with 0 the ledger marks an audience that no statement was about

type AudienceKey = tuple[str, str]  # namespace in lower case, id


class Statement(Struct, frozen=True):
    """What a message says of one audience: in or out, since when (epoch ms, from 1 on), and its name in the payload."""

    key: AudienceKey
    inside: bool
    since: int
    name: str | None = None


type ReadStatements = Callable[[Any, int, list[MappingWarning]], tuple[Statement, ...]]


@lru_cache(4096)
def short_key(key: AudienceKey) -> bytes:
    """Returns what the ledger calls an audience: six bytes, which among 4,000 audiences hardly any two share."""
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).digest()[:6]


class Activation:
    """The activated audiences of a destination: `everything`, or those in its file, with the names that it gives them.

    `file_names` are these names by short key.
    """

    def __init__(self, audiences: Sequence[Audience] | Literal["all"]) -> None:
        self.everything = audiences == "all"
        self._names: dict[AudienceKey, str | None] = {
            (audience.namespace.lower(), audience.id): audience.name and audience.name.strip()
            for audience in (() if audiences == "all" else audiences)
        }

        self.file_names: Mapping[bytes, str | None] = {short_key(key): name for key, name in self._names.items()}

    def __contains__(self, key: AudienceKey) -> bool:
        return self.everything or key in self._names

    def __iter__(self) -> Iterator[AudienceKey]:
        return iter(self._names)

    def name(self, key: AudienceKey) -> str | None:
        """Returns the name that the file gives an audience."""
        return self._names.get(key)


def compile_audiences(activation: Activation, attribute: str) -> ReadStatements:
    """Returns a function from a profile's `segmentMembership` to its statements about activated audiences.

    Its second argument is when the profile was received, in epoch ms: this stands for a time that is missing, in the
    future, or no time.
    Warnings are about `attribute`.
    """

    everything, names = activation.everything, frozenset(activation)

    def read(segment_membership: Any, received: int, warnings: list[MappingWarning]) -> tuple[Statement, ...]:
        if type(segment_membership) is not dict:
            return ()
        found: list[Statement | None] = []
        for namespace, entries in segment_membership.items():
            space = namespace.lower()
            for audience, entry in entries.items() if type(entries) is dict else ():
                key = (space, audience)
                if (everything or key in names) and type(entry) is dict:
                    found.append(_statement(key, entry, received, attribute, warnings))
        return tuple(filter(None, found))

    return read


def _statement(
    key: AudienceKey, entry: dict[str, Any], received: int, attribute: str, warnings: list[MappingWarning]
) -> Statement | None:
    inside = _inside(entry.get("status"))
    if inside is None:
        warnings.append(WarningCode.AUDIENCE_STATUS_UNKNOWN.about(attribute))
        return None
    qualified = entry.get("lastQualificationTime") or entry.get("xdm:timestamp")
    since = _milliseconds(qualified)
    if since is None or since > received:
        since = received
        if qualified:
            warnings.append(WarningCode.AUDIENCE_TIME_UNUSABLE.about(attribute))
    until = _milliseconds(entry["validUntil"]) if "validUntil" in entry else None
    if inside and until is not None and until <= received:
        warnings.append(WarningCode.AUDIENCE_EXPIRED.about(attribute))
        inside, since = False, max(since, until)
    name = _payload_name(entry["name"], attribute, warnings) if "name" in entry else None
    return Statement(key, inside, max(since, _EARLIEST), name)


def _inside(status: Any) -> bool | None:
    if type(status) is str:
        return _INSIDE[status] if status in _INSIDE else _INSIDE.get(status.strip().lower())
    return True if status is None else None


def _milliseconds(value: Any) -> int | None:
    return _since_epoch(value) if type(value) in _TIMES else None


@lru_cache(4096)  # a segment job qualifies all of its profiles at the same time
def _since_epoch(value: str | float) -> int | None:
    moment = parse_time(value)
    return None if moment is None else round(moment.timestamp() * 1000)


def _payload_name(name: Any, attribute: str, warnings: list[MappingWarning]) -> str | None:
    if type(name) is not str or not (name := name.strip()):
        return None
    if len(name) > STRING_LENGTH:
        warnings.append(WarningCode.AUDIENCE_NAME_TRUNCATED.about(attribute))
    return truncate(name, STRING_LENGTH)
