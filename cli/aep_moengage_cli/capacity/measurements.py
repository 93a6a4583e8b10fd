"""Measurements: what a profile takes on its way, from one editable file."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestMeasurements(_Part):
    """A request of ingest; milliseconds are Lambda's duration."""

    memory_mb: PositiveInt
    queued_ms: PositiveFloat
    delivered_ms: PositiveFloat
    queued_log_bytes: NonNegativeFloat
    delivered_log_bytes: NonNegativeFloat


class DrainMeasurements(_Part):
    """A profile in drain, without its calls to DynamoDB and MoEngage."""

    memory_mb: PositiveInt
    profile_ms: PositiveFloat
    profile_log_bytes: NonNegativeFloat


class DynamoDBMeasurements(_Part):
    """A call to DynamoDB, and the units that a profile uses."""

    call_ms: PositiveFloat
    reads: NonNegativeFloat
    writes: NonNegativeFloat


class MoEngageMeasurements(_Part):
    """A call to MoEngage."""

    single_ms: PositiveFloat
    bulk_ms: PositiveFloat


class Measurements(_Part):
    """What a profile takes on its way."""

    ingest: IngestMeasurements
    drain: DrainMeasurements
    dynamodb: DynamoDBMeasurements
    moengage: MoEngageMeasurements
    record_bytes: PositiveInt
    message_bytes: PositiveInt


@cache
def kept_measurements() -> Measurements:
    """Returns the measurements as this package has them."""
    return _parsed(files(__package__).joinpath("measured.yaml").read_text("utf-8"))


def read_measurements(file: Path | None) -> Measurements:
    """Returns the measurements in a file; without one, the kept ones. Raises `OSError` and `ValueError`."""
    return _parsed(file.read_text("utf-8")) if file else kept_measurements()


def _parsed(text: str) -> Measurements:
    return Measurements.model_validate(yaml.safe_load(text))
