"""MoEngage's certificate is checked, and the trusted certificates are read once for all connections."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.chaos.certificates import Certificates, make_certificates

from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Verdict
from aep_moengage.trust import trusting


class _Accepts(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"status":"success"}'
        self.send_response(200)  # and the connection is closed: each request makes a new one
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Certificates]:
    made = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.bundle))
    trusting.cache_clear()
    yield made
    trusting.cache_clear()


def served(context: ssl.SSLContext) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Accepts) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def trusted(certificates: Certificates) -> Iterator[str]:
    yield from served(certificates.trusted)


@pytest.fixture
def untrusted(certificates: Certificates) -> Iterator[str]:
    yield from served(certificates.untrusted)


def test_the_trusted_certificates_are_read_once(trusted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []
    read = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *arguments: Any, **options: Any) -> None:
        reads.append(context)
        read(context, *arguments, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    moengage = MoEngage()
    for _ in range(3):
        assert moengage.send(Request(trusted, b"{}"), 5).verdict is Verdict.ACCEPTED
    assert len(reads) == 1


def test_an_untrusted_certificate_is_refused(untrusted: str) -> None:
    answer = MoEngage().send(Request(untrusted, b"{}"), 5)
    assert (answer.verdict, answer.why) == (Verdict.TRANSIENT, "the certificate shown is not trusted")


def test_a_certificate_of_another_host_is_refused(trusted: str) -> None:
    answer = MoEngage().send(Request(trusted.replace("127.0.0.1", "localhost"), b"{}"), 5)
    assert (answer.verdict, answer.why) == (Verdict.TRANSIENT, "the certificate shown is not trusted")
