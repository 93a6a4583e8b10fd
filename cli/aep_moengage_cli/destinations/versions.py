"""Versions: every published document of a destination, with its publisher, time, reason and change. Never altered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aep_moengage.functions.destination_store import ACTIVE

_SORTABLE_DIGITS = 8  # of a version's number, so that versions sort as text, and before `active`
_TEXTS = ("who", "when", "why", "what")
_FLAGS = ("paused", "deleted")  # absent if false


@dataclass(frozen=True, slots=True)
class Version:
    """A published document (JSON text) with its number: who published it, when (ISO 8601, UTC), why, what changed.

    `paused`: nothing is sent to MoEngage. `deleted`: this version records the deletion; no version is active.
    """

    destination: str
    number: int
    document: str
    who: str = ""
    when: str = ""
    why: str = ""
    what: str = ""
    paused: bool = False
    deleted: bool = False

    @property
    def key(self) -> str:
        """The version's sort key in the table."""
        return version_key(self.number)

    @property
    def name(self) -> str:
        """The destination's name in the document; the id if it has none, as when it was not written by a command."""
        return str(self.fields.get("name") or self.destination)

    @property
    def fields(self) -> dict[str, Any]:
        """The document's fields; empty if it is not JSON."""
        try:
            fields = json.loads(self.document)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}


def version_key(number: int) -> str:
    """Returns the sort key of the version with this number."""
    return f"{number:0{_SORTABLE_DIGITS}d}"


def now() -> str:
    """Returns the current time as versions record it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def version_item(version: Version, key: str) -> dict[str, Any]:
    """Returns a version as an item of the destinations table."""
    texts = {name: {"S": getattr(version, name)} for name in ("document", *_TEXTS)}
    flags = {name: {"BOOL": True} for name in _FLAGS if getattr(version, name)}
    numbers = {"number": {"N": str(version.number)}}
    return {"id": {"S": version.destination}, "version": {"S": key}, **numbers, **texts, **flags}


def read_version(item: Mapping[str, Any]) -> Version:
    """Returns the version that an item of the destinations table holds."""
    texts = {name: item[name]["S"] for name in _TEXTS if name in item}
    flags = {name: item[name]["BOOL"] for name in _FLAGS if name in item}
    return Version(item["id"]["S"], int(item["number"]["N"]), item["document"]["S"], **texts, **flags)


def active_key(destination: str) -> dict[str, Any]:
    """Returns the key of the item that the functions load."""
    return {"id": {"S": destination}, "version": {"S": ACTIVE}}


def short_name(who: str) -> str:
    """Returns the part of an ARN that names a person: `user/alice`, `assumed-role/Operator/alice`."""
    return who.rpartition(":")[2]


def short_time(when: str) -> str:
    """Returns a version's time to the minute, as tables show it."""
    return when[:16].replace("T", " ")
