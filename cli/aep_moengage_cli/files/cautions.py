"""Cautions: likely mistakes in a destination file, found in the file alone or with sample profiles."""

import difflib
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.profiles import SDK_ATTRIBUTES, profile_values
from aep_moengage.aep.sources import compile_source
from aep_moengage.aep.texts import Transform, trimmed
from aep_moengage.document.model import AttributeSource, Destination, IdentitySource
from aep_moengage.mapping.conversions import compile_default
from aep_moengage.mapping.mapping import Action, CompiledMapping
from aep_moengage.moengage.records import ATTRIBUTES
from aep_moengage.moengage.standard_attributes import CREATE_ONLY_NAMES
from aep_moengage.outcomes import MappingWarning
from aep_moengage_cli.files.survey import Survey, spelled

_ONE_SPELLING = frozenset({Transform.LOWERCASE, Transform.UPPERCASE, Transform.SHA256})
_NEAR = 3  # suggestions for a name that was not found


class CautionCode(StrEnum):
    """Kinds of likely mistakes."""

    AUDIENCE_ATTRIBUTE_MAPPED = "audience_attribute_mapped"
    ATTRIBUTE_CREATE_ONLY = "attribute_create_only"
    ATTRIBUTE_SHARED = "attribute_shared"
    TOO_MANY_ATTRIBUTES = "too_many_attributes"
    DEFAULT_NOT_SENT = "default_not_sent"
    TRANSFORM_WITHOUT_EFFECT = "transform_without_effect"
    SOURCE_NEVER_FOUND = "source_never_found"
    IDENTITY_NEVER_FOUND = "identity_never_found"
    AUDIENCE_NEVER_FOUND = "audience_never_found"
    NO_USER_ID = "no_user_id"
    IDS_DIFFER_BY_CASE = "ids_differ_by_case"
    PROFILES_NOT_SENT = "profiles_not_sent"
    ATTRIBUTE_CHANGED = "attribute_changed"


@dataclass(frozen=True, slots=True)
class Caution:
    """One caution: `path` as errors have it; `near` holds similar names that may have been meant."""

    code: CautionCode
    path: str
    message: str
    near: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        near = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"{self.path or 'document'}: {self.message}{near} [{self.code}]"


def cautions(destination: Destination, sample: Survey | None) -> list[Caution]:
    """Returns the cautions about a document; without a sample, those that need no profiles."""
    found = list(_of_the_document(destination))
    if sample is not None and sample.profiles:
        found += _of_the_sample(destination, sample)
    return found


def _of_the_document(destination: Destination) -> Iterator[Caution]:
    attributes = _attributes(destination)
    if destination.audience_attribute in attributes:
        message = (
            "is not sent, because this attribute holds the audiences; give it or `audience_attribute` another name"
        )
        path = f"attributes.{destination.audience_attribute}"
        yield Caution(CautionCode.AUDIENCE_ATTRIBUTE_MAPPED, path, message)
    if not destination.identities.user_id:
        message = "has no user_id: every profile is delivered under an anonymous id"
        yield Caution(CautionCode.NO_USER_ID, "identities", message)
    if len(attributes) > ATTRIBUTES:
        message = (
            f"has {len(attributes)} attributes; MoEngage keeps {ATTRIBUTES} in a workspace unless it raised the limit"
        )
        yield Caution(CautionCode.TOO_MANY_ATTRIBUTES, "attributes", message)
    for name, options in attributes.items():
        if name in CREATE_ONLY_NAMES:
            message = "MoEngage sets it when it creates a user and ignores it later; give it another name"
            yield Caution(CautionCode.ATTRIBUTE_CREATE_ONLY, f"attributes.{name}", message)
        yield from _of_the_default(name, options)
        yield from _of_the_transform(name, options)


def _of_the_default(name: str, options: AttributeSource) -> Iterator[Caution]:
    if options.default is not None:
        warnings: list[MappingWarning] = []
        compile_default(name, options)(options.default, name, warnings)
        for warning in warnings:
            yield Caution(CautionCode.DEFAULT_NOT_SENT, f"attributes.{name}.default", warning.message)


def _of_the_transform(name: str, options: AttributeSource) -> Iterator[Caution]:
    steps = options.transform
    if Transform.SHA256 in steps and Transform.UPPERCASE in steps[: steps.index(Transform.SHA256)]:
        message = "uppercase has no effect: sha256 hashes the trimmed, lowercased value"
        yield Caution(CautionCode.TRANSFORM_WITHOUT_EFFECT, f"attributes.{name}.transform", message)


