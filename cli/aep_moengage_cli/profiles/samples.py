"""Samples of a deployed destination: what has arrived for it lately."""

from typing import Any

from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.sample_table import MOST_SAMPLES, SampleTable
from aep_moengage_cli.deployed import Stack


def sample_table(stack: Stack) -> SampleTable:
    """Returns the table of a stack's samples."""
    return SampleTable(stack.client("dynamodb"), stack.output("SamplesTableName"))


def newest_samples(stack: Stack, destination: str, kind: Kind, most: int = MOST_SAMPLES) -> list[Any]:
    """Returns the newest payloads that arrived for a destination while it was paused, the newest last."""
    return [sample.payload for sample in sample_table(stack).newest(destination, kind)[-most:]]
