"""Wires the ingest function."""

import os
from functools import cache

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.ingest import Ingest
from aep_moengage.functions.wiring.shared import INGEST_CLIENTS, INGEST_TABLES, dynamodb_of, shared
from aep_moengage.settings import read_settings


@cache
def ingest() -> Ingest:
    """Returns the ingest function."""
    settings, connections = read_settings(os.environ), Connections()
    dynamodb = dynamodb_of(settings, connections, INGEST_TABLES)
    parts = shared(settings, connections, dynamodb, INGEST_CLIENTS)
    return Ingest(**parts, allowed=settings.ALLOWED_CIDRS, client_names=settings.CLIENT_NAMES)
