"""The destination document's fields. A description says what a field allows; error messages and the schema show it."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aep_moengage.aep.texts import Transform
from aep_moengage.aep.timestamps import EpochUnit
from aep_moengage.document.consent import ConsentValue
from aep_moengage.document.fields import (
    AttributeName,
    ConsentAnswer,
    FiniteJson,
    Source,
    Text,
    one_or_more,
    options,
    shape,
)
from aep_moengage.document.governance import Governance
from aep_moengage.moengage.standard_attributes import CREATE_ONLY_NAMES, STANDARD_TYPES

DEFAULT_AUDIENCE_ATTRIBUTE = "AEP Segment"
Region = Literal["01", "02", "03", "04", "05", "06", "101"]  # MoEngage's data centers
DESTINATION_ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"  # goes into a URL and into a parameter's path
REGIONS: tuple[str, ...] = get_args(Region)
type AnyRegion = (
    Region | Literal[1, 2, 3, 4, 5, 6, 101] | Annotated[str, Field(pattern=r"^ *([Dd][Cc][-_ ]?)?(0?[1-6]|101) *$")]
)


class ValueType(StrEnum):
    """What an attribute's value is made into before it is sent."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    ARRAY = "array"
    OBJECT = "object"


_TIMES = (ValueType.DATE, ValueType.DATETIME)


def _region(value: object) -> str:
    """Accepts 3, "03", "DC-03" and "DC_03" as one data center. An unknown one is an error; there is no fallback."""
    digits = re.fullmatch(r"(?:dc[-_ ]?)?(\d{1,3})", str(value).strip(), re.IGNORECASE)
    region = digits[1].zfill(2) if digits else ""
    if region not in REGIONS:
        raise PydanticCustomError("unknown_region", "is not a MoEngage data center")
    return region


def _custom_name(name: str) -> str:
    if name in STANDARD_TYPES or name in CREATE_ONLY_NAMES:
        why = {"why": "MoEngage has an attribute of this name, which holds no list", "allowed": "another name"}
        raise PydanticCustomError("invalid_attribute_name", "{why}", why)
    return name


def _unit_of_a_time(unit: EpochUnit | None, info: ValidationInfo) -> EpochUnit | None:
    if info.data.get("type", ValueType.DATETIME) not in _TIMES:  # a type that is itself invalid is not there
        context = {"allowed": f"no unit, or one beside type: {' or '.join(_TIMES)}"}
        raise PydanticCustomError("unit_without_time", "belongs to a date or time only", context)
    return unit


_TEXT = "text of 1 to 512 characters"
_SOURCE = "a dotted path such as person.name.lastName, or a JMESPath expression"
_SWITCH = "true or false"
_NAMESPACE = "an identity namespace such as crmid, Email or ECID"
_EXISTING_AUDIENCES = (
    "set, or keep where another connector filled the audience attribute: of a user who is new here, names are only "
    "added and removed"
)
_TRIGGERS_CAMPAIGNS = "true, or false so that audience events start no campaigns"
_MERGE_ANONYMOUS = "true, or false where MoEngage's Identity Resolution is on for the workspace: it turns merges off"
_CONSENT_VALUES = (
    f"a list of {', '.join(ConsentValue)}, spelled so; of optInOut in, out, pending, not_provided; "
    "elsewhere of any texts, or true or false"
)
_TRANSFORM = f"a list of {', '.join(Transform)}"


AudienceName = Annotated[AttributeName, AfterValidator(_custom_name)]


def _attribute_schema(schema: dict[str, Any]) -> None:
    """Says in JSON Schema's words which fields exclude or need others."""
    schema["oneOf"] = [{"required": ["source"]}, {"required": ["identity"]}]
    of_a_time = {"properties": {"type": {"enum": list(_TIMES)}}, "required": ["type"]}
    schema["dependentSchemas"] = {"unit": of_a_time}


# A field's description says what is allowed there: it goes into the faults.
class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Audience(_Part):
    """An activated audience. MoEngage shows its `name`, else the payload's name, else its id."""

    id: Annotated[Text, Field(description=_TEXT)]
    name: Annotated[Text | None, Field(description=_TEXT)] = None
    namespace: Annotated[Text, Field(description=_TEXT)] = "ups"


type Transforms = Annotated[tuple[Transform, ...], one_or_more(Transform)]


