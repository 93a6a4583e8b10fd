"""Differences between two destination documents: field by field, and as a diff of their YAML. Pure.

An item with an id (an audience) is the same item at any place of its list. The order of fields has no meaning.
"""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from aep_moengage_cli.files.document_yaml import to_yaml

_LONGEST_VALUE, _MOST_SHOWN = 40, 6
_CONTEXT_LINES = 3
# what decides whether and to whom data is sent; a summary that is cut short still has it
_FIRST = ("region", "username", "consent", "anonymous_profiles", "identities", "governance", "audiences")


class ChangeKind(StrEnum):
    """How a field differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs, with its path as in `attributes.tier`; None stands for an absent value."""

    path: str
    kind: ChangeKind
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.kind is ChangeKind.CHANGED:
            return f"{self.path}: {_shown(self.before)} -> {_shown(self.after)}"
        return f"{self.path} {self.kind}"


def differences(before: Any, after: Any) -> list[Difference]:
    """Returns the fields that differ; none if both documents mean the same."""
    return list(_between("", before, after))


def summary(found: Sequence[Difference]) -> str:
    """Returns differences as one line; of too many, those first that decide to whom data is sent."""
    more = max(0, len(found) - _MOST_SHOWN)
    ordered = sorted(found, key=lambda difference: not difference.path.startswith(_FIRST)) if more else found
    shown = [str(difference) for difference in ordered[:_MOST_SHOWN]]
    return "; ".join([*shown, f"and {more} more"] if more else shown) or "nothing"


def as_lines(before: Any, after: Any, names: tuple[str, str] = ("active", "new")) -> list[str]:
    """Returns the difference of two documents as a unified diff of their YAML."""
    old, new = (list(_lines(document)) for document in (before, _in_order_of(before, after)))
    return list(difflib.unified_diff(old, new, *names, lineterm="", n=_CONTEXT_LINES))


def _lines(document: Any) -> Iterator[str]:
    """Yields the lines of a document as YAML, part by part: after an edit most parts are as they were."""
    for field, value in document.items():
        if not isinstance(value, dict) or not value:
            yield from _part(json.dumps({field: value}))
            continue
        parts = [
            _text_part(field, name, part) if isinstance(part, str) else _part(json.dumps({field: {name: part}}))
            for name, part in value.items()
        ]
        yield parts[0][0]
        for _, *lines in parts:
            yield from lines


@lru_cache(maxsize=10_000)
def _text_part(field: str, name: str, part: str) -> list[str]:
    return to_yaml({field: {name: part}}).splitlines()


@lru_cache(maxsize=10_000)
def _part(text: str) -> list[str]:
    return to_yaml(json.loads(text)).splitlines()


def _between(path: str, before: Any, after: Any) -> Iterator[Difference]:
    old, new = _parts(path, before), _parts(path, after)
    if old is None or new is None:
        if _text(before) != _text(after):
            yield Difference(path, ChangeKind.CHANGED, before, after)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield Difference(old[key][0], ChangeKind.REMOVED, before=old[key][1])
        elif key not in old:
            yield Difference(new[key][0], ChangeKind.ADDED, after=new[key][1])
        else:
            yield from _between(new[key][0], old[key][1], new[key][1])


def _parts(path: str, value: Any) -> dict[Any, tuple[str, Any]] | None:
    """Returns a value's parts, key -> path and part; None for a value that is compared as a whole."""
    if isinstance(value, dict):
        return {key: (f"{path}.{key}".removeprefix("."), part) for key, part in value.items()}
    keys = _ids(value)
    if keys is None:
        return None
    return {key: (f"{path}[{_name(item)}]", item) for key, item in zip(keys, value, strict=True)}


def _ids(value: Any) -> list[Any] | None:
    """Returns the keys of a list's items, namespace and id; None if the items have no unique ids."""
    if not isinstance(value, list) or not all(isinstance(item, dict) and "id" in item for item in value):
        return None
    keys = [(str(item.get("namespace", "ups")).lower(), _text(item["id"])) for item in value]
    return keys if len(set(keys)) == len(keys) else None


def _name(item: dict[str, Any]) -> str:
    return str(item.get("name") or item["id"])


def _in_order_of(before: Any, after: Any) -> Any:
    """Returns `after` with its parts in the order of `before`, so that a diff shows changes only."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*(name for name in before if name in after), *(name for name in after if name not in before)]
        return {name: _in_order_of(before.get(name), after[name]) for name in names}
    old, new = _ids(before), _ids(after)
    if old is None or new is None:
        return after
    olds, news = dict(zip(old, before, strict=True)), dict(zip(new, after, strict=True))
    keys = [*(key for key in old if key in news), *(key for key in new if key not in olds)]
    return [_in_order_of(olds.get(key), news[key]) for key in keys]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)  # distinguishes true from 1, which `==` does not


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
