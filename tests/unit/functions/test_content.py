"""The content of a body: out of base64 and compression, and never more than the limit."""

import base64
import gzip
import zlib

import pytest

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.functions.content import LARGEST_BODY, BodyTooLarge, UnsupportedEncoding, read_content

TEXT = b'{"identityMap": {"crmid": [{"id": "\xc3\xa4da"}]}}'


def raw_deflate(content: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(content) + deflater.flush()


COMPRESSED = {"gzip": gzip.compress(TEXT, mtime=0), "deflate": zlib.compress(TEXT), "raw deflate": raw_deflate(TEXT)}


def read(content: bytes, encoding: str = "") -> bytes:
    return read_content(base64.b64encode(content).decode(), in_base64=True, encoding=encoding)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body_is_taken_as_it_is(encoding: str) -> None:
    assert read(TEXT, encoding) == TEXT
    assert read_content(TEXT.decode(), in_base64=False, encoding=encoding) == TEXT


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", COMPRESSED["gzip"]),
        ("X-GZIP", COMPRESSED["gzip"]),
        ("deflate", COMPRESSED["deflate"]),
        ("deflate", COMPRESSED["raw deflate"]),
        ("gzip", b" " + TEXT),  # inflated on its way, with the header left as it was
    ],
)
def test_a_compressed_body_is_inflated(encoding: str, content: bytes) -> None:
    assert read(content, encoding).strip() == TEXT


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x" * 1000])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="gzip, deflate"):
        read(TEXT, encoding)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", COMPRESSED["gzip"][:-5]),
        ("gzip", COMPRESSED["gzip"] + b"more"),
        ("gzip", COMPRESSED["deflate"]),
        ("deflate", b""),
        ("deflate", b"\xff\xff"),
        ("gzip", b"text"),
    ],
)
def test_a_body_that_is_not_compressed_as_it_says_is_malformed(encoding: str, content: bytes) -> None:
    with pytest.raises(MalformedBody, match=f"one whole {encoding} stream"):
        read(content, encoding)


@pytest.mark.parametrize("wrapped", [gzip.compress, zlib.compress, raw_deflate])
def test_a_small_body_that_inflates_beyond_the_limit_is_refused(wrapped: object) -> None:
    assert callable(wrapped)
    content = wrapped(b" " * (LARGEST_BODY + 1))
    assert len(content) < LARGEST_BODY / 100

    with pytest.raises(BodyTooLarge, match=str(LARGEST_BODY)):
        read(content, "gzip" if wrapped is gzip.compress else "deflate")


def test_the_limit_itself_is_allowed() -> None:
    assert len(read(gzip.compress(b" " * LARGEST_BODY), "gzip")) == LARGEST_BODY


@pytest.mark.parametrize("body", ["not base64!", "YQ"])
def test_a_body_that_is_not_base64_is_malformed(body: str) -> None:
    with pytest.raises(MalformedBody, match="base64"):
        read_content(body, in_base64=True, encoding="")
