"""The JSON Schema of a destination file, for editors. `check` also finds what a schema can't express."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from aep_moengage.document.model import Destination

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Leaves out titles that only repeat the field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 # pydantic's signature
        return False


def destination_schema() -> str:
    """Returns the schema as JSON text."""
    schema = Destination.model_json_schema(schema_generator=_Untitled)
    head = {"$schema": _DIALECT, "title": "A destination of the AEP connector for MoEngage"}
    return json.dumps({**head, **{key: part for key, part in schema.items() if key != "title"}}, indent=2) + "\n"
