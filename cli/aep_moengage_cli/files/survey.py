"""A survey of sample profiles: their paths, identity namespaces, audiences and consents."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from aep_moengage.aep.profiles import AUDIENCES, IDENTITIES, SDK_ATTRIBUTES, profile_values
from aep_moengage.aep.texts import trimmed
from aep_moengage.mapping.attributes import leaves

CONSENTS, CONSENT_VALUE = "consents", "val"
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONGEST_PATH = 1000  # characters of a source, the limit of a destination file

type Path = tuple[str, ...]
type AudienceKey = tuple[str, str]  # namespace, id


@dataclass(slots=True)
class Survey:
    """The values at each path, the entries of each namespace, the name of each audience; in order of appearance.

    `records` are the profiles that are objects, in the shape in which sources read them.
    """

    profiles: list[Any] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    values: dict[Path, list[Any]] = field(default_factory=dict)
    identities: dict[str, list[Any]] = field(default_factory=dict)
    audiences: dict[AudienceKey, str | None] = field(default_factory=dict)
    consents: dict[Path, list[Any]] = field(default_factory=dict)

    def ids(self, namespace: str) -> Iterator[str]:
        """Yields the ids of a namespace, whatever the case of its name, that are text; trimmed, as identities are."""
        entries = (each for name, each in self.identities.items() if name.lower() == namespace.lower())
        for entry in chain.from_iterable(chain.from_iterable(entries)):
            found = entry.get("id") if isinstance(entry, dict) else entry
            if isinstance(found, str) and (text := trimmed(found)):
                yield text


def survey(profiles: Iterable[Any]) -> Survey:
    """Returns the survey of profiles, any JSON values, in the shape in which sources read them."""
    found = Survey()
    for profile in profiles:
        found.profiles.append(profile)
        if not isinstance(profile, dict):
            continue
        values = profile_values(profile) if SDK_ATTRIBUTES in profile else profile
        found.records.append(values)
        for path, value in _values(values):
            found.values.setdefault(path, []).append(value)
        for path, value in _consents(values):
            found.consents.setdefault(path, []).append(value)
        for namespace, entries in _fields(values.get(IDENTITIES)):
            found.identities.setdefault(namespace, []).append(entries if isinstance(entries, list) else [entries])
        for key, name in _audiences(values.get(AUDIENCES)):
            found.audiences[key] = found.audiences.get(key) or name
    return found


def spelled(path: Path) -> str | None:
    """Returns a path as a source, such as `_tenant."e-mail"`; None if no destination file can hold it."""
    parts = [part if _PLAIN_NAME.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in path]
    source = ".".join(parts)
    return source if len(source) <= _LONGEST_PATH and writable(source) else None


def writable(text: str) -> bool:
    """Whether a file can hold a text: it can't hold half a character (a lone surrogate)."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _values(values: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The leaves, without dotted keys that `profile_values` also provides as paths."""
    found = [(path, value) for _, path, value in leaves(dict(values))]
    paths = {path for path, _ in found}
    for path, value in reversed(found):  # `leaves` yields the last first
        spread = (*path[0].split("."), *path[1:])
        if spread == path or spread not in paths:
            yield path, value


def _consents(values: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Each path below `consents` that has a `val`, with its value."""
    branches: list[tuple[Path, Any]] = [((CONSENTS,), values.get(CONSENTS))]
    while branches:
        path, branch = branches.pop()
        for name, part in reversed(list(_fields(branch))):
            branches.append(((*path, name), part))
        if isinstance(branch, dict) and isinstance(branch.get(CONSENT_VALUE), str):
            yield path, branch[CONSENT_VALUE]


def _audiences(memberships: Any) -> Iterator[tuple[AudienceKey, str | None]]:
    for namespace, entries in _fields(memberships):
        for audience, entry in _fields(entries):
            if isinstance(entry, dict):
                name = entry.get("name")
                yield (namespace, audience), name if isinstance(name, str) else None


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    yield from value.items() if isinstance(value, dict) else ()
