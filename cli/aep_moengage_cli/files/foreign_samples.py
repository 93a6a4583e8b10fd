"""Foreign samples: profiles in a shape that AEP's destinations don't export, such as those of another interface."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aep_moengage.aep.envelopes import envelope_name
from aep_moengage.aep.profiles import IDENTITIES
from aep_moengage_cli.files.caution import counted
from aep_moengage_cli.files.survey import Survey

_XDM_PREFIX = "xdm:"


def foreign_samples(sample: Survey) -> Iterator[str]:
    """Yields a sentence for each foreign shape among the samples."""
    for message, is_foreign in _SHAPES.items():
        if count := sum(map(is_foreign, sample.records)):
            yield message.format(of=f"{count} of {counted(len(sample.profiles))}")
    envelopes = [name for name in map(envelope_name, sample.records) if name is not None]
    for name in dict.fromkeys(envelopes):
        yield f"{envelopes.count(name)} of {counted(len(sample.profiles))}: {name}, not a profile as AEP exports it"


def _has_misspelled_identities(record: Mapping[str, Any]) -> bool:
    return IDENTITIES not in record and IDENTITIES.lower() in map(str.lower, record)


def _has_prefixes(record: Mapping[str, Any]) -> bool:
    return any(name.startswith(_XDM_PREFIX) for name in record)


_MISSPELLED = "{of}: the identity map is not spelled identityMap, as AEP spells it, so it is not read"
_PREFIXED = "{of}: names begin with xdm:, as in XDM's schemas; AEP exports them without it, so they are not read"
_SHAPES: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    _MISSPELLED: _has_misspelled_identities,
    _PREFIXED: _has_prefixes,
}
