"""The destination document: what an operator says about one destination, checked as a whole.

`parse_destination` either returns a `Destination` or raises `DestinationFaults`, which carries every fault at once.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aep_moengage.faults import DestinationFaults, faults_of
from aep_moengage.records import attribute_name_fault
from aep_moengage.sources import SourceError, compile_source

DEFAULT_AUDIENCE_ATTRIBUTE = "AEP Segment"
Region = Literal["01", "02", "03", "04", "05", "06", "101"]  # MoEngage's data centers
DESTINATION_ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"  # goes into a URL and into a parameter's path
REGIONS: tuple[str, ...] = get_args(Region)


class ValueType(StrEnum):
    """What an attribute's value is made into before it is sent."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    ARRAY = "array"
    OBJECT = "object"


class Transform(StrEnum):
    """What is done to an attribute's string value, in the order given."""

    TRIM = "trim"
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"
    SHA256 = "sha256"


def _region(value: object) -> str:
    """Takes 3, "03", "DC-03" and "DC_03" for one data center; an unknown one is a fault, never a fallback."""
    digits = re.fullmatch(r"(?:dc[-_ ]?)?(\d{1,3})", str(value).strip(), re.IGNORECASE)
    region = digits[1].zfill(2) if digits else ""
    if region not in REGIONS:
        raise PydanticCustomError("unknown_region", "is no MoEngage data center", {"allowed": ", ".join(REGIONS)})
    return region


def _source(expression: str) -> str:
    try:
        compile_source(expression)
    except SourceError as error:
        allowed = "a dotted path such as person.name.lastName, or a JMESPath expression"
        raise PydanticCustomError("invalid_source", "{why}", {"why": str(error), "allowed": allowed}) from error
    return expression


def _attribute_name(name: str) -> str:
    if fault := attribute_name_fault(name):
        raise PydanticCustomError("invalid_attribute_name", "{why}", {"why": fault, "allowed": "another name"})
    return name


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _shape(value: object) -> str:
    return "~text" if isinstance(value, str) else "~options"


def _options(field: str) -> BeforeValidator:
    """Takes a bare text for the options whose one required field is `field`."""
    return BeforeValidator(lambda value: {field: value} if isinstance(value, str) else value)


Text = Annotated[str, Field(min_length=1, max_length=512)]
Source = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_source)]
AttributeName = Annotated[str, AfterValidator(_attribute_name)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Audience(_Part):
    """An activated audience; `name` is what MoEngage is told, else the payload's name, else the id."""

    id: Text
    name: Text | None = None
    namespace: Text = "ups"


class AttributeIdentity(_Part):
    """An identity that is read from an attribute rather than from an identity namespace."""

    attribute: Source


type IdentitySource = Annotated[
    Annotated[Text, Tag("~text")] | Annotated[AttributeIdentity, Tag("~options")], Discriminator(_shape)
]
type IdentitySources = Annotated[tuple[IdentitySource, ...], BeforeValidator(_listed)]


class Identities(_Part):
    """MoEngage identity <- AEP identity namespaces or attributes; the first that is present wins."""

    user_id: IdentitySources = ()
    anonymous_id: IdentitySources = ()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.user_id and not self.anonymous_id:
            allowed = "user_id, anonymous_id, or both"
            raise PydanticCustomError("no_identity", "names no identity", {"allowed": allowed})
        return self


class AttributeSource(_Part):
    """A MoEngage attribute's value: where it is read, what is done to it, what stands in for an absent one."""

    source: Source
    type: ValueType | None = None
    transform: Annotated[tuple[Transform, ...], BeforeValidator(_listed)] = ()
    default: JsonValue = None


class ConsentRule(_Part):
    """An XDM consent path; a profile whose `val` there is not among `values` is skipped."""

    path: Source
    values: Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)] = ("y",)


def _once_each(audiences: tuple[Audience, ...]) -> tuple[Audience, ...]:
    seen: set[tuple[str, str]] = set()
    for audience in audiences:
        key = (audience.namespace.lower(), audience.id)
        if key in seen:
            raise PydanticCustomError(
                "duplicate_audience", "names {id} twice", {"id": audience.id, "allowed": "each audience once"}
            )
        seen.add(key)
    return audiences


type Audiences = Annotated[
    Annotated[tuple[Audience, ...], AfterValidator(_once_each), Tag("~options")]
    | Annotated[Literal["all"], Tag("~text")],
    Discriminator(_shape),
]
type Attributes = Annotated[
    Annotated[dict[AttributeName, Annotated[AttributeSource, _options("source")]], Tag("~options")]
    | Annotated[Literal["all"], Tag("~text")],
    Discriminator(_shape),
]


class Destination(_Part):
    """One destination: a MoEngage workspace, the activated audiences, and the mapping."""

    id: Annotated[str, Field(pattern=DESTINATION_ID)]
    name: Text
    description: Annotated[str, Field(max_length=1000)] = ""
    region: Annotated[Region, BeforeValidator(_region)]
    # MoEngage's DATA APP ID; goes into a URL, and Basic credentials end it at a colon
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]
    audiences: Audiences
    identities: Identities
    attributes: Attributes = Field(default_factory=dict)
    audience_attribute: AttributeName = DEFAULT_AUDIENCE_ATTRIBUTE
    audience_events: StrictBool = False
    anonymous_profiles: Literal["deliver", "skip"] = "deliver"
    consent: tuple[Annotated[ConsentRule, _options("path")], ...] = ()
    update_existing_only: StrictBool = False


# where a field that does not exist was written -> the model whose fields are allowed there
PARTS: Mapping[str, type[BaseModel]] = {
    "": Destination,
    "audiences": Audience,
    "identities": Identities,
    "attributes": AttributeSource,
    "consent": ConsentRule,
}


def parse_destination(document: Mapping[str, Any] | str) -> Destination:
    """Returns the destination that a document describes.

    `document` is the file's content as a mapping, or as JSON text.

    Raises:
        DestinationFaults: with every fault, each with its path, the value and what is allowed.
    """
    text = document if isinstance(document, str) else json.dumps(document, default=str)
    try:
        return Destination.model_validate_json(text)
    except ValidationError as error:
        raise DestinationFaults(faults_of(error, PARTS)) from None
