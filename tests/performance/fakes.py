"""Fast fakes of DynamoDB, Parameter Store, SQS and MoEngage over loopback, in a process of their own.

They keep the items that are written, and check no condition: what is measured is the connector, not they. `GET /counts`
answers how often each operation was called since it was last asked.
"""

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from tests.e2e.chaos.certificates import make_certificates
from tests.performance.profiles import LEDGER_KEY, MOENGAGE_KEY, TOKEN_DIGEST, TRACE_KEY, document

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"x-amz-target: *\S+?\.(\w+)", re.IGNORECASE)
_COLUMN = re.compile(r'SET "(\w+)" = \?|\'(\w+)\': \?')
_SECRETS = {"password": MOENGAGE_KEY, "trace-key": TRACE_KEY, "tokens/primary": TOKEN_DIGEST}


class Fakes(NamedTuple):
    """Where they listen, and the certificates that the one with TLS is trusted by."""

    http: str
    https: str
    bundle: str

    def counts(self) -> Counter[str]:
        """Returns the calls by operation since the last time."""
        with urlopen(f"{self.http}/counts") as response:  # noqa: S310 # our own, on loopback
            return Counter(json.load(response))


@contextmanager
def running(directory: Path, dynamodb_seconds: float = 0.0) -> Iterator[Fakes]:
    """Runs the fakes; DynamoDB takes so many seconds for a call."""
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.performance.fakes", str(directory), str(dynamodb_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 # our own
        try:
            assert process.stdout is not None
            yield Fakes(*json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def _published() -> dict[str, Any]:
    """The active item as publishing writes it; an older checkout reads the document alone."""
    from aep_moengage.document.parsing import parse_destination
    from aep_moengage.document.plain import write_plain

    text = json.dumps(document())
    plain = write_plain(text, parse_destination(text))
    return {"document": {"S": text}, "plain": {"S": plain}, "number": {"N": "1"}}


class _State:
    def __init__(self, dynamodb_seconds: float) -> None:
        self.dynamodb_seconds = dynamodb_seconds
        self.items: dict[str, dict[str, Any]] = {}
        self.counts: Counter[str] = Counter()
        self.published = _published()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return _OPERATIONS[operation](self, request)

    def get_item(self, request: dict[str, Any]) -> dict[str, Any]:
        if "id" in request["Key"]:
            return {"Item": self.published}
        item = self.items.get(request["Key"]["user"]["S"])
        return {"Item": item} if item else {}

    def put_item(self, request: dict[str, Any]) -> dict[str, Any]:
        self.items[request["Item"]["user"]["S"]] = request["Item"]
        return {}

    def update_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers with a pace of which nothing is used, in the window that is asked for, and with a load of 1."""
        window = request["ExpressionAttributeValues"].get(":window", {"N": "0"})
        return {"Attributes": {"window": window, "spent": {"M": {}}, "recent": {"M": {}}, "requests": {"N": "1"}}}

    def batch_get_item(self, request: dict[str, Any]) -> dict[str, Any]:
        ((table, wanted),) = request["RequestItems"].items()
        users = [key["user"]["S"] for key in wanted["Keys"]]
        found = [self.items[user] for user in users if user in self.items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def batch_execute(self, request: dict[str, Any]) -> dict[str, Any]:
        for each in request["Statements"]:
            columns = [left or right for left, right in _COLUMN.findall(each["Statement"])]
            if each["Statement"].startswith("UPDATE"):
                columns.append("user")
            item = dict(zip(columns, each["Parameters"], strict=False))
            self.items[item["user"]["S"]] = item
        return {"Responses": [{}] * len(request["Statements"])}

    def parameters(self, request: dict[str, Any]) -> dict[str, Any]:
        path = request["Path"]
        return {"Parameters": [{"Name": f"{path}/{name}", "Value": value} for name, value in _SECRETS.items()]}

    def taken(self, request: dict[str, Any]) -> dict[str, Any]:
        ids = [each["Id"] for each in request["Entries"]]
        return {"Successful": [{"Id": each, "MessageId": each, "MD5OfMessageBody": "0" * 32} for each in ids]}


_OPERATIONS: dict[str, Callable[[_State, dict[str, Any]], dict[str, Any]]] = {
    "GetItem": _State.get_item,
    "PutItem": _State.put_item,
    "UpdateItem": _State.update_item,
    "BatchGetItem": _State.batch_get_item,
    "BatchExecuteStatement": _State.batch_execute,
    "GetParametersByPath": _State.parameters,
    "GetParameter": lambda *_: {"Parameter": {"Value": LEDGER_KEY}},
    "SendMessageBatch": _State.taken,
    "ChangeMessageVisibilityBatch": _State.taken,
}
_DYNAMODB = {"GetItem", "PutItem", "UpdateItem", "BatchGetItem", "BatchExecuteStatement"}
_ACCEPTED = b'{"status":"success","message":"Your request has been accepted","request_id":"bench"}'


class _Connection(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self._state = state
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if separator and len(rest) >= length:
            self._received = rest[length:]
            self._take(head, rest[:length])
        elif b"100-continue" in head.lower():
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _take(self, head: bytes, body: bytes) -> None:
        target, state = _TARGET.search(head), self._state
        operation = target[1].decode() if target else "MoEngage"
        if head.startswith(b"GET /counts"):
            self._write(json.dumps(state.counts).encode(), "application/json")
            state.counts.clear()
            return
        state.counts[operation] += 1
        if not target:
            self._write(_ACCEPTED, "application/json")
            return
        answer = json.dumps(state.answer(operation, json.loads(body))).encode()
        seconds = state.dynamodb_seconds if operation in _DYNAMODB else 0.0
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._write, answer)
        else:
            self._write(answer)

    def _write(self, body: bytes, kind: str = "application/x-amz-json-1.0") -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def _serve(directory: Path, dynamodb_seconds: float) -> None:
    state, loop = _State(dynamodb_seconds), asyncio.get_running_loop()
    certificates = make_certificates(directory)

    async def listen(context: ssl.SSLContext | None) -> str:
        server = await loop.create_server(lambda: _Connection(state), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        servers.append(server)
        return f"{'https' if context else 'http'}://127.0.0.1:{port}"

    servers: list[asyncio.Server] = []
    print(json.dumps([await listen(None), await listen(certificates.trusted), str(certificates.bundle)]), flush=True)  # noqa: T201
    parent = os.getppid()
    while os.getppid() == parent:  # ends with whoever started it
        await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