class IdentitySource(_Part):
    """Where an identity is read, an identity namespace or an attribute, and the transforms of its text."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["namespace"]}, {"required": ["attribute"]}]}  # of the two just one
    )

    namespace: Annotated[Text | None, Field(description=_NAMESPACE)] = None
    attribute: Annotated[Source | None, Field(description=_SOURCE)] = None
    transform: Annotated[Transforms, Field(description=_TRANSFORM)] = ()

    @model_validator(mode="after")
    def _has_one_of_two(self) -> Self:
        if (self.namespace is None) == (self.attribute is None):
            message = "needs either a namespace or an attribute"
            raise PydanticCustomError("invalid_identity", "{why}", {"why": message, "allowed": _IDENTITIES})
        return self


type IdentitySources = Annotated[
    tuple[Annotated[IdentitySource, options("namespace", Text, IdentitySource)], ...],
    one_or_more(Text | IdentitySource),
]
_IDENTITIES = (
    "an identity namespace such as crmid, {namespace: Email, transform: lowercase}, "
    "{attribute: XDM path, transform: trim}, or a list of these"
)


class Identities(_Part):
    """MoEngage identity <- AEP identity namespaces or attributes; the first source with a usable id wins."""

    user_id: Annotated[IdentitySources, Field(description=_IDENTITIES)] = ()
    anonymous_id: Annotated[IdentitySources, Field(description=_IDENTITIES)] = ()
    ignore: Annotated[
        tuple[Text, ...], Field(description="a list of ids that name nobody, such as [test@example.com]")
    ] = ()


class AttributeSource(_Part):
    """A MoEngage attribute's value: where it is read, what is done to it, what stands in for an absent one.

    It is read from a source or from an identity. `unit` is the unit of numbers that count from 1970. Blank text counts
    as absent unless `keep_blank` is true.
    """

    model_config = ConfigDict(json_schema_extra=_attribute_schema)

    source: Annotated[Source | None, Field(description=_SOURCE)] = None
    identity: Annotated[Text | None, Field(description=_NAMESPACE)] = None
    type: Annotated[ValueType | None, Field(description=", ".join(ValueType))] = None
    unit: Annotated[EpochUnit | None, AfterValidator(_unit_of_a_time), Field(description=" or ".join(EpochUnit))] = None
    transform: Annotated[Transforms, Field(description=_TRANSFORM)] = ()
    default: Annotated[FiniteJson, Field(description="any value")] = None
    keep_blank: Annotated[StrictBool, Field(description=_SWITCH)] = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source is None) == (self.identity is None):
            context = {"allowed": f"source: {_SOURCE}; or identity: {_NAMESPACE}"}
            raise PydanticCustomError(
                "source_or_identity", "needs a source or an identity, and only one of them", context
            )
        return self


class ConsentRule(_Part):
    """Where consent is found, and which values are consent. A profile without it is not sent, and its user is removed
    from the audiences that MoEngage shows."""

    path: Annotated[Source, Field(description=_SOURCE)]
    values: Annotated[
        Annotated[tuple[ConsentAnswer, ...], Field(min_length=1)] | None,
        one_or_more(ConsentAnswer),
        Field(description=_CONSENT_VALUES),
    ] = None


type Audiences = Annotated[
    Annotated[tuple[Audience, ...], Tag("~options")] | Annotated[Literal["all"], Tag("~text")],
    Discriminator(shape),
]
type Attributes = Annotated[
    Annotated[
        dict[AttributeName, Annotated[AttributeSource, options("source", Source, AttributeSource)]], Tag("~options")
    ]
    | Annotated[Literal["all"], Tag("~text")],
    Discriminator(shape),
]


class Pacing(_Part):
    """The highest rate at which the retry queue's backlog is sent; by default MoEngage's limits for its bulk API."""

    users_per_minute: Annotated[int, Field(strict=True, ge=1, description="a whole number from 1")] = 60_000
    events_per_minute: Annotated[int, Field(strict=True, ge=1, description="a whole number from 1")] = 60_000


class Destination(_Part):
    """One destination: a MoEngage workspace, the activated audiences, and the mapping."""

    id: Annotated[
        str, Field(pattern=DESTINATION_ID, description="1 to 63 of a-z 0-9 - _, the first a letter or a digit")
    ]
    name: Annotated[Text, Field(description=_TEXT)]
    description: Annotated[str, Field(max_length=1000, description="text of at most 1000 characters")] = ""
    region: Annotated[
        Region, BeforeValidator(_region, json_schema_input_type=AnyRegion), Field(description=", ".join(REGIONS))
    ]
    # part of a URL, and of Basic credentials, where a colon would end it
    username: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$", description="MoEngage's DATA APP ID: letters, digits, - _ .")
    ]
    audiences: Annotated[
        Audiences, Field(description="all, or a list of audiences, each {id: …, name: …, namespace: …}")
    ]
    identities: Annotated[Identities, Field(description="user_id, anonymous_id, or both, each with a namespace")]
    attributes: Annotated[
        Attributes, Field(description="all, or names, each with an XDM path or {source: XDM path, …}")
    ] = Field(default_factory=dict)
    audience_attribute: Annotated[AudienceName, Field(description="an attribute's name")] = DEFAULT_AUDIENCE_ATTRIBUTE
    existing_audiences: Annotated[Literal["set", "keep"], Field(description=_EXISTING_AUDIENCES)] = "set"
    audience_events: Annotated[StrictBool, Field(description=_SWITCH)] = False
    triggers_campaigns: Annotated[StrictBool, Field(description=_TRIGGERS_CAMPAIGNS)] = True
    anonymous_profiles: Annotated[Literal["deliver", "skip"], Field(description="deliver or skip")] = "deliver"
    merge_anonymous: Annotated[StrictBool, Field(description=_MERGE_ANONYMOUS)] = True
    consent: Annotated[
        tuple[Annotated[ConsentRule, options("path", Source, ConsentRule)], ...],
        Field(description="a list of XDM paths, or of {path: XDM path, values: [y]}"),
    ] = ()
    update_existing_only: Annotated[StrictBool, Field(description=_SWITCH)] = False
    pacing: Annotated[Pacing, Field(description=", ".join(Pacing.model_fields))] = Pacing()
    governance: Annotated[Governance, Field(description=", ".join(Governance.model_fields))] = Governance()
