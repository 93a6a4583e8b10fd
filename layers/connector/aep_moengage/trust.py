"""Trusted certificates: one TLS context for all connections that trust the same ones.

A context takes a dozen milliseconds, because it reads the certificates of more than a hundred authorities, and urllib3
makes one for every connection.
"""

import ssl
from functools import cache


@cache
def trusting(certificates: str | None) -> ssl.SSLContext:
    """Returns the context of clients that trust the certificates in a file; None stands for the system's."""
    return ssl.create_default_context(cafile=certificates)
