"""Pseudonyms: what a user is called in logs, so that one can be followed there and nobody can be found.

A pseudonym is the HMAC-SHA-256 of the identity under the destination's trace key, a secret: without the key nobody can
try identities until one fits, and a user has another pseudonym at every destination.
"""

import hashlib
import hmac
import secrets

_DIGITS = 24  # 96 bits: in a billion users the chance that any two share one is below 10^-11


def new_trace_key() -> str:
    """Returns a destination's trace key, with 256 random bits."""
    return secrets.token_urlsafe(32)


def pseudonym(trace_key: str, identity: str) -> str:
    """Returns the pseudonym of an identity, in lower-case hexadecimal digits."""
    digest = hmac.digest(trace_key.encode(), identity.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return digest.hex()[:_DIGITS]
