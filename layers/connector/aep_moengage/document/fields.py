"""Kinds of fields of a destination document: checked texts, and the short forms that a field accepts."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from aep_moengage.aep.source_errors import SourceError
from aep_moengage.aep.sources import compile_source
from aep_moengage.moengage.event_records import event_name_fault
from aep_moengage.moengage.records import ATTRIBUTE_NAME_LENGTH, attribute_name_fault


def _source(expression: str) -> str:
    try:
        compile_source(expression)
    except SourceError as error:
        raise PydanticCustomError("invalid_source", "{why}", {"why": str(error)}) from error
    return expression


def _attribute_name(name: str) -> str:
    if why := attribute_name_fault(name):
        raise PydanticCustomError("invalid_attribute_name", "{why}", {"why": why, "allowed": "another name"})
    return name


def _event_name(name: str) -> str:
    if why := event_name_fault(name):
        raise PydanticCustomError("invalid_event_name", "{why}", {"why": why, "allowed": "another name"})
    return name


def _finite(value: JsonValue) -> JsonValue:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise PydanticCustomError("not_finite", "is not finite", {"allowed": "numbers that JSON knows"}) from None
    return value


def _consent_answer(value: object) -> str | bool:
    if isinstance(value, bool) or (isinstance(value, str) and value):
        return value
    raise PydanticCustomError("wrong_type", "is neither text nor true or false")


Text = Annotated[str, Field(min_length=1, max_length=512)]
Source = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_source)]
AttributeName = Annotated[
    str,
    AfterValidator(_attribute_name),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": ATTRIBUTE_NAME_LENGTH, "not": {"pattern": "[.]"}},
        mode="validation",
    ),
]

EventName = Annotated[
    str,
    AfterValidator(_event_name),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": ATTRIBUTE_NAME_LENGTH, "not": {"pattern": "[.]"}},
        mode="validation",
    ),
]

type ConsentAnswer = Annotated[
    str | bool, PlainValidator(_consent_answer), WithJsonSchema({"type": ["string", "boolean"], "minLength": 1})
]
type FiniteJson = Annotated[JsonValue, AfterValidator(_finite)]


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def shape(value: object) -> str:
    """Returns the tag of a field that is either text or something with fields."""
    return "~text" if isinstance(value, str) else "~options"


def one_or_more(kind: Any) -> BeforeValidator:
    """Accepts a single one as a list of one."""
    return BeforeValidator(_listed, json_schema_input_type=kind | tuple[kind, ...])


def options(field: str, text: Any, model: Any) -> BeforeValidator:
    """Accepts a bare text as the model that has only this field."""
    return BeforeValidator(
        lambda value: {field: value} if isinstance(value, str) else value, json_schema_input_type=text | model
    )
