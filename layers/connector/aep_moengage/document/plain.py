"""The plain form of a published document. The functions read it, so they import no models and start faster.

Publishing writes it beside the document, with the digest of the document's text. If someone changes the document
without the commands, the digest differs, and the functions parse the document itself.
"""

import hashlib
import json

import msgspec
from msgspec import Struct

from aep_moengage.document.destination import Destination


class _PlainForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The digest of the document's text, and what it says."""

    document: str
    destination: Destination


_DECODER = msgspec.json.Decoder(_PlainForm)


def write_plain(document: str, destination: Destination) -> str:
    """Returns the plain form of a document's text that describes this destination."""
    plain = _PlainForm(_digest(document), msgspec.structs.replace(destination, governance={}))
    return json.dumps(msgspec.to_builtins(plain))


def read_plain(plain: str, document: str) -> Destination | None:
    """Returns the destination; None if the plain form belongs to another document, or can't be read."""
    try:
        found = _DECODER.decode(plain)
    except ValueError:
        return None
    return found.destination if found.document == _digest(document) else None


def _digest(document: str) -> str:
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()
