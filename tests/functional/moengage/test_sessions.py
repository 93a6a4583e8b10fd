"""The session to MoEngage: connections survive between calls, but not a pause; cookies survive nothing."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aep_moengage.moengage.client import IDLE_SECONDS, MoEngage
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Verdict
from aep_moengage_dev.simulator.simulator import Simulator

ACCEPTED = b'{"status": "success"}'


class Server(http.server.ThreadingHTTPServer):
    """Accepts everything, sets a cookie, and records connections and headers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections: list[Any] = []
        self.headers: list[Any] = []

    @property
    def request(self) -> Request:
        return Request(f"http://127.0.0.1:{self.server_port}/v1/customer/ACME", b"{}")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self) -> None:
        self.server.headers.append(self.headers)
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(ACCEPTED)))
        self.send_header("set-cookie", "workspace=first; Path=/")
        self.end_headers()
        self.wfile.write(ACCEPTED)

    def log_message(self, *_: Any) -> None:
        pass


class Clock:
    """A clock that is set by hand, and may do something when it is looked at."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.looks: list[Any] = []

    def __call__(self) -> float:
        if self.looks:
            self.looks.pop(0)()
        return self.now


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_connections_are_kept_between_calls_and_dropped_after_a_pause(server: Server) -> None:
    clock = Clock()
    moengage = MoEngage(clock)
    for pause, connections in ((0.0, 1), (IDLE_SECONDS, 1), (IDLE_SECONDS + 1, 2)):
        clock.now += pause
        assert moengage.send(server.request, 5).verdict is Verdict.ACCEPTED
        assert len(server.connections) == connections


def test_cookies_are_never_kept(server: Server) -> None:
    moengage = MoEngage()
    for _ in range(2):
        assert moengage.send(server.request, 5).verdict is Verdict.ACCEPTED

    assert [headers["cookie"] for headers in server.headers] == [None, None]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(username="ACME", password="key") as running:
        yield running


def test_a_call_that_found_no_connection_is_repeated_once_at_once(simulator: Simulator) -> None:
    clock = Clock()
    request = Request(f"{simulator.url}/v1/customer/ACME", b"{}")
    moengage = MoEngage(clock)
    simulator.stop()
    send, failed = [lambda: None] * 2, [simulator.start]
    clock.looks = send + failed

    answer = moengage.send(request, 5)

    assert clock.looks == []
    assert answer.status == 401, "it reached the simulator, which asks for credentials"


def test_a_call_that_finds_no_connection_twice_loses_no_answer(simulator: Simulator) -> None:
    request = Request(f"{simulator.url}/v1/customer/ACME", b"{}")
    simulator.stop()

    answer = MoEngage().send(request, 5)
    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, False)
    assert answer.why == "no connection to MoEngage"
