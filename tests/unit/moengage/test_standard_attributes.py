"""MoEngage's standard attributes: our table and the simulator's say what MoEngage's OpenAPI says."""

from typing import Any

import pytest
from tests.moengage_openapi import needs_the_file, schemas

from aep_moengage.moengage.records import name_fault
from aep_moengage.moengage.standard_attributes import (
    CREATE_ONLY_NAMES,
    EMAIL_OPT_IN_STATUSES,
    READ_ONLY_NAMES,
    STANDARD_TYPES,
    StandardType,
)
from aep_moengage_dev.simulator import contract, standard_types

ALIASES = {"name", "first_name", "last_name", "gender", "email", "mobile", "birthday"}
SPELLED = {
    StandardType.TEXT: "string",
    StandardType.BOOLEAN: "boolean",
    StandardType.DATE_TIME: "date-time",
    StandardType.EPOCH_MILLISECONDS: "integer",
    StandardType.EMAIL_OPT_IN: "enum",
}


def published() -> dict[str, Any]:
    properties: dict[str, Any] = schemas()["UserAttributes"]["properties"]
    return properties


def spelled(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "enum"
    return "date-time" if schema.get("format") == "date-time" else str(schema["type"])


@needs_the_file
def test_every_published_attribute_has_its_type() -> None:
    types = {name: spelled(schema) for name, schema in published().items()}
    ours = {name: SPELLED[kind] for name, kind in STANDARD_TYPES.items() if name not in ALIASES}
    assert ours | {"geo": "string"} == types
    assert dict(standard_types.STANDARD_TYPES) == types


@needs_the_file
def test_the_statuses_of_an_email_opt_in_are_the_published_ones() -> None:
    statuses = set(published()["moe_email_optin_status"]["enum"])
    assert statuses == EMAIL_OPT_IN_STATUSES == standard_types.EMAIL_OPT_IN


@needs_the_file
def test_every_attribute_that_is_published_as_create_only_is_known_as_such() -> None:
    said = {name for name, schema in published().items() if "cannot be updated later" in schema.get("description", "")}
    assert said <= CREATE_ONLY_NAMES


def test_the_simulator_knows_the_same_names() -> None:
    assert set(standard_types.STANDARD_TYPES) | ALIASES == set(STANDARD_TYPES) | {"geo"}
    assert contract.CREATE_ONLY_NAMES == CREATE_ONLY_NAMES
    assert {name for name in contract.READ_ONLY_NAMES if not name.startswith("moe_")} == READ_ONLY_NAMES


@pytest.mark.parametrize("name", sorted(contract.READ_ONLY_NAMES))
def test_a_read_only_attribute_is_never_sent(name: str) -> None:
    assert name_fault(name) is not None


@pytest.mark.parametrize("name", sorted({*STANDARD_TYPES, *CREATE_ONLY_NAMES}))
def test_a_standard_attribute_may_be_mapped(name: str) -> None:
    assert name_fault(name) is None
