"""Data governance: the section of a destination document with labels, and with policies in Adobe's format."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from aep_moengage.aep.source_errors import SourceError
from aep_moengage.aep.sources import plain_path

_LABELS = "a list of labels, such as [I1, C4]"
_DENY = "{label: C4}, or {operator: AND or OR, operands: [such expressions]}"


def _field(path: str) -> str:
    try:
        plain_path(path)
    except SourceError as error:
        raise PydanticCustomError("invalid_field", "{why}", {"why": str(error)}) from error
    return path


type _Text = Annotated[str, Field(min_length=1, max_length=512)]
type _FieldName = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_field)]
type _Labels = Annotated[tuple[_Text, ...], Field(description=_LABELS)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Adobes(BaseModel):
    """What Adobe's Policy Service returns. Members that are not needed here are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Labels(_Part):
    """Data usage labels; those of a field hold for everything below it."""

    fields: Annotated[dict[_FieldName, _Labels], Field(description="dotted XDM paths, each with a list of labels")] = (
        Field(default_factory=dict)
    )
    identities: Annotated[dict[_Text, _Labels], Field(description="namespaces, each with a list of labels")] = Field(
        default_factory=dict
    )
    audiences: Annotated[dict[_Text, _Labels], Field(description="audience ids, each with a list of labels")] = Field(
        default_factory=dict
    )


class Deny(_Adobes):
    """An expression over labels: one label, or several expressions joined by an operator."""

    label: Annotated[_Text | None, Field(description="a label")] = None
    operator: Annotated[Literal["AND", "OR"] | None, Field(description="AND or OR")] = None
    operands: Annotated[tuple["Deny", ...], Field(description="a list of expressions")] = ()

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        joined = bool(self.operator and self.operands)
        if joined == bool(self.label) or bool(self.operator) != bool(self.operands):
            raise PydanticCustomError("invalid_deny", "is neither a label nor joined expressions", {"allowed": _DENY})
        return self

    def labels(self) -> frozenset[str]:
        """Returns every label that the expression mentions."""
        own = {self.label} if self.label else set()
        return frozenset(own).union(*(operand.labels() for operand in self.operands))

    def holds(self, labels: frozenset[str]) -> bool:
        """Whether the expression is true where these labels meet."""
        if self.label:
            return self.label in labels
        return _JOINED[self.operator or "OR"](operand.holds(labels) for operand in self.operands)


_JOINED = {"AND": all, "OR": any}


class Policy(_Adobes):
    """A data usage policy, as Adobe's Policy Service exports it; members that are not named here are ignored."""

    name: Annotated[_Text, Field(description="the policy's name")]
    status: Annotated[Literal["DRAFT", "ENABLED", "DISABLED"], Field(description="DRAFT, ENABLED or DISABLED")]
    marketingActionRefs: Annotated[  # noqa: N815 # Adobe's name
        tuple[_Text, ...], Field(description="a list of marketing actions, each an id or Adobe's URL of it")
    ]
    description: Annotated[str, Field(description="text")] = ""
    deny: Annotated[Deny, Field(description=_DENY)]


class Governance(_Part):
    """What the destination is used for, the labels of what it exports, and the policies that hold."""

    marketing_actions: Annotated[
        tuple[_Text, ...], Field(description="a list of marketing actions, each an id such as emailTargeting")
    ] = ()
    labels: Annotated[Labels, Field(description=", ".join(Labels.model_fields))] = Labels()
    policies: Annotated[tuple[Policy, ...], Field(description="a list of policies in Adobe's JSON format")] = ()
