"""Field paths: the fields of a profile that a source reads. In doubt they are too many rather than too few."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aep_moengage.aep.expressions import parse_expression

type FieldPath = tuple[str, ...]

EVERYTHING: FieldPath = ()  # the profile itself, with all fields below it


class _Read(NamedTuple):
    """A field that was read. `made`: a new value was made from it, so parts of that value are not fields below it."""

    path: FieldPath
    made: bool = False


type _Reads = frozenset[_Read]


def field_paths(expression: str) -> frozenset[FieldPath]:
    """Returns the paths that a valid source reads. A path includes everything below it.

    Filters and the arguments of functions count too: the result depends on them.
    """
    reads = _reads(parse_expression(expression).parsed, frozenset({_Read(EVERYTHING)}))
    return frozenset(read.path for read in reads)


def overlap(one: FieldPath, other: FieldPath) -> bool:
    """Whether two fields are the same, or one contains the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _reads(node: dict[str, Any], base: _Reads) -> _Reads:
    """Returns the reads of a node that is applied to a value with the reads `base`."""
    return _KINDS.get(node["type"], _everything)(node, base)


def _field(node: dict[str, Any], base: _Reads) -> _Reads:
    return frozenset(read if read.made else _Read((*read.path, node["value"])) for read in base)


def _nothing(_: dict[str, Any], __: _Reads) -> _Reads:
    return frozenset()


def _everything(_: dict[str, Any], __: _Reads) -> _Reads:
    return frozenset({_Read(EVERYTHING, made=True)})


def _itself(_: dict[str, Any], base: _Reads) -> _Reads:
    return base


def _steps(node: dict[str, Any], base: _Reads) -> _Reads:
    for child in node["children"]:
        base = _reads(child, base)
    return base


def _all_names(node: dict[str, Any], base: _Reads) -> _Reads:
    return _reads(node["children"][0], base)


def _filtered(node: dict[str, Any], base: _Reads) -> _Reads:
    of_what, then, condition = node["children"]
    found = _reads(of_what, base)
    return _reads(then, found) | _reads(condition, found)


def _made(node: dict[str, Any], base: _Reads) -> _Reads:
    every = frozenset[_Read]().union(*(_reads(child, base) for child in node["children"]))
    return frozenset(_Read(read.path, made=True) for read in every)


# JMESPath's kinds of nodes
_KINDS: dict[str, Callable[[dict[str, Any], _Reads], _Reads]] = {
    "field": _field,
    "literal": _nothing,
    "expref": _nothing,  # applied to another argument, which counts as a whole
    "current": _itself,
    "identity": _itself,
    "index": _itself,
    "slice": _itself,
    "subexpression": _steps,
    "index_expression": _steps,
    "projection": _steps,
    "flatten": _steps,
    "pipe": _steps,
    "key_val_pair": _steps,
    "value_projection": _all_names,
    "filter_projection": _filtered,
    "multi_select_list": _made,
    "multi_select_dict": _made,
    "function_expression": _made,
    "comparator": _made,
    "and_expression": _made,
    "or_expression": _made,
    "not_expression": _made,
}
