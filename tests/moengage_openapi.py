"""MoEngage's OpenAPI of the Data API, where it is at hand: the project holds no copy of it."""

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from aep_moengage_dev.project import PROJECT

FILE = Path(os.environ.get("MOENGAGE_OPENAPI") or PROJECT.parent / "shared/contract/moengage-data-openapi.yml")
needs_the_file = pytest.mark.skipif(not FILE.exists(), reason="MOENGAGE_OPENAPI names no copy of MoEngage's OpenAPI")


@cache
def schemas() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 # a safe loader, twice
    found: dict[str, Any] = document["components"]["schemas"]
    return found


@cache
def _validator(name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}}
    return jsonschema.Draft4Validator(schema, format_checker=_formats())


def _formats() -> jsonschema.FormatChecker:
    """Only that of a date-time: what an address of an e-mail is, MoEngage does not say, and takes hashes of them."""
    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)
    def is_date_time(value: object) -> bool:
        return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)

    return checker


def errors(record: dict[str, Any]) -> list[str]:
    """What is wrong with a record, as MoEngage's OpenAPI has it. Nothing is where the file is not at hand."""
    if not FILE.exists():
        return []
    name = {"customer": "CreateUserRequest", "event": "CreateEventRequest"}[record["type"]]
    return [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(record)]