def _of_the_sample(destination: Destination, sample: Survey) -> Iterator[Caution]:
    count = len(sample.profiles)
    profiles = [profile for profile in sample.profiles if isinstance(profile, dict)]
    values = [profile_values(profile) if SDK_ATTRIBUTES in profile else profile for profile in profiles]
    paths = [path for path in map(spelled, sample.values) if path is not None]
    for where, expression in _sources(destination):
        read = compile_source(expression)
        if all(read(each) is None for each in values):
            message = f"{expression} is in none of {_counted(count)}"
            yield Caution(CautionCode.SOURCE_NEVER_FOUND, where, message, _near(expression, paths))
    for where, namespace in _namespaces(destination):
        identify = compile_identity(namespace)
        if all(identify(each) is None for each in values):
            message = f"none of {_counted(count)} has an identity of the namespace {namespace}"
            near = _near(namespace, sample.identities)
            yield Caution(CautionCode.IDENTITY_NEVER_FOUND, where, message, near)
    yield from _of_the_ids(destination, sample)
    yield from _of_the_audiences(destination, sample)
    yield from _of_the_decisions(destination, sample)


def _of_the_ids(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """Ids that a source does not transform into one spelling: AEP, and so MoEngage, compares them with case."""
    for where, source in _identities(destination):
        if source.namespace is not None and not _ONE_SPELLING.intersection(source.transform):
            ids = set(_ids(source.namespace, sample))
            if spellings := len(ids) - len({found.lower() for found in ids}):
                message = f"of {len(ids)} ids, {spellings} differ from another by case only and become further users"
                advice = f"; use {{namespace: {source.namespace}, transform: lowercase}}"
                yield Caution(CautionCode.IDS_DIFFER_BY_CASE, where, message + advice)


def _ids(namespace: str, sample: Survey) -> Iterator[str]:
    for name, lists in sample.identities.items():
        for entry in chain.from_iterable(entries for entries in lists if isinstance(entries, list)):
            found = entry.get("id") if isinstance(entry, dict) else entry
            if name.lower() == namespace.lower() and isinstance(found, str):
                yield trimmed(found)


def _of_the_audiences(destination: Destination, sample: Survey) -> Iterator[Caution]:
    if destination.audiences == "all":
        return
    there = {(namespace.lower(), audience) for namespace, audience in sample.audiences}
    for place, audience in enumerate(destination.audiences):
        if (audience.namespace.lower(), audience.id) not in there:
            message = (
                f"{audience.id} ({audience.name or 'without a name'}) is in none of {_counted(len(sample.profiles))}"
            )
            near = _near(audience.id, [each for _, each in sample.audiences])
            yield Caution(CautionCode.AUDIENCE_NEVER_FOUND, f"audiences[{place}].id", message, near)


def _of_the_decisions(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """Profiles that the connector would skip or reject, and its warnings about the others."""
    mapping, received_ms = CompiledMapping(destination), round(time.time() * 1000)
    decisions = [mapping.transform(profile, received_ms) for profile in sample.profiles]
    of = f"of {_counted(len(decisions))}"
    unsent = Counter((each.action, each.reason) for each in decisions if each.action is not Action.DELIVER)
    for (action, reason), count in unsent.items():
        become = "skipped" if action is Action.SKIP else "rejected"
        yield Caution(CautionCode.PROFILES_NOT_SENT, "", f"{count} {of} would be {become}: {reason}")
    changed = Counter((each.field, each.message) for decision in decisions for each in decision.warnings)
    for (name, message), count in changed.items():
        path = f"attributes.{name}" if name else "attributes"
        yield Caution(CautionCode.ATTRIBUTE_CHANGED, path, f"{message} (in {count} {of})")


def _attributes(destination: Destination) -> dict[str, AttributeSource]:
    return {} if destination.attributes == "all" else destination.attributes


def _sources(destination: Destination) -> Iterator[tuple[str, str]]:
    for name, options in _attributes(destination).items():
        if options.source is not None:
            yield f"attributes.{name}.source", options.source
    for place, rule in enumerate(destination.consent):
        yield f"consent[{place}].path", rule.path
    for where, source in _identities(destination):
        if source.attribute is not None:
            yield f"{where}.attribute", source.attribute


def _namespaces(destination: Destination) -> Iterator[tuple[str, str]]:
    for where, source in _identities(destination):
        if source.namespace is not None:
            yield where, source.namespace
    for name, options in _attributes(destination).items():
        if options.identity is not None:
            yield f"attributes.{name}.identity", options.identity


def _identities(destination: Destination) -> Iterator[tuple[str, IdentitySource]]:
    identities = destination.identities
    for name, sources in (("user_id", identities.user_id), ("anonymous_id", identities.anonymous_id)):
        yield from ((f"identities.{name}[{place}]", source) for place, source in enumerate(sources))


def _near(wanted: str, there: Iterable[str]) -> tuple[str, ...]:
    """Returns paths that end in the same name, else paths that are spelled alike."""
    folded = {each.lower(): each for each in there}
    if same := [each for each in folded.values() if _last(each) == _last(wanted)]:
        return tuple(same[:_NEAR])
    alike = difflib.get_close_matches(wanted.lower(), folded, n=_NEAR, cutoff=0.7)
    return tuple(folded[each] for each in alike)


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip('"').lower()


def _counted(profiles: int) -> str:
    return f"{profiles} profile{'' if profiles == 1 else 's'}"
