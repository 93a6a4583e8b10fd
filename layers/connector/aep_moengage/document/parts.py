"""Parts of a destination document that profiles and events share: where values come from, identities, consent.

A description says what a field allows; error messages and the schema show it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
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
from aep_moengage.document.destination import ValueType
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

_TIMES = (ValueType.DATE, ValueType.DATETIME)


def _unit_of_a_time(unit: EpochUnit | None, info: ValidationInfo) -> EpochUnit | None:
    if info.data.get("type", ValueType.DATETIME) not in _TIMES:  # a type that is itself invalid is not there
        context = {"allowed": f"no unit, or one beside type: {' or '.join(_TIMES)}"}
        raise PydanticCustomError("unit_without_time", "belongs to a date or time only", context)
    return unit


TEXT = "text of 1 to 512 characters"
SOURCE = "a dotted path such as person.name.lastName, or a JMESPath expression"
SWITCH = "true or false"
NAMESPACE = "an identity namespace such as crmid, Email or ECID"
CONSENT_VALUES = (
    f"a list of {', '.join(ConsentValue)}, spelled so; of optInOut in, out, pending, not_provided; "
    "elsewhere of any texts, or true or false"
)
CONSENT = "a list of XDM paths, or of {path: XDM path, values: [y]}"
TRANSFORM = f"a list of {', '.join(Transform)}"


def _attribute_schema(schema: dict[str, Any]) -> None:
    """Says in JSON Schema's words which fields exclude or need others."""
    schema["oneOf"] = [{"required": ["source"]}, {"required": ["identity"]}]
    of_a_time = {"properties": {"type": {"enum": list(_TIMES)}}, "required": ["type"]}
    schema["dependentSchemas"] = {"unit": of_a_time}


# A field's description says what is allowed there: it goes into the faults.
class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


type Transforms = Annotated[tuple[Transform, ...], one_or_more(Transform)]


class IdentitySource(Part):
    """Where an identity is read, an identity namespace or an attribute, and the transforms of its text."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["namespace"]}, {"required": ["attribute"]}]}  # of the two just one
    )

    namespace: Annotated[Text | None, Field(description=NAMESPACE)] = None
    attribute: Annotated[Source | None, Field(description=SOURCE)] = None
    transform: Annotated[Transforms, Field(description=TRANSFORM)] = ()

    @model_validator(mode="after")
    def _has_one_of_two(self) -> Self:
        if (self.namespace is None) == (self.attribute is None):
            message = "needs either a namespace or an attribute"
            raise PydanticCustomError("invalid_identity", "{why}", {"why": message, "allowed": IDENTITIES})
        return self


type IdentitySources = Annotated[
    tuple[Annotated[IdentitySource, options("namespace", Text, IdentitySource)], ...],
    one_or_more(Text | IdentitySource),
]
IDENTITIES = (
    "an identity namespace such as crmid, {namespace: Email, transform: lowercase}, "
    "{attribute: XDM path, transform: trim}, or a list of these"
)


class Identities(Part):
    """MoEngage identity <- AEP identity namespaces or attributes; the first source with a usable id wins."""

    user_id: Annotated[IdentitySources, Field(description=IDENTITIES)] = ()
    anonymous_id: Annotated[IdentitySources, Field(description=IDENTITIES)] = ()
    ignore: Annotated[
        tuple[Text, ...], Field(description="a list of ids that name nobody, such as [test@example.com]")
    ] = ()


class AttributeSource(Part):
    """A MoEngage attribute's value: where it is read, what is done to it, what stands in for an absent one.

    It is read from a source or from an identity. `unit` is the unit of numbers that count from 1970. Blank text counts
    as absent unless `keep_blank` is true.
    """

    model_config = ConfigDict(json_schema_extra=_attribute_schema)

    source: Annotated[Source | None, Field(description=SOURCE)] = None
    identity: Annotated[Text | None, Field(description=NAMESPACE)] = None
    type: Annotated[ValueType | None, Field(description=", ".join(ValueType))] = None
    unit: Annotated[EpochUnit | None, AfterValidator(_unit_of_a_time), Field(description=" or ".join(EpochUnit))] = None
    transform: Annotated[Transforms, Field(description=TRANSFORM)] = ()
    default: Annotated[FiniteJson, Field(description="any value")] = None
    keep_blank: Annotated[StrictBool, Field(description=SWITCH)] = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source is None) == (self.identity is None):
            context = {"allowed": f"source: {SOURCE}; or identity: {NAMESPACE}"}
            raise PydanticCustomError(
                "source_or_identity", "needs a source or an identity, and only one of them", context
            )
        return self


class ConsentRule(Part):
    """Where consent is found, and which values are consent. A profile without it is not sent, and its user is removed
    from the audiences that MoEngage shows."""

    path: Annotated[Source, Field(description=SOURCE)]
    values: Annotated[
        Annotated[tuple[ConsentAnswer, ...], Field(min_length=1)] | None,
        one_or_more(ConsentAnswer),
        Field(description=CONSENT_VALUES),
    ] = None


type ConsentRules = tuple[Annotated[ConsentRule, options("path", Source, ConsentRule)], ...]
type Attributes = Annotated[
    Annotated[
        dict[AttributeName, Annotated[AttributeSource, options("source", Source, AttributeSource)]], Tag("~options")
    ]
    | Annotated[Literal["all"], Tag("~text")],
    Discriminator(shape),
]
