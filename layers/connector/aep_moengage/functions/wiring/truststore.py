"""Wires the truststore function."""

import os
from functools import cache

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.truststore import Truststore
from aep_moengage.functions.wiring.shared import DRAIN_CLIENTS
from aep_moengage.settings import read_truststore_settings


@cache
def truststore() -> Truststore:
    """Returns the truststore function."""
    settings = read_truststore_settings(os.environ)
    s3 = Connections().client("s3", DRAIN_CLIENTS)
    return Truststore(s3, settings.TRUSTSTORE_URI, settings.TRUSTSTORE_VERSION, settings.STACK_NAME)
