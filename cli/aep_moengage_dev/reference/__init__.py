"""Reference: generates the pages in docs that come from the code."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from aep_moengage_cli.files.json_schema import destination_schema
from aep_moengage_dev.drawing import files
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference.architecture_picture import architecture_picture
from aep_moengage_dev.reference.cli_page import cli_page
from aep_moengage_dev.reference.costs_page import costs_page
from aep_moengage_dev.reference.destination_page import destination_page
from aep_moengage_dev.reference.http_api_page import http_api_page
from aep_moengage_dev.reference.outcomes_page import outcomes_page
from aep_moengage_dev.reference.stack_page import stack_page

DOCS = PROJECT / "docs"

REFERENCES: dict[Path, Callable[[], str]] = {
    DOCS / "destination.schema.json": destination_schema,
    DOCS / "outcomes.md": outcomes_page,
    DOCS / "cli.md": cli_page,
    DOCS / "destination-file.md": destination_page,
    DOCS / "http-api.md": http_api_page,
    DOCS / "stack.md": stack_page,
    DOCS / "costs.md": costs_page,
    **{file: partial(architecture_picture, scheme) for file, scheme in files(DOCS / "architecture.svg").items()},
}


def write() -> list[Path]:
    """Writes the files that are out of date; returns them."""
    stale = {file: text for file, make in REFERENCES.items() if not _is_current(file, text := make())}
    for file, text in stale.items():
        file.write_text(text, encoding="utf-8")
    return list(stale)


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text
