"""Cautions about what a document reads and no sample has, with similar names that the samples have."""

import difflib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.sources import compile_source
from aep_moengage.document.destination import Destination
from aep_moengage_cli.files.caution import Caution, CautionCode, counted
from aep_moengage_cli.files.document_sources import expressions, namespaces
from aep_moengage_cli.files.foreign_samples import foreign_samples
from aep_moengage_cli.files.survey import Survey, spelled

_NEAR = 3  # suggestions for a name that was not found


def missing_cautions(destination: Destination, sample: Survey) -> Iterator[Caution]:
    """Yields a caution for each source, identity namespace and audience that no sample has."""
    foreign = list(foreign_samples(sample))
    yield from (Caution(CautionCode.SAMPLE_NOT_AN_EXPORT, "samples", message) for message in foreign)
    yield from _sources(destination, sample)
    if not foreign:  # they explain a missing identity
        yield from _identities(destination, sample)
    yield from _audiences(destination, sample)


def _sources(destination: Destination, sample: Survey) -> Iterator[Caution]:
    paths = [path for path in map(spelled, sample.values) if path is not None]
    for where, expression in expressions(destination):
        read = compile_source(expression)
        if all(read(each) is None for each in sample.records):
            message = f"{expression} is in none of {counted(len(sample.profiles))}"
            yield Caution(CautionCode.SOURCE_NEVER_FOUND, where, message, near_names(expression, paths))


def _identities(destination: Destination, sample: Survey) -> Iterator[Caution]:
    for where, namespace in namespaces(destination):
        identify = compile_identity(namespace)
        if all(identify(each) is None for each in sample.records):
            message = f"none of {counted(len(sample.profiles))} has an identity of the namespace {namespace}"
            yield Caution(CautionCode.IDENTITY_NEVER_FOUND, where, message, near_names(namespace, sample.identities))


def _audiences(destination: Destination, sample: Survey) -> Iterator[Caution]:
    if destination.audiences == "all":
        return
    known = {(namespace.lower(), audience) for namespace, audience in sample.audiences}
    for place, audience in enumerate(destination.audiences):
        if (audience.namespace.lower(), audience.id) not in known:
            name = audience.name or "without a name"
            message = f"{audience.id} ({name}) is in none of {counted(len(sample.profiles))}"
            near = near_names(audience.id, [each for _, each in sample.audiences])
            yield Caution(CautionCode.AUDIENCE_NEVER_FOUND, f"audiences[{place}].id", message, near)


def near_names(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    """Returns names that end in the same part, else names that are spelled alike."""
    return _near_names(wanted, tuple(known))


@lru_cache(maxsize=4_000)  # the console asks again after every key
def _near_names(wanted: str, known: tuple[str, ...]) -> tuple[str, ...]:
    folded = {each.lower(): each for each in known}
    if same := [each for each in folded.values() if _last(each) == _last(wanted)]:
        return tuple(same[:_NEAR])
    alike = difflib.get_close_matches(wanted.lower(), folded, n=_NEAR, cutoff=0.7)
    return tuple(folded[each] for each in alike)


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip('"').lower()
