"""What CloudFormation makes of a template with given parameters: conditions are decided, references stay."""

from collections.abc import Mapping
from typing import Any

_NOTHING = {"Ref": "AWS::NoValue"}


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
    arguments = _decided(given, values)
    match function:
        case "Fn::Equals":
            return str(arguments[0]) == str(arguments[1])
        case "Fn::Not":
            return not arguments[0]
        case "Fn::Split":
            return arguments[1].split(arguments[0])
        case "Fn::Join":
            return arguments[0].join(arguments[1])
    raise NotImplementedError(function)


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
