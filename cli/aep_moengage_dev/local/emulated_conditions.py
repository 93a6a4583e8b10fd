"""Conditions that cut a word out of a parameter: CloudFormation resolves them, MiniStack compares them unresolved.

This module cannot import the project's dependencies, see `emulator`.
"""

from collections.abc import Callable, Mapping
from typing import Any

type Evaluate = Callable[[dict[str, Any], Mapping[str, Any]], dict[str, bool]]


def resolving(evaluate: Evaluate) -> Evaluate:
    """Wraps MiniStack's evaluation of a template's conditions: it gets each text that was split and joined as a text.

    Both functions take the template and the parameters, and return for each condition whether it holds.
    """

    def resolve(template: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, bool]:
        conditions = template.get("Conditions", {})
        return evaluate(template | {"Conditions": _resolved(conditions, parameters)}, parameters)

    return resolve


def _resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    match value:
        case {"Fn::Join": [joint, {"Fn::Split": [cut, {"Ref": name}]}]}:
            return joint.join(parameters[name]["Value"].split(cut))
        case dict():
            return {name: _resolved(each, parameters) for name, each in value.items()}
        case list():
            return [_resolved(each, parameters) for each in value]
    return value
