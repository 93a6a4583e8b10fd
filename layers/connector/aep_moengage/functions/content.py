"""The content of a request's body: its bytes, out of base64 and gzip, within limits.

A gateway passes a body that it takes for binary in base64. A compressed body is inflated no further than the limit, so
a small one that would fill the memory is refused early.
"""

import base64
import binascii
import zlib

from aep_moengage.aep.bodies import MalformedBody

LARGEST_BODY = 5 * 1024 * 1024  # bytes, inflated; Lambda takes 6 MB, with the event around the body
_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
# Content-Encoding -> the formats that senders mean by it; many send deflate without the header of zlib
_FORMATS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW_DEFLATE)}
_PLAIN = {"", "identity"}
_JSON_STARTS = (b"{", b"[")


class BodyTooLarge(Exception):
    """A request's body is larger than ingest accepts, or holds more profiles."""


class UnsupportedEncoding(Exception):
    """The body has a Content-Encoding other than gzip and deflate."""


def read_content(body: str, *, in_base64: bool, encoding: str) -> bytes:
    """Returns the bytes of a body; `encoding` is its Content-Encoding.

    Raises:
        BodyTooLarge, UnsupportedEncoding, MalformedBody: the sender has to act.
    """
    encoding = encoding.strip().lower()
    if encoding not in _PLAIN and encoding not in _FORMATS:
        raise UnsupportedEncoding("this Content-Encoding is not supported; send gzip, deflate, or none")
    content = _limited(_bytes(body, in_base64))
    # a gateway may inflate a body and leave the header as it was
    if encoding in _PLAIN or content.lstrip().startswith(_JSON_STARTS):
        return content
    return _inflated(content, encoding)


def _bytes(body: str, in_base64: bool) -> bytes:
    if not in_base64:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedBody("the body is not valid base64, although its event says so") from None


def _inflated(content: bytes, encoding: str) -> bytes:
    for wbits in _FORMATS[encoding]:
        inflater = zlib.decompressobj(wbits)
        try:
            inflated = _limited(inflater.decompress(content, LARGEST_BODY + 1))
        except zlib.error:
            continue
        if inflater.eof and not inflater.unused_data:
            return inflated
    raise MalformedBody(f"the body is not one whole {encoding} stream, although its Content-Encoding says so")


def _limited(content: bytes) -> bytes:
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(f"the body is too large; send at most {LARGEST_BODY} bytes at once, in several requests")
    return content
