"""Cautions: likely mistakes in a destination file, found in the file alone or with sample profiles."""

from collections.abc import Iterator

from aep_moengage.document.model import Destination
from aep_moengage_cli.files.caution import Caution
from aep_moengage_cli.files.document_cautions import document_cautions
from aep_moengage_cli.files.missing_cautions import missing_cautions
from aep_moengage_cli.files.outcome_cautions import outcome_cautions
from aep_moengage_cli.files.survey import Survey
from aep_moengage_cli.files.unused_cautions import unused_cautions


def cautions(destination: Destination, sample: Survey | None) -> list[Caution]:
    """Returns the cautions about a document; without a sample, those that need no profiles."""
    return list(_cautions(destination, sample))


def _cautions(destination: Destination, sample: Survey | None) -> Iterator[Caution]:
    yield from document_cautions(destination)
    if sample is not None and sample.profiles:
        yield from missing_cautions(destination, sample)
        yield from outcome_cautions(destination, sample)
        yield from unused_cautions(destination, sample)
