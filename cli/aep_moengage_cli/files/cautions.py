"""Cautions: likely mistakes in a destination file, found in the file alone or with sample profiles."""

from collections.abc import Iterator, Sequence
from typing import Any

from aep_moengage.document.destination import Destination
from aep_moengage_cli.files.caution import Caution
from aep_moengage_cli.files.document_cautions import document_cautions
from aep_moengage_cli.files.event_cautions import event_cautions
from aep_moengage_cli.files.missing_cautions import missing_cautions
from aep_moengage_cli.files.outcome_cautions import outcome_cautions
from aep_moengage_cli.files.survey import Survey
from aep_moengage_cli.files.unused_cautions import unused_cautions


def cautions(destination: Destination, sample: Survey | None, events: Sequence[Any] = ()) -> list[Caution]:
    """Returns the cautions about a document, with sample profiles and sample events where there are some."""
    return [*_cautions(destination, sample), *event_cautions(destination, events)]


def _cautions(destination: Destination, sample: Survey | None) -> Iterator[Caution]:
    yield from document_cautions(destination)
    if sample is not None and sample.profiles:
        yield from missing_cautions(destination, sample)
        yield from outcome_cautions(destination, sample)
        yield from unused_cautions(destination, sample)
