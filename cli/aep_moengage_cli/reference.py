"""Reference: the files in docs that are made from the code. `python -m aep_moengage_cli.reference` writes them anew."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from aep_moengage.destination import Destination
from aep_moengage_cli.local.project import PROJECT

DOCS = PROJECT / "docs"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Without titles that only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 # pydantic's signature
        return False


def destination_schema() -> str:
    """Returns the JSON Schema of a destination file, for editors; what it cannot say, `check` does."""
    schema = Destination.model_json_schema(schema_generator=_Untitled)
    head = {"$schema": _DIALECT, "title": "A destination of the AEP connector for MoEngage"}
    return json.dumps({**head, **{key: part for key, part in schema.items() if key != "title"}}, indent=2) + "\n"


REFERENCES = {
    DOCS / "destination.schema.json": destination_schema,
}


def write(references: dict[Path, Any] | None = None) -> list[Path]:
    """Writes the files that are not current; returns them."""
    stale = [file for file, make in (references or REFERENCES).items() if not _is_current(file, make())]
    for file in stale:
        file.write_text(REFERENCES[file](), encoding="utf-8")
    return stale


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    for written in write():
        sys.stdout.write(f"{written.relative_to(PROJECT)} is written\n")
