"""The page of the destination file's fields, from its JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aep_moengage_cli.files.json_schema import destination_schema
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference.markdown import GENERATED, cell, table

# where each part of the file is -> the schema's name of it, in the file's order
_PARTS = {
    "An audience in `audiences`": "Audience",
    "`identities`": "Identities",
    "An identity's source": "IdentitySource",
    "An attribute's source": "AttributeSource",
    "A rule in `consent`": "ConsentRule",
    "A rule in `events`": "EventRule",
    "`pacing`": "Pacing",
    "`governance`": "Governance",
    "`governance.labels`": "Labels",
    "A policy in `governance.policies`": "Policy",
}
_EXAMPLE = PROJECT / "events" / "destination-full.yaml"


def destination_page() -> str:
    """Returns the page of the destination file."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    schema = json.loads(destination_schema())
    yield from ("# Destination file", "", GENERATED, "")
    yield "A destination file is YAML or JSON. `init` drafts one, `check` reports every error in it, and"
    yield "[mapping](mapping.md) explains it by examples. Editors complete it with"
    yield "[the JSON Schema](destination.schema.json). A field without a default is required."
    yield ""
    yield from _fields(schema)
    for title, name in _PARTS.items():
        part = schema["$defs"][name]
        yield from (f"## {title}", "", *_described(part), *_fields(part))
    yield from ("## Every field, with an example", "", "```yaml", *_example(), "```", "")


def _described(part: Mapping[str, Any]) -> Iterator[str]:
    yield from (*part["description"].split("\n"), "")


def _fields(part: Mapping[str, Any]) -> Iterator[str]:
    required = part.get("required", ())
    return table(
        ("field", "what it takes", "default"),
        (
            (f"`{name}`", cell(field.get("description", "")), "" if name in required else _default(field))
            for name, field in part["properties"].items()
        ),
    )


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "none" if default is None or isinstance(default, dict | list) else f"`{json.dumps(default)}`"


def _example() -> list[str]:
    lines = _EXAMPLE.read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("# yaml-language-server")]
