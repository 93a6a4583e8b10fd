"""The ledger's keys: a row shows nobody whose it is, and an operator's sweep can still find its user.

A row's key is an HMAC-SHA-256 under the stack's ledger key. A plain hash of an e-mail address would be guessed in
microseconds. The customer id itself is kept sealed, by the SIV construction (RFC 5297's idea, built on HMAC-SHA-256):
the row's key, which no two ids share, starts the key stream, and opening checks the id against it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator


class LedgerKeys:
    """Makes the keys of a stack's ledger from its secret."""

    def __init__(self, secret: str) -> None:
        self._users = hmac.digest(secret.encode(), b"users", hashlib.sha256)
        self._events = hmac.digest(secret.encode(), b"events", hashlib.sha256)
        self._seals = hmac.digest(secret.encode(), b"seals", hashlib.sha256)

    def user(self, workspace: str, customer_id: str) -> str:
        """Returns the row key of a user of a workspace: 32 hexadecimal digits."""
        text = f"{workspace}\0{customer_id}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._users, text, hashlib.sha256).hex()[:32]

    def event(self, destination: str, identity: str) -> str:
        """Returns the key of an event that a destination was sent."""
        text = f"{destination}\0{identity}".encode("utf-8", "surrogatepass")
        return f"event#{hmac.digest(self._events, text, hashlib.sha256).hex()[:32]}"

    def known(self, workspace: str, anonymous_id: str) -> str:
        """Returns the key of what is known about who an anonymous user of a workspace is."""
        return f"known#{self.user(workspace, anonymous_id)}"

    def seal(self, user: str, customer_id: str) -> bytes:
        """Returns the customer id of a row, so that only this stack can read it."""
        return self._streamed(user, customer_id.encode("utf-8", "surrogatepass"))

    def open(self, workspace: str, user: str, sealed: bytes) -> str | None:
        """Returns a sealed customer id; None where it is not that of this row."""
        try:
            customer_id = self._streamed(user, sealed).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return None
        return customer_id if hmac.compare_digest(self.user(workspace, customer_id), user) else None

    def _streamed(self, user: str, text: bytes) -> bytes:
        stream = b"".join(self._blocks(user, len(text)))
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))

    def _blocks(self, user: str, size: int) -> Iterator[bytes]:
        for block in range(0, size, hashlib.sha256().digest_size):
            yield hmac.digest(self._seals, f"{user}\0{block}".encode(), hashlib.sha256)


def new_ledger_key() -> str:
    """Returns a stack's ledger key, with 256 random bits."""
    return secrets.token_urlsafe(32)
