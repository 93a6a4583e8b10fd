"""Data governance: labels on what a destination exports, and policies in Adobe's format that deny their use.

A policy counts if it is enabled and one of its marketing actions is one of the destination's. Adobe's page on automatic
enforcement: labels of a field count where the field is mapped, and two labels meet in the same audience.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from aep_moengage.aep.field_paths import FieldPath, overlap
from aep_moengage.aep.sources import SourceError, plain_path

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
    """What Adobe's Policy Service returns; it says more than is needed here."""

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
    """An expression over labels: one label, or several expressions that are joined."""

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


class Export(NamedTuple):
    """Something that leaves for MoEngage: its name in the document, the fields that it reads; or an audience."""

    name: str
    fields: frozenset[FieldPath]
    audience: str | None = None


class Violation(NamedTuple):
    """A policy (its place in the list) that is violated: the labels that meet, each with the exports that bear it."""

    policy: int
    actions: tuple[str, ...]
    carriers: dict[str, tuple[str, ...]]


def violations(governance: Governance, exports: Sequence[Export]) -> list[Violation]:
    """Returns which policies are violated by what is exported."""
    actions = frozenset(map(_action, governance.marketing_actions))
    labelled = [(export, _labels_of(export, governance.labels)) for export in exports]
    found = []
    for place, policy in enumerate(governance.policies):
        shared = actions.intersection(map(_action, policy.marketingActionRefs))
        if policy.status == "ENABLED" and shared and (carriers := _denied(policy.deny, labelled)):
            found.append(Violation(place, tuple(sorted(shared)), carriers))
    return found


def identity_field(namespace: str) -> FieldPath:
    """Returns the field that an identity namespace's identities are in; namespaces compare without case."""
    return ("identityMap", namespace.lower())


def _action(reference: str) -> str:
    """The id at the end of Adobe's URL of a marketing action, or the id itself."""
    return reference.rstrip("/").rpartition("/")[2]


def _labels_of(export: Export, labels: Labels) -> frozenset[str]:
    found = set(labels.audiences.get(export.audience, ())) if export.audience else set()
    fields = [(_spelled(plain_path(path)), given) for path, given in labels.fields.items()]
    fields += [(identity_field(namespace), given) for namespace, given in labels.identities.items()]
    for field, given in fields:
        if any(overlap(field, _spelled(read)) for read in export.fields):
            found.update(given)
    return frozenset(found)


def _spelled(field: FieldPath) -> FieldPath:
    return (*identity_field(field[1]), *field[2:]) if field[:1] == ("identityMap",) and len(field) > 1 else field


def _denied(deny: Deny, labelled: Sequence[tuple[Export, frozenset[str]]]) -> dict[str, tuple[str, ...]]:
    """The labels that meet where they may not, with what bears them; fields meet with each audience by itself."""
    fields = [each for each in labelled if each[0].audience is None]
    meetings = [fields, *([*fields, each] for each in labelled if each[0].audience is not None)]
    carriers: dict[str, set[str]] = defaultdict(set)
    for meeting in meetings:
        if deny.holds(_united(labels for _, labels in meeting)):
            for export, labels in meeting:
                for label in labels & deny.labels():
                    carriers[label].add(export.name)
    return {label: tuple(sorted(names)) for label, names in sorted(carriers.items())}


def _united(labels: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*labels)
