"""Conditions of a template that join and split: CloudFormation resolves both there, MiniStack compares them unresolved.

Nothing of this project's dependencies can be imported here, see `emulator`.
"""

from collections.abc import Callable, Mapping
from typing import Any

type Evaluate = Callable[[dict[str, Any], Mapping[str, Any]], dict[str, bool]]


def resolving(evaluate: Evaluate) -> Evaluate:
    """Returns MiniStack's `evaluate` of a template's conditions, which is given them with joins and splits resolved."""

    def resolve(template: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, bool]:
        conditions = template.get("Conditions", {})
        return evaluate(template | {"Conditions": _resolved(conditions, parameters)}, parameters)

    return resolve


def _resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A condition, or a part of one; the value of a list parameter is its text, as MiniStack keeps it."""
    if isinstance(value, list):
        return [_resolved(each, parameters) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Split" in value:
        delimiter, text = value["Fn::Split"]
        return str(_text(text, parameters)).split(delimiter)
    if "Fn::Join" in value:
        delimiter, parts = value["Fn::Join"]
        found = _resolved(parts, parameters)
        return delimiter.join(found) if isinstance(found, list) else _text(found, parameters)
    return {name: _resolved(each, parameters) for name, each in value.items()}


def _text(value: Any, parameters: Mapping[str, Any]) -> Any:
    found = _resolved(value, parameters)
    if isinstance(found, dict) and found.get("Ref") in parameters:
        return parameters[found["Ref"]]["Value"]
    return found
