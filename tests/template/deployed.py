"""What CloudFormation makes of a template with given parameters: conditions are decided, references stay."""

from collections.abc import Callable, Mapping
from typing import Any

_NOTHING = {"Ref": "AWS::NoValue"}
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "Fn::And": all,
    "Fn::Or": any,
    "Fn::Not": lambda given: not given[0],
    "Fn::Equals": lambda given: str(given[0]) == str(given[1]),
    "Fn::Split": lambda given: given[1].split(given[0]),
    "Fn::Join": lambda given: given[0].join(given[1]),
}


def deployed(template: Mapping[str, Any], **parameters: str) -> dict[str, Any]:
    """Returns a template with its conditions, `Fn::If` and `AWS::NoValue` resolved; other parameters have defaults."""
    values = {name: str(each["Default"]) for name, each in template["Parameters"].items()} | parameters
    holds = {name: _decided(condition, values) for name, condition in template["Conditions"].items()}
    kept: dict[str, Any] = {
        section: {name: each for name, each in template[section].items() if holds.get(each.get("Condition"), True)}
        for section in ("Resources", "Outputs")
    }
    return dict(template) | dict(_chosen(kept, holds))


def _decided(condition: Any, values: Mapping[str, str]) -> Any:
    """Returns the value of a condition or of a part of one."""
    if not isinstance(condition, dict):
        return [_decided(each, values) for each in condition] if isinstance(condition, list) else condition
    ((function, given),) = condition.items()
    if function == "Ref":
        return values[given]
    return _FUNCTIONS[function](_decided(given, values))


def _chosen(value: Any, holds: Mapping[str, bool]) -> Any:
    if isinstance(value, list):
        return [each for each in (_chosen(each, holds) for each in value) if each != _NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return _chosen(then if holds[condition] else otherwise, holds)
    chosen = {name: _chosen(each, holds) for name, each in value.items()}
    return {name: each for name, each in chosen.items() if each != _NOTHING}
