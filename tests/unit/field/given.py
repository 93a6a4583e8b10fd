"""Inputs of the field: profiles and a destination file each, made after public reports of people with this job."""

from typing import Any

from msgspec.structs import replace
from tests.unit.given import RECEIVED_MS

from aep_moengage.mapping.mapping import CompiledMapping, Decision
from aep_moengage_cli.files.documents import read_destination
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_dev.project import PROJECT

FIELD = PROJECT / "tests" / "field"


def field_decisions(name: str, **changes: Any) -> list[Decision]:
    """What becomes of the profiles of an input, by the destination file beside it with some fields changed."""
    destination, _ = read_destination(FIELD / f"{name}.yaml")
    transform = CompiledMapping(replace(destination, **changes)).transform
    return [transform(profile, RECEIVED_MS) for _, profile in read_profiles([str(FIELD / f"{name}.json")])]
