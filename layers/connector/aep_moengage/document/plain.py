"""The plain form of a published document, which the functions read: so they need no models, and start faster.

It is written beside the document, and counts for that document only: one that was changed past the commands has
another digest.
"""

import hashlib
import json

import msgspec
from msgspec import Struct

from aep_moengage.document.destination import Destination


class _Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """The digest of the document's text, and what it says."""

    document: str
    destination: Destination


_DECODER = msgspec.json.Decoder(_Plain)


def write_plain(document: str, destination: Destination) -> str:
    """Returns the plain form of a document's text that describes this destination."""
    plain = _Plain(_digest(document), msgspec.structs.replace(destination, governance={}))
    return json.dumps(msgspec.to_builtins(plain))


def read_plain(plain: str, document: str) -> Destination | None:
    """Returns the destination; None if the plain form is of another document, or of other commands' making."""
    try:
        found = _DECODER.decode(plain)
    except ValueError:
        return None
    return found.destination if found.document == _digest(document) else None


def _digest(document: str) -> str:
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()
