"""Connections to AWS: dropped after a pause, and a call that failed at once is repeated once."""

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from aep_moengage.functions.connections import IDLE_SECONDS, Connections
from aep_moengage.functions.wiring.shared import INGEST_CLIENTS, INGEST_TABLES

OK = (200, b"{}")
THROTTLED = (400, b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}')
REFUSED = (400, b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}')
FAILED = (500, b"{}")
CLOSED, HANGING = "closed", "hanging"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers each request as the script says, over connections that it keeps."""

    daemon_threads = True

    def __init__(self, script: list[Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.connections: list[Any] = []
        self.released = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer = self.server.script.pop(0)
        if answer is HANGING:
            self.server.released.wait(30)
            answer = CLOSED
        if answer is CLOSED:
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(*script: Any) -> Iterator[Server]:
    server = Server(list(script))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def client(server: Server, connections: Connections, config: Config = INGEST_TABLES, read_timeout: float = 5) -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        return connections.client("dynamodb", config.merge(Config(read_timeout=read_timeout)))


def get(client: Any) -> Any:
    return client.get_item(TableName="table", Key={"id": {"S": "a"}})


@pytest.mark.parametrize("failure", [CLOSED, THROTTLED, FAILED], ids=["closed", "throttled", "failed"])
def test_a_call_that_fails_at_once_is_repeated_once(failure: Any) -> None:
    with serving(failure, OK) as server:
        get(client(server, Connections()))
        assert server.script == []


@pytest.mark.parametrize("failure", [CLOSED, THROTTLED, FAILED], ids=["closed", "throttled", "failed"])
def test_a_call_to_a_table_is_not_repeated_twice(failure: Any) -> None:
    with serving(failure, failure, OK) as server, pytest.raises((BotoCoreError, ClientError)):
        get(client(server, Connections()))
    assert server.script == [OK]


def test_a_refusal_is_not_repeated() -> None:
    with serving(REFUSED, OK) as server, pytest.raises(ClientError, match="ConditionalCheckFailed"):
        get(client(server, Connections()))
    assert server.script == [OK]


def test_a_time_out_of_a_table_is_not_repeated() -> None:
    with serving(HANGING, OK) as server, pytest.raises(ReadTimeoutError):
        get(client(server, Connections(), read_timeout=0.05))
    assert server.script == [OK]


def test_other_calls_of_ingest_are_made_at_most_twice() -> None:
    with serving(CLOSED, CLOSED, OK) as server, pytest.raises(BotoCoreError):
        get(client(server, Connections(), INGEST_CLIENTS))
    assert server.script == [OK]


def test_connections_are_kept_between_invocations_and_dropped_after_a_pause() -> None:
    now = iter([1_000.0, 1_000.0 + IDLE_SECONDS, 1_000.0 + 2 * IDLE_SECONDS + 1])
    connections = Connections(clock=lambda: next(now))
    with serving(OK, OK, OK) as server:
        dynamodb = client(server, connections)
        get(dynamodb)
        connections.renew()
        get(dynamodb)
        assert len(server.connections) == 1

        connections.renew()
        get(dynamodb)
        assert len(server.connections) == 2
