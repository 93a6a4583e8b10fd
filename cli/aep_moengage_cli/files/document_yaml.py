"""A document as YAML, as an operator would write it: short values are on one line. Pure."""

import json
import re
from typing import Any

import yaml

from aep_moengage_cli.files.yaml12 import is_text

_WIDTH = 110
_LINE_ENDS = re.compile("[\x85\u2028\u2029\ufeff]")  # YAML reads these characters only if they are escaped
_OUTER = 2  # levels that always have several lines: the fields, and their values


class _InLine(dict[str, Any]):
    """Fields on one line."""


class _InLineList(list[Any]):
    """A list on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: a value that occurs twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 # PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 # as above
        super().increase_indent(flow, indentless=False)  # lists are indented from their field


def _text(dumper: _Dumper, text: str) -> Any:
    """Quotes text that readers of YAML 1.1, as PyYAML does by itself, or of YAML 1.2 would read as something else."""
    style = '"' if _LINE_ENDS.search(text) else None if is_text(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _flow(node: Any) -> Any:
    node.flow_style = True
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_InLine, lambda dumper, data: _flow(dumper.represent_dict(data)))
_Dumper.add_representer(_InLineList, lambda dumper, data: _flow(dumper.represent_list(data)))


def to_yaml(document: Any) -> str:
    """Returns JSON values as YAML; `read_destination` reads the same values from it."""
    return yaml.dump(
        _laid_out(document, 0), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10 * _WIDTH, indent=2
    )


def _laid_out(value: Any, depth: int) -> Any:
    """Marks the values to write on one line."""
    if not isinstance(value, dict | list):
        return value
    scalars = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
    fits = len(json.dumps(value)) <= _WIDTH
    if not value or (fits and (scalars or depth >= _OUTER)):
        return _InLine(value) if isinstance(value, dict) else _InLineList(value)
    if isinstance(value, dict):
        return {name: _laid_out(part, depth + 1) for name, part in value.items()}
    return [_laid_out(item, depth + 1) for item in value]
