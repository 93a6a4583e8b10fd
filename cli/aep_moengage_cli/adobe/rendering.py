"""Rendering: the message template as Pebble would render it, with Jinja2.

No Pebble engine can be installed here, so this is a stand-in: maps iterate as entries with `key` and `value`, `empty`
and the filters `raw`, `toJson` and `escape(strategy="json")` are those of Pebble. `adobe-card --publish` has Adobe
render the same profiles and compares.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import jinja2

type Names = Mapping[str, Mapping[str, str]]  # of audiences, by namespace and id


def render(template: str, profiles: Sequence[Mapping[str, Any]], names: Names | None = None) -> str:
    """Returns the body of a call with these profiles; `names` are the aliases that Adobe knows."""
    context = {
        "input": {"profiles": [_node(profile) for profile in profiles]},
        "destination": {"namespaceSegmentAliases": _node(names or {})},
    }
    return _compiled(template).render(context)


class _Entry(NamedTuple):
    key: str
    value: Any


class _Map:
    """A JSON object as Pebble sees it. It has no public attribute, so each key of the object can be asked for."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.__content = content

    def __getitem__(self, key: str) -> Any:
        return _node(self.__content[key])

    def __contains__(self, key: str) -> bool:
        return key in self.__content

    def __iter__(self) -> Iterator[_Entry]:
        return (_Entry(key, _node(value)) for key, value in self.__content.items())

    def __len__(self) -> int:
        return len(self.__content)

    def __str__(self) -> str:
        return json.dumps(self.__content, ensure_ascii=False, separators=(",", ":"))


def _node(value: Any) -> Any:
    return _Map(value) if isinstance(value, Mapping) else value


class _Pebble(jinja2.Environment):
    """Jinja2 looks for a Python attribute where a map lacks a key; Pebble does not."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, _Map) and argument not in obj:
            return self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


@cache
def _compiled(template: str) -> jinja2.Template:
    environment = _Pebble(undefined=jinja2.ChainableUndefined)
    environment.filters |= {"raw": str, "toJson": str, "escape": _escape}
    environment.tests["empty"] = _is_empty
    return environment.from_string(template)


def _escape(text: str, strategy: str) -> str:
    if strategy != "json":
        raise ValueError(f"the template needs no escaping for {strategy}")
    return json.dumps(text)[1:-1]


def _is_empty(value: Any) -> bool:
    if value is None or isinstance(value, jinja2.Undefined):
        return True
    return not value.strip() if isinstance(value, str) else not len(value)
