"""Calls of AWS as the proxy sees them, and the answers that they get where a fault meets them."""

import json
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import urllib3
from tests.e2e.chaos.aws_faults import ERRORS, SERVICES, AwsFault, What
from tests.e2e.chaos.aws_partial import PARTIAL
from werkzeug.wrappers import Request, Response

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
_JSON = "application/x-amz-json-1.0"
_OF_A_CONNECTION = frozenset({"Connection", "Content-Length", "Host", "Transfer-Encoding"})
_CONNECTIONS = urllib3.PoolManager(maxsize=32)


@dataclass(frozen=True)
class AwsCall:
    """A call in JSON, and the endpoint that executes it."""

    request: Request
    endpoint: str

    @property
    def service(self) -> str:
        """The name of the service; empty for one that no fault concerns."""
        return SERVICES.get(self._target[0], "")

    @property
    def operation(self) -> str:
        """The operation that is called."""
        return self._target[1]

    @property
    def _target(self) -> tuple[str, str]:
        service, _, operation = self.request.headers.get("X-Amz-Target", "").partition(".")
        return service, operation

    def execute(self, body: bytes | None = None) -> Response:
        """Executes the call, as it is or with another body."""
        sent = self.request.get_data() if body is None else body
        headers = {name: value for name, value in self.request.headers if name not in _OF_A_CONNECTION}
        url = f"{self.endpoint}{self.request.path}"
        answer = _CONNECTIONS.request(self.request.method, url, body=sent, headers=headers, retries=False)
        kept = [(name, value) for name, value in answer.headers.items() if name.title() not in _OF_A_CONNECTION]
        return Response(answer.data, answer.status, kept)

    def reset(self) -> NoReturn:
        """Resets the client's connection; raises ConnectionResetError, which ends the work on the call."""
        connection: socket.socket = self.request.environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        os.close(connection.detach())
        raise ConnectionResetError


def answer_to(call: AwsCall, fault: AwsFault | None) -> Response:
    """Returns the answer to a call that may meet a fault; raises ConnectionResetError where there is none."""
    return _ANSWERS[fault.what](call, fault) if fault else call.execute()


def _error(call: AwsCall, fault: AwsFault) -> Response:
    if fault.applied:
        call.execute()
    error = ERRORS[fault.service, fault.what]
    return Response(json.dumps(error.content), error.status, error.headers, content_type=_JSON)


def _partial(call: AwsCall, fault: AwsFault) -> Response:
    def execute(content: Any) -> Any:
        return json.loads(call.execute(json.dumps(content).encode()).get_data())

    answer = PARTIAL[call.operation](json.loads(call.request.get_data()), execute, fault.applied)
    return Response(json.dumps(answer), content_type=_JSON)


def _reset(call: AwsCall, fault: AwsFault) -> Response:
    if fault.applied:
        call.execute()
    call.reset()


def _slow(call: AwsCall, fault: AwsFault) -> Response:
    if not fault.applied:
        time.sleep(fault.seconds)
        return call.execute()
    answer = call.execute()
    time.sleep(fault.seconds)
    return answer


_ANSWERS: Mapping[What, Callable[[AwsCall, AwsFault], Response]] = {
    "throttled": _error,
    "error": _error,
    "expired": _error,
    "partial": _partial,
    "reset": _reset,
    "slow": _slow,
}
