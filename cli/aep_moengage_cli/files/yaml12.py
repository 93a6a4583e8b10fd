"""YAML 1.2, read exactly as written: a value is never converted to something that differs from its text.

PyYAML follows YAML 1.1, in which `NO` is false, `0712` is 458 and `12:30` is 750. Here the types are those of the core
schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2). Numbers that JSON can't write as they are (`0712`, `+49`,
`0x1F`) stay text. Names of fields are always text. Object tags are refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

import yaml

MOST_VALUES = 100_000  # aliases included; a destination has some thousands
# where libyaml takes what PyYAML refuses, or reads another value
_READ_DIFFERENTLY = re.compile("[\t!|>&*?%@`\ufeff\x85\u2028\u2029]|-[,\\]}]")
_TAG = "tag:yaml.org,2002:"
_INTEGER = r"-?(?:0|[1-9][0-9]*)"
_FLOAT = rf"(?:{_INTEGER}(?:\.[0-9]*)?|-?\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
# name of a type -> its form, the characters that it may begin with, and its reader; an integer is no float
_SCALARS: Mapping[str, tuple[str, list[str], Callable[[str], Any]]] = {
    "null": (r"null|Null|NULL|~|", ["n", "N", "~", ""], lambda _: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF"), lambda text: text.lower() == "true"),
    "int": (_INTEGER, list("-0123456789"), int),
    "float": (_FLOAT, list("-+.0123456789"), lambda text: float(re.sub(r"\.(?=[a-zA-Z])", "", text))),
}


class Loader(yaml.SafeLoader):
    """Loads the types of JSON."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 # PyYAML's way to replace the types of YAML 1.1


class _FastLoader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc] # PyYAML's way
    """The same, read by libyaml in a tenth of the time, for texts that it reads as PyYAML does."""

    yaml_implicit_resolvers = Loader.yaml_implicit_resolvers


@lru_cache(maxsize=4)  # an edited file is read by several steps
def parse(text: str) -> yaml.Node | None:
    """Returns the tree of a document, in which every field's name is text; None for an empty document.

    The tree is shared by all who parse the same text: leave it as it is.

    Raises:
        yaml.YAMLError: if it is not YAML, or aliases make it too large.
    """
    node = _composed(text)
    if node is None:
        return None
    _size(node, {})
    _name_fields(node, set())
    return node


def _composed(text: str) -> yaml.Node | None:
    if not _READ_DIFFERENTLY.search(text):
        try:
            return cast("yaml.Node | None", _FastLoader(text).get_single_node())
        except yaml.YAMLError:
            pass  # PyYAML's messages name the problem more exactly
    return Loader(text).get_single_node()


def construct(node: yaml.Node | None) -> Any:
    """Returns the content of a tree as JSON values; raises `yaml.YAMLError` for other types."""
    return Loader("").construct_document(node) if node else None


@lru_cache(maxsize=4)  # as `parse`
def to_json(text: str) -> str:
    """Returns the content of a document as JSON.

    Raises:
        yaml.YAMLError: if it is not YAML, or has other types.
        RecursionError: if it is too deep.
    """
    return json.dumps(construct(parse(text)))


def is_text(text: str) -> bool:
    """Returns whether a plain scalar is text, rather than a number, a boolean or null."""
    return not any(re.fullmatch(form, text) for form, _, _ in _SCALARS.values())


def _size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Counts the values below a node as often as aliases repeat them."""
    if (known := sizes.get(id(node))) is not None:
        if known == 0:
            raise yaml.MarkedYAMLError(
                problem="an alias refers to a value that contains it", problem_mark=node.start_mark
            )
        return known
    sizes[id(node)] = 0  # until its own values are counted
    size = 1 + sum(_size(child, sizes) for child in _children(node))
    if size > MOST_VALUES:
        raise _error(f"it has more than {MOST_VALUES:,} values", node)
    sizes[id(node)] = size
    return size


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _name_fields(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode):
                name.tag = f"{_TAG}str"
    for child in _children(node):
        _name_fields(child, seen)


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _scalar(tag: str) -> Callable[[Loader, Any], Any]:
    form, _, read = _SCALARS[tag]

    def construct_scalar(loader: Loader, node: Any) -> Any:
        text = str(loader.construct_scalar(node))
        if not re.fullmatch(form, text):
            raise _error(f"not a value of the type {tag}", node)
        return read(text)

    return construct_scalar


Loader.yaml_constructors = {
    **{f"{_TAG}{name}": _scalar(name) for name in _SCALARS},
    f"{_TAG}str": Loader.construct_yaml_str,
    f"{_TAG}seq": Loader.construct_yaml_seq,
    f"{_TAG}map": Loader.construct_yaml_map,
    None: Loader.construct_undefined,  # refuses every other tag
}
for _name, (_form, _first, _) in _SCALARS.items():
    Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_form})\Z"), _first)
