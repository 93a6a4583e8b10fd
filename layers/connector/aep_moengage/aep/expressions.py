"""JMESPath expressions, compiled within bounds.

A destination file may hold any expression, and each runs for every profile. So how long, how deep and how costly one
can be is decided when it is compiled. Only sources that are more than a dotted path import this module.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped] # it has no types
from jmespath.functions import Functions  # type: ignore[import-untyped] # as above
from jmespath.parser import ParsedResult, Parser  # type: ignore[import-untyped] # as above

from aep_moengage.aep.source_errors import SourceError

TOKENS = 300  # names, literals, operators and brackets; a chain of operators is evaluated as deep as it is long
DEPTH = 30  # expressions within expressions; the parser recurses
WORK = 500  # see Cost

type Node = dict[str, Any]


class Cost(NamedTuple):
    """An upper bound of what an expression costs, whatever the data.

    `work` is how often the expression goes through as much as it was given, `size` how often its result repeats that.
    """

    work: int
    size: int


def parse_expression(expression: str) -> ParsedResult:
    """Returns a parsed expression. It can only fail on data, and its cost is bounded.

    Raises:
        SourceError: for an invalid expression, and for one that is too long, too deep or too costly; with the position
            and the reason.
    """
    try:
        parsed = _BoundedParser().parse(expression)
    except JMESPathError as error:
        raise _syntax_error(expression, error) from None
    _check_functions(expression, parsed.parsed)
    if cost(parsed.parsed).work > WORK:
        message = "from here on the expression repeats its data too often; select fewer parts, or in fewer steps"
        raise SourceError(_costly_from(parsed.parsed) + 1, message)
    return parsed


class _BoundedParser(Parser):  # type: ignore[misc] # it has no types
    """JMESPath's parser, which also stops at the bounds and notes where expressions start."""

    _CACHE: dict[str, ParsedResult] = {}  # noqa: RUF012 # its own: the parent's has expressions without bounds

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def _expression(self, binding_power: int = 0) -> Node:
        if self._depth == 0 and len(self._tokens) > TOKENS + 1:  # the last token is the end
            message = f"the expression goes on after {TOKENS} names, operators and brackets"
            raise SourceError(self._tokens[TOKENS]["start"] + 1, message)
        start: int = self._lookahead_token(0)["start"]
        if self._depth == DEPTH:
            raise SourceError(start + 1, f"the expression is nested deeper than {DEPTH} levels")
        self._depth += 1
        node: Node = super()._expression(binding_power)
        self._depth -= 1
        node.setdefault("start", start)
        return node


def _syntax_error(expression: str, error: Exception) -> SourceError:
    """Returns the error in words that do not name the parser's token types."""
    position = getattr(error, "lex_position", 0)
    if position >= len(expression):
        return SourceError(len(expression) + 1, "the expression ends too early")
    found = expression[position]
    hint = '; quote a name with other characters than letters, digits and _, as in "e-mail"' if found == "-" else ""
    return SourceError(position + 1, f"{found} is unexpected{hint}")


def _check_functions(expression: str, tree: Node) -> None:
    """Finds the calls that would fail on any data; JMESPath itself reports them only when it evaluates them."""
    for call in _calls(tree):
        name, given = call["value"], len(call["children"])
        position = expression.find(f"{name}(") + 1
        known = Functions.FUNCTION_TABLE.get(name)
        if known is None:
            raise SourceError(position, f"there is no function {name}()")
        takes = known["signature"]
        variadic = bool(takes) and bool(takes[-1].get("variadic"))
        if given < len(takes) if variadic else given != len(takes):
            raise SourceError(position, f"{name}() takes {len(takes)} arguments, not {given}")
        if name == "join" and call["children"][0]["type"] != "literal":
            raise SourceError(position, "join() takes its separator as a literal, as in join(', ', names)")


def _calls(node: Node) -> Iterator[Node]:
    if node["type"] == "function_expression":
        yield node
    for child in _children(node):
        yield from _calls(child)


def _children(node: Node) -> list[Node]:
    return [child for child in node["children"] if isinstance(child, dict)]  # a slice's are numbers


def cost(node: Node) -> Cost:
    """Returns the cost of a node of a parsed expression."""
    return _COSTS.get(node["type"], _in_steps)(node)


def _costly_from(node: Node, start: int = 0) -> int:
    """Returns where the part starts with which the work goes beyond its bound."""
    start = int(node.get("start", start))
    for child in _children(node):
        if cost(child).work > WORK:
            return _costly_from(child, start)
    return max([start, *(int(child["start"]) for child in _children(node) if "start" in child)])


def _in_steps(node: Node) -> Cost:
    """Each step goes through what the step before it gave."""
    work, size = 1, 1
    for child in map(cost, _children(node)):
        work, size = work + size * child.work, size * child.size
    return Cost(work, size)


def _one_of(node: Node) -> Cost:
    """The result is one of the parts, or less than each."""
    costs = [Cost(1, 1), *map(cost, _children(node))]
    return Cost(sum(each.work for each in costs), max(each.size for each in costs))


def _filtered(node: Node) -> Cost:
    base, then, condition = map(cost, _children(node))
    return Cost(1 + base.work + base.size * (then.work + condition.work), base.size * then.size)


def _selected(node: Node) -> Cost:
    """Parts of different fields together repeat no more than the one that repeats most; any others add up."""
    by_field: dict[str | None, int] = defaultdict(int)
    work = 1
    for child in _children(node):
        of_child = cost(child)
        work += of_child.work
        by_field[_first_field(child)] += of_child.size
    others = by_field.pop(None, 0)
    return Cost(work, max(by_field.values(), default=0) + others)


def _first_field(node: Node) -> str | None:
    """Returns the field below which everything lies that a node reads; None where there may be more than one."""
    if node["type"] == "field":
        return str(node["value"])
    return _first_field(node["children"][0]) if node["type"] in _BELOW_THEIR_FIRST else None


def _called(node: Node) -> Cost:
    """A function that takes an expression applies it to each element. `merge` joins, and `to_string` escapes."""
    values = [cost(child) for child in _children(node) if child["type"] != "expref"]
    applied = [cost(child) for child in _children(node) if child["type"] == "expref"]
    sizes = [each.size for each in values] or [1]
    size = sum(sizes) if node["value"] == "merge" else max(sizes)
    work = 1 + sum(each.work for each in values) + sum(size * each.work for each in applied)
    if node["value"] == "map":
        size *= max((each.size for each in applied), default=1)
    return Cost(work, size * _ESCAPED if node["value"] == "to_string" else size)


_ESCAPED = 2  # times as long a text can become: a quote within quotes gets a backslash
_BELOW_THEIR_FIRST = frozenset(
    {"subexpression", "index_expression", "projection", "flatten", "filter_projection", "value_projection", "pipe"}
    | {"key_val_pair"}
)
# kinds of nodes whose parts are not steps
_COSTS: dict[str, Callable[[Node], Cost]] = {
    "filter_projection": _filtered,
    "multi_select_list": _selected,
    "multi_select_dict": _selected,
    "function_expression": _called,
    "comparator": _one_of,
    "and_expression": _one_of,
    "or_expression": _one_of,
    "not_expression": _one_of,
}
