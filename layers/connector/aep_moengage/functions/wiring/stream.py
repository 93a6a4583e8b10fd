"""Wires the stream function."""

import os
from functools import cache

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.stream import Stream
from aep_moengage.functions.wiring.shared import DRAIN_CLIENTS, custody_of
from aep_moengage.settings import read_settings
from aep_moengage.telemetry.counts import Counts


@cache
def stream() -> Stream:
    """Returns the stream function."""
    settings, connections = read_settings(os.environ), Connections()
    return Stream(
        settings.EVENT_STREAM,
        custody=custody_of(settings, connections, DRAIN_CLIENTS),
        counts=Counts(settings.STACK_NAME),
        connections=connections,
    )
