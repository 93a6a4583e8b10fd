"""Wires the drain function."""

import os
from functools import cache

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.drain import Drain
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.functions.wiring.shared import DRAIN_CLIENTS, dynamodb_of, shared
from aep_moengage.settings import read_settings


@cache
def drain() -> Drain:
    """Returns the drain function."""
    settings, connections = read_settings(os.environ), Connections()
    dynamodb = dynamodb_of(settings, connections, DRAIN_CLIENTS)
    return Drain(
        **shared(settings, connections, dynamodb, DRAIN_CLIENTS),
        samples=SampleTable(dynamodb, settings.SAMPLES_TABLE),
        retry_window_seconds=settings.retry_window_seconds,
    )
